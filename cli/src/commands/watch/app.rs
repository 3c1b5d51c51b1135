//! What is shown, and what a key does. Pure.

use std::sync::Arc;

use longshore_console_model::filter::Filter;
use longshore_console_model::index::entry::Entry;
use longshore_messages::DeploymentId;
use longshore_trace_store::Idle;

/// Maximum length of a filter, in characters.
const FILTER_CHARS_MAX: usize = 200;

/// A key that means something.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Key {
    Up,
    Down,
    PageUp,
    PageDown,
    Home,
    End,
    Enter,
    Escape,
    Backspace,
    Char(char),
    /// Ctrl-C.
    Interrupt,
    /// Ctrl-Z.
    Suspend,
}

/// What the terminal does after a key.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Next {
    Draw,
    Suspend,
    Quit,
}

/// What the largest part of the screen shows.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Mode {
    List,
    /// The list, while the filter is typed.
    Search,
    /// The waterfall of a deployment.
    One(DeploymentId),
    Help,
}

pub(super) struct App {
    pub(super) fleet: String,
    pub(super) mode: Mode,
    /// As it was typed.
    pub(super) text: String,
    /// From the text.
    pub(super) filter: Filter,
    /// `None`: the first one, whichever that is.
    pub(super) selected: Option<DeploymentId>,
    /// First row of the waterfall.
    pub(super) scrolled: usize,
    pub(super) idle: Idle,
    /// The text before it was edited.
    before: String,
}

impl App {
    pub(super) fn new(fleet: String, filter: &str) -> Self {
        Self {
            fleet,
            mode: Mode::List,
            text: filter.to_owned(),
            filter: filter_of(filter),
            selected: None,
            scrolled: 0,
            idle: Idle::Folded,
            before: String::new(),
        }
    }

    /// What a key does. `entries` are the deployments that the filter selects, and `page` is how many
    /// rows are seen.
    pub(super) fn press(&mut self, key: Key, entries: &[Arc<Entry>], page: usize) -> Next {
        match (key, self.mode) {
            (Key::Interrupt, _) => return Next::Quit,
            (Key::Suspend, _) => return Next::Suspend,
            (key, Mode::List) => return self.list(key, entries, page),
            (key, Mode::Search) => self.edit(key),
            (key, Mode::One(_)) => self.scroll(key, page),
            (Key::Char('q' | '?') | Key::Escape | Key::Enter, Mode::Help) => self.mode = Mode::List,
            (_, Mode::Help) => {}
        }
        Next::Draw
    }

    fn list(&mut self, key: Key, entries: &[Arc<Entry>], page: usize) -> Next {
        let at = self.position(entries);
        let last = entries.len().saturating_sub(1);
        let page = page.max(1);
        let to = match key {
            Key::Up | Key::Char('k') => at.saturating_sub(1),
            Key::Down | Key::Char('j') => at + 1,
            Key::PageUp => at.saturating_sub(page),
            Key::PageDown | Key::Char(' ') => at + page,
            Key::Home | Key::Char('g') => 0,
            Key::End | Key::Char('G') => last,
            Key::Char('q') => return Next::Quit,
            other => {
                self.leave(other, entries.get(at));
                return Next::Draw;
            }
        };
        // The first row is the newest deployment, and stays so when there are newer ones.
        let to = to.min(last);
        self.selected = if to == 0 { None } else { entries.get(to).map(|entry| entry.id) };
        Next::Draw
    }

    /// The keys that lead from the list to something else.
    fn leave(&mut self, key: Key, selected: Option<&Arc<Entry>>) {
        match key {
            Key::Escape => self.set(""),
            Key::Char('?') => self.mode = Mode::Help,
            Key::Char('/') => {
                self.before.clone_from(&self.text);
                self.mode = Mode::Search;
            }
            Key::Enter => {
                if let Some(entry) = selected {
                    self.selected = Some(entry.id);
                    self.scrolled = 0;
                    self.mode = Mode::One(entry.id);
                }
            }
            _ => {}
        }
    }

    fn edit(&mut self, key: Key) {
        match key {
            Key::Enter => self.mode = Mode::List,
            Key::Escape => {
                let before = std::mem::take(&mut self.before);
                self.set(&before);
                self.mode = Mode::List;
            }
            Key::Backspace => {
                let mut text = self.text.clone();
                text.pop();
                self.set(&text);
            }
            Key::Char(typed) if self.text.chars().count() < FILTER_CHARS_MAX => {
                let text = format!("{}{typed}", self.text);
                self.set(&text);
            }
            _ => {}
        }
    }

    fn scroll(&mut self, key: Key, page: usize) {
        let page = page.max(1);
        match key {
            Key::Char('q') | Key::Escape | Key::Backspace | Key::Enter => self.mode = Mode::List,
            Key::Char('i') => {
                self.idle = match self.idle {
                    Idle::Folded => Idle::Shown,
                    Idle::Shown => Idle::Folded,
                };
            }
            Key::Up | Key::Char('k') => self.scrolled = self.scrolled.saturating_sub(1),
            Key::Down | Key::Char('j') => self.scrolled += 1,
            Key::PageUp => self.scrolled = self.scrolled.saturating_sub(page),
            Key::PageDown | Key::Char(' ') => self.scrolled += page,
            Key::Home | Key::Char('g') => self.scrolled = 0,
            Key::End | Key::Char('G') => self.scrolled = usize::MAX / 2,
            _ => {}
        }
    }

