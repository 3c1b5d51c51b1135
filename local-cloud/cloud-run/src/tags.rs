//! URLs of tagged revisions. On Google these are `https://TAG---SERVICE-…`; here each tag has a
//! port, because not every machine resolves names below `localhost`.

use std::collections::HashMap;
use std::io;
use std::sync::Arc;

use tokio_util::sync::CancellationToken;

use super::chain::with_sources;
use super::front;
use super::service::Service;
use super::site::Site;
use longshore_local_kit::listen::{self, Access};

/// Tags that have a URL, each with the token that closes it.
pub(super) type OpenTags = HashMap<String, CancellationToken>;

impl Service {
    /// Opens the URLs of new tags, and closes those of removed tags.
    pub(super) async fn open_tags(self: &Arc<Self>, site: &Arc<Site>, open: &mut OpenTags) {
        let wanted =
            self.core().entry(&site.name).map(super::core::Entry::tags).unwrap_or_default();
        for (_, closed) in open.extract_if(|tag, _| !wanted.contains_key(tag)) {
            closed.cancel();
        }
        for (tag, port) in wanted {
            if open.contains_key(&tag) {
                continue;
            }
            match self.open_tag(site, &tag, port).await {
                Ok(closed) => drop(open.insert(tag, closed)),
                Err(error) => {
                    let error = with_sources(&error);
                    tracing::error!(
                        service = site.name,
                        tag,
                        error,
                        "cannot serve the URL of a tag"
                    );
                }
            }
        }
    }

    async fn open_tag(
        self: &Arc<Self>,
        site: &Arc<Site>,
        tag: &str,
        port: Option<u16>,
    ) -> io::Result<CancellationToken> {
        let room = self.host.machine.url().map_err(io::Error::other)?;
        let listener = listen::bind_preferring(port).await?;
        let port = listener.local_addr()?.port();
        let closed = site.closed.child_token();
        let router = front::router(Arc::clone(&site.front), Some(tag));
        let shutdown = closed.clone().cancelled_owned();
        let serving = listen::serve(listener, router, Access::to_a_function(), shutdown);
        let inside = self.open_inside(port);
        self.host.tasks.spawn(async move {
            if let Err(error) = serving.await {
                tracing::error!(%error, "the listener of a tag failed");
            }
            drop((room, inside));
        });
        self.commit(|core, _| Ok(((), core.record_tag_port(&site.name, tag, port))))
            .map_err(io::Error::other)?;
        Ok(closed)
    }
}
