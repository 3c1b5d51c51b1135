//! Passes connections on, byte by byte.

use std::io;
use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use tokio::io::copy_bidirectional;
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::Semaphore;
use tokio::task::JoinSet;
use tokio::time::timeout;

/// Maximum open connections of one listener. Further ones wait.
const CONNECTIONS_MAX: usize = 256;

/// Maximum time to connect.
const CONNECT_TIMEOUT: Duration = Duration::from_secs(15);

/// Pause after a failed accept, which usually means that the process is out of file descriptors.
const ACCEPT_PAUSE: Duration = Duration::from_millis(100);

/// Passes each connection on to where `route` leads it, by the address that the instance has
/// connected to, or closes it. Never returns; dropping it closes everything.
pub(super) async fn forward<R>(listener: TcpListener, route: R)
where
    R: Fn(SocketAddr) -> Option<SocketAddr>,
{
    let slots = Arc::new(Semaphore::new(CONNECTIONS_MAX));
    let mut connections = JoinSet::new();
    // Never closed.
    while let Ok(slot) = Arc::clone(&slots).acquire_owned().await {
        while connections.try_join_next().is_some() {}
        let accepted = listener.accept().await;
        let routed = accepted.and_then(|(client, _)| Ok((client.local_addr()?, client)));
        let (address, client) = match routed {
            Ok(accepted) => accepted,
            Err(error) => {
                tracing::warn!(%error, "cannot accept a connection of an instance");
                tokio::time::sleep(ACCEPT_PAUSE).await;
                continue;
            }
        };
        let Some(target) = route(address) else { continue };
        connections.spawn(async move {
            if let Err(error) = pass_on(client, target).await {
                tracing::debug!(%error, %target, "a connection of an instance ended with an error");
            }
            drop(slot);
        });
    }
}

async fn pass_on(mut client: TcpStream, target: SocketAddr) -> io::Result<()> {
    let mut server = timeout(CONNECT_TIMEOUT, TcpStream::connect(target)).await??;
    client.set_nodelay(true)?;
    server.set_nodelay(true)?;
    copy_bidirectional(&mut client, &mut server).await?;
    Ok(())
}
