//! What all pages share.

use longshore_console_model::index::snapshot::Snapshot;
use maud::{DOCTYPE, Markup, html};
use time::OffsetDateTime;

use crate::site::Site;
use crate::words::{count, visible};

/// The parts of the console.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Section {
    Road,
    Deployments,
    Failures,
    Functions,
    Batches,
    Parked,
    Quotas,
    Actions,
}

impl Section {
    const ALL: [Self; 8] = [
        Self::Road,
        Self::Deployments,
        Self::Failures,
        Self::Functions,
        Self::Batches,
        Self::Parked,
        Self::Quotas,
        Self::Actions,
    ];

    fn name(self) -> &'static str {
        match self {
            Self::Road => "Road",
            Self::Deployments => "Deployments",
            Self::Failures => "Failures",
            Self::Functions => "Functions",
            Self::Batches => "Batches",
            Self::Parked => "Parked",
            Self::Quotas => "Quotas",
            Self::Actions => "Actions",
        }
    }

    fn path(self) -> &'static str {
        match self {
            Self::Road => "/",
            Self::Deployments => "/deployments",
            Self::Failures => "/failures",
            Self::Functions => "/functions",
            Self::Batches => "/batches",
            Self::Parked => "/parked",
            Self::Quotas => "/quotas",
            Self::Actions => "/actions",
        }
    }

    /// Parked messages wait for an operator.
    fn tone(self) -> &'static str {
        if self == Self::Parked { " warn" } else { "" }
    }

    /// A number that deserves a look, beside the name.
    fn badge(self, snapshot: &Snapshot) -> Option<usize> {
        let number = match self {
            Self::Deployments => {
                snapshot.entries.iter().filter(|entry| entry.state.is_open()).count()
            }
            Self::Parked => snapshot.parked.len(),
            Self::Batches => snapshot.feeding.len(),
            Self::Road | Self::Failures | Self::Functions | Self::Quotas | Self::Actions => 0,
        };
        (number > 0).then_some(number)
    }
}

/// A page.
pub(crate) struct Page<'a> {
    pub(crate) title: String,
    pub(crate) section: Option<Section>,
    pub(crate) site: &'a Site,
    pub(crate) snapshot: &'a Snapshot,
    pub(crate) body: Markup,
}

impl Page<'_> {
    pub(crate) fn render(self) -> String {
        let Self { title, section, site, snapshot, body } = self;
        let fleet = &site.fleet;
        let page = html! {
            (DOCTYPE)
            html lang="en" {
                head {
                    meta charset="utf-8";
                    meta name="viewport" content="width=device-width, initial-scale=1";
                    meta name="color-scheme" content="light dark";
                    title { (title) " · Longshore" }
                    link rel="icon" href="/assets/icon.svg" type="image/svg+xml";
                    link rel="stylesheet" href="/assets/console.css";
                    script src="/assets/console.js" defer {}
                }
                body {
                    a class="skip" href="#main" { "Skip to the content" }
                    header class="top" {
                        a class="brand" href="/" {
                            (mark())
                            span class="brand-name" { "Longshore" }
                        }
                        nav aria-label="Main" {
                            ul {
                                @for one in Section::ALL {
                                    li { a href=(one.path())
                                        aria-current=[(section == Some(one)).then_some("page")] {
                                        (one.name())
                                        @if let Some(number) = one.badge(snapshot) {
                                            " " span
                                                class={ "badge" (one.tone()) }
                                                {
                                                (count(number))
                                            }
                                        }
                                    } }
                                }
                            }
                        }
                        form class="search" action="/deployments" role="search"
                            aria-label="All deployments" {
                            label class="sr" for="search" { "Search deployments" }
                            input id="search" type="search" name="q" placeholder="Search"
                                autocomplete="off" spellcheck="false";
                        }
                    }
                    main id="main" tabindex="-1" {
                        (problem(snapshot))
                        (body)
                    }
                    footer class="foot" {
                        span { "Fleet " b { (fleet.name) } " in " (fleet.project) }
                        @if site.is_local { span class="tag" { "local cloud" } }
                        span id="live" role="status" class="live" { "not live" }
                        span class="grow" {}
                        a href="/traces/open" { "Open a trace" }
                    }
                    dialog id="dialog" aria-label="Confirm" {}
                }
            }
        };
        visible(&page.into_string())
    }
}

/// What the index lacks.
fn problem(snapshot: &Snapshot) -> Markup {
    html! {
        div id="problem" data-live {
            @if let Some(problem) = &snapshot.problem {
                p class="notice bad" role="alert" {
                    b { "The ledger cannot be read." } " What you see is from "
                    (crate::words::ago(snapshot.at, OffsetDateTime::now_utc())) ". " (problem)
                }
            }
            @if snapshot.loaded < longshore_ledger::PARTS.len() {
                p class="notice" {
                    "Reading the history: " (snapshot.loaded) " of "
                    (longshore_ledger::PARTS.len())
                        " parts. Older deployments are missing until then."
                }
            }
        }
    }
}

/// A crane hook over a container.
fn mark() -> Markup {
    html! {
        svg class="mark" viewBox="0 0 24 24" aria-hidden="true" {
            path d="M12 2v6" {}
            path d="M12 8l-6 5M12 8l6 5" {}
            rect x="4" y="13" width="16" height="8" rx="1.5" {}
            path d="M9 13v8M15 13v8" {}
        }
    }
}

/// A title with what belongs beside it.
pub(crate) fn heading(title: &str, aside: &Markup) -> Markup {
    html! { div class="heading" { h1 { (title) } (aside) } }
}

/// What is shown instead of an empty list.
pub(crate) fn nothing(text: &str) -> Markup {
    html! { p class="nothing" { (text) } }
}

/// A link that asks before it acts.
pub(crate) fn action_link(label: &str, action: &str, target: &str, class: &str) -> Markup {
    let mut query = form_urlencoded::Serializer::new(String::new());
    query.append_pair("action", action).append_pair("target", target);
    html! {
        a class={ "button " (class) } data-act href={ "/act?" (query.finish()) } { (label) }
    }
}
