//! The terminal: it is taken, drawn on and given back, however the command ends.
//!
//! A panic gives it back before its message is printed, and SIGINT, SIGTERM and SIGHUP end the loop as
//! `q` does. Only SIGKILL leaves it as it is; `reset` repairs it.

use std::fs::File;
use std::io::{self, Stdout, Write as _};
use std::sync::Arc;
use std::time::Duration;

use longshore_console_model::index::entry::Entry;
use ratatui_core::terminal::Terminal;
use ratatui_termion::TermionBackend;
use ratatui_termion::termion::input::TermRead as _;
use ratatui_termion::termion::raw::{IntoRawMode as _, RawTerminal};
use ratatui_termion::termion::screen::{ToAlternateScreen, ToMainScreen};
use ratatui_termion::termion::{cursor, event, get_tty};
use rustix::process::{Signal, getpid, kill_process};
use time::OffsetDateTime;
use tokio::signal::unix::{SignalKind, signal};
use tokio::sync::mpsc;

use super::app::{App, Key, Mode, Next};
use super::draw::{Areas, Paint, draw};
use super::feed::{Feed, Seen, Wanted};
use crate::error::CliError;
use crate::output::stdout_is_coloured;
use crate::{exit, stop};

/// Time after which the screen is drawn although nothing has changed, because the times on it have.
const TICK: Duration = Duration::from_secs(1);

/// Time in which a process stops that was told to.
const STOPS_WITHIN: Duration = Duration::from_millis(200);

/// Deployments whose reason to wait is read, at most: each takes some ten requests.
const REASONS_MAX: usize = 24;

/// Draws until the user quits.
pub(super) async fn run(mut feed: Feed, fleet: String, filter: &str) -> Result<u8, CliError> {
    let failed = CliError::Terminal;
    let mut app = App::new(fleet, filter);
    let mut keys = keys().map_err(failed)?;
    let mut screen = Screen::open().map_err(failed)?;
    let mut resized = signal(SignalKind::window_change()).map_err(failed)?;
    let mut hung_up = signal(SignalKind::hangup()).map_err(failed)?;
    let mut stopping = std::pin::pin!(stop::asked());
    let mut tick = tokio::time::interval(TICK);
    loop {
        let seen = feed.seen.borrow_and_update().clone();
        let shown = screen.draw(&app, &seen).map_err(failed)?;
        feed.want(shown.wanted);
        let key = tokio::select! {
            key = keys.recv() => match key {
                Some(key) => key,
                // The terminal is gone.
                None => return Ok(exit::OK),
            },
            changed = feed.seen.changed() => match changed {
                Ok(()) => continue,
                // The reader ends only by a bug.
                Err(_) => return Ok(exit::FAILED),
            },
            _ = resized.recv() => continue,
            _ = tick.tick() => continue,
            _ = hung_up.recv() => return Ok(exit::OK),
            () = &mut stopping => return Ok(exit::OK),
        };
        match app.press(key, &shown.entries, shown.page) {
            Next::Draw => {}
            Next::Quit => return Ok(exit::OK),
            Next::Suspend => {
                drop(screen);
                // Fails only if the process is exiting.
                let _ = kill_process(getpid(), Signal::TSTP);
                // The process stops somewhere in this wait, if a shell can continue it.
                tokio::time::sleep(STOPS_WITHIN).await;
                screen = Screen::open().map_err(failed)?;
            }
        }
    }
}

/// What a drawing has shown.
struct Shown {
    entries: Vec<Arc<Entry>>,
    /// Rows of the list.
    page: usize,
    wanted: Wanted,
}

/// A terminal that is ours until this is dropped.
struct Screen {
    terminal: Terminal<TermionBackend<Stdout>>,
    raw: Arc<RawTerminal<Stdout>>,
    paint: Paint,
}

impl Screen {
    fn open() -> io::Result<Self> {
        let raw = Arc::new(io::stdout().into_raw_mode()?);
        let hooked = Arc::downgrade(&raw);
        let before = std::panic::take_hook();
        std::panic::set_hook(Box::new(move |panic| {
            if let Some(raw) = hooked.upgrade() {
                give_back(&raw);
            }
            before(panic);
        }));
        write!(io::stdout(), "{ToAlternateScreen}{}", cursor::Hide)?;
        let mut terminal = Terminal::new(TermionBackend::new(io::stdout()))?;
        terminal.clear()?;
        let paint = if stdout_is_coloured() { Paint::Coloured } else { Paint::Plain };
        Ok(Self { terminal, raw, paint })
    }

    fn draw(&mut self, app: &App, seen: &Seen) -> io::Result<Shown> {
        let now = OffsetDateTime::now_utc();
        let entries = app.filter.select(&seen.snapshot, now);
        let mut page = 0;
        let paint = self.paint;
        self.terminal.draw(|frame| {
            page = usize::from(Areas::of(frame.area(), seen).list.height);
            draw(frame, app, seen, &entries, paint, now);
        })?;
        let wanted = match app.mode {
            Mode::One(id) => Wanted { reasons: vec![id], opened: Some(id), batches: false },
            Mode::List | Mode::Search | Mode::Help => {
                let shown = entries.iter().skip(app.top(&entries, page)).take(page);
                let open = shown.filter(|entry| entry.state.is_open()).map(|entry| entry.id);
                let reasons = open.take(REASONS_MAX).collect();
                Wanted { reasons, opened: None, batches: true }
            }
        };
        Ok(Shown { entries, page, wanted })
    }
}

impl Drop for Screen {
    fn drop(&mut self) {
        give_back(&self.raw);
    }
}

/// Errors are ignored, because the terminal is where they would be reported.
fn give_back(raw: &RawTerminal<Stdout>) {
    let mut stdout = io::stdout();
    let _ = write!(stdout, "{}{ToMainScreen}", cursor::Show).and_then(|()| stdout.flush());
    let _ = raw.suspend_raw_mode();
}

/// The keys that are pressed. They are read by a thread, which ends with the process.
fn keys() -> io::Result<mpsc::UnboundedReceiver<Key>> {
    // Standard input may be anything.
    let terminal: File = get_tty()?;
    let (sender, receiver) = mpsc::unbounded_channel();
    std::thread::spawn(move || {
        for key in terminal.keys() {
            let Ok(key) = key else { return };
            let Some(key) = meaning(key) else { continue };
            if sender.send(key).is_err() {
                return;
            }
        }
    });
    Ok(receiver)
}

fn meaning(key: event::Key) -> Option<Key> {
    Some(match key {
        event::Key::Up => Key::Up,
        event::Key::Down => Key::Down,
        event::Key::PageUp => Key::PageUp,
        event::Key::PageDown => Key::PageDown,
        event::Key::Home => Key::Home,
        event::Key::End => Key::End,
        event::Key::Esc | event::Key::Left => Key::Escape,
        event::Key::Backspace => Key::Backspace,
        event::Key::Char('\n' | '\r') | event::Key::Right => Key::Enter,
        event::Key::Char(typed) if !typed.is_control() => Key::Char(typed),
        event::Key::Ctrl('c') => Key::Interrupt,
        event::Key::Ctrl('z') => Key::Suspend,
        _ => return None,
    })
}