    fn set(&mut self, text: &str) {
        text.clone_into(&mut self.text);
        self.filter = filter_of(text);
        self.selected = None;
    }

    /// The position of the selected deployment. If it is gone, that of the first one.
    pub(super) fn position(&self, entries: &[Arc<Entry>]) -> usize {
        let selected = self.selected;
        let found = selected.and_then(|id| entries.iter().position(|entry| entry.id == id));
        found.unwrap_or(0)
    }

    /// The first row of the list: the selected one stays in the middle, so that both directions are
    /// seen.
    pub(super) fn top(&self, entries: &[Arc<Entry>], rows: usize) -> usize {
        let most = entries.len().saturating_sub(rows);
        self.position(entries).saturating_sub(rows / 2).min(most)
    }
}

/// The filter that a text means: words, and fields as in `state=failed`.
pub(super) fn filter_of(text: &str) -> Filter {
    let is_field = |key: &str| {
        let probe = Filter::default().with(key, "x");
        probe != Filter::default() && key != "q"
    };
    let (fields, words): (Vec<&str>, Vec<&str>) = text
        .split_whitespace()
        .partition(|word| word.split_once('=').is_some_and(|(key, _)| is_field(key)));
    let fields = fields.into_iter().filter_map(|field| field.split_once('='));
    let filter = fields.fold(Filter::default(), |filter, (key, value)| filter.with(key, value));
    filter.with("q", &words.join(" "))
}

#[cfg(test)]
mod tests {
    use longshore_console_model::index::entry::State;

    use super::super::samples::deployments;
    use super::*;

    fn press(app: &mut App, keys: &[Key], entries: &[Arc<Entry>]) -> Next {
        keys.iter().fold(Next::Draw, |_, key| app.press(*key, entries, 10))
    }

    #[test]
    fn a_selected_deployment_stays_selected_when_newer_ones_appear() {
        let mut entries = deployments(30, State::Deployed);
        let mut app = App::new(String::new(), "");
        press(&mut app, &[Key::Down, Key::Char('j'), Key::Char('j'), Key::Up], &entries);
        assert_eq!(app.position(&entries), 2);
        let newer = entries.remove(0);
        assert_eq!(app.position(&entries), 1);
        entries.insert(0, newer);
        press(&mut app, &[Key::PageDown, Key::PageDown, Key::PageDown], &entries);
        assert_eq!(app.position(&entries), 29, "the end is the end");
        assert_eq!(app.top(&entries, 10), 20);
        press(&mut app, &[Key::Home], &entries);
        assert_eq!((app.selected, app.top(&entries, 10)), (None, 0), "the newest one is followed");
    }

    #[test]
    fn a_deployment_is_opened_and_left() {
        let entries = deployments(3, State::Deployed);
        let mut app = App::new(String::new(), "");
        press(&mut app, &[Key::Down, Key::Enter], &entries);
        assert_eq!(app.mode, Mode::One(entries[1].id));
        press(&mut app, &[Key::Down, Key::Char('i')], &entries);
        assert_eq!((app.scrolled, app.idle), (1, Idle::Shown));
        assert_eq!(press(&mut app, &[Key::Char('q')], &entries), Next::Draw);
        assert_eq!((app.mode, app.position(&entries)), (Mode::List, 1));
        assert_eq!(press(&mut app, &[Key::Char('q')], &entries), Next::Quit);
    }

    #[test]
    fn nothing_is_opened_in_an_empty_list() {
        let mut app = App::new(String::new(), "");
        press(&mut app, &[Key::Down, Key::End, Key::Enter], &[]);
        assert_eq!((app.mode, app.selected), (Mode::List, None));
    }

    #[test]
    fn a_filter_is_typed_kept_and_dropped() {
        let entries = deployments(3, State::Deployed);
        let mut app = App::new(String::new(), "");
        let typed = "state=failed q".chars().map(Key::Char);
        let keys: Vec<Key> = [Key::Char('/')].into_iter().chain(typed).collect();
        press(&mut app, &keys, &entries);
        assert_eq!((app.mode, app.text.as_str()), (Mode::Search, "state=failed q"));
        assert_eq!((app.filter.state.as_str(), app.filter.text.as_str()), ("failed", "q"));
        press(&mut app, &[Key::Backspace, Key::Backspace, Key::Enter], &entries);
        assert_eq!((app.mode, app.text.as_str()), (Mode::List, "state=failed"));
        press(&mut app, &[Key::Char('/'), Key::Char('x'), Key::Escape], &entries);
        assert_eq!(app.text, "state=failed", "Escape undoes");
        assert_eq!(press(&mut app, &[Key::Escape], &entries), Next::Draw);
        assert_eq!(app.filter, Filter::default());
    }

    #[test]
    fn ctrl_c_quits_everywhere() {
        for keys in [&[][..], &[Key::Char('/')], &[Key::Char('?')], &[Key::Enter]] {
            let entries = deployments(1, State::Deployed);
            let mut app = App::new(String::new(), "");
            press(&mut app, keys, &entries);
            assert_eq!(press(&mut app, &[Key::Interrupt], &entries), Next::Quit, "{keys:?}");
        }
    }

    #[test]
    fn words_and_fields_make_a_filter() {
        let filter = filter_of("api region=europe-west1  a=b state=open");
        assert_eq!(filter.text, "api a=b");
        assert_eq!((filter.region.as_str(), filter.state.as_str()), ("europe-west1", "open"));
        assert_eq!(filter_of("q=x").text, "q=x");
    }
}
