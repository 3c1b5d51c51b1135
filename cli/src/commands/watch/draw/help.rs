//! The keys, and what the marks mean.

use ratatui_core::layout::Rect;

use super::canvas::{Canvas, Tone};

const HELP: [(&str, &str); 20] = [
    ("↑ ↓  j k", "select a deployment, or scroll its waterfall"),
    ("PgUp PgDn", "by a page; Space goes forward"),
    ("g G", "to the newest one, or to the oldest one"),
    ("Enter", "the waterfall of the selected deployment"),
    ("i", "in a waterfall: show idle time, or fold it"),
    ("/", "filter: words, and fields such as state=failed region=europe-west1"),
    ("Esc", "back; in the list: remove the filter"),
    ("Ctrl-Z", "suspend; `fg` continues"),
    ("q", "back, and from the list: quit; Ctrl-C quits everywhere"),
    ("", ""),
    ("●", "works"),
    ("○", "waits: in a queue, for a quota, or after an error"),
    ("◍", "is in its stage for more than three times the usual time"),
    ("!", "needs an operator: parked, or its traffic is pinned"),
    ("✓ ✗ –", "serves, failed, ended otherwise"),
    ("", ""),
    ("state=", "open slow stuck parked failed deployed unchanged superseded …"),
    ("stage=", "uploader build-submitter registry-watcher service-deployer"),
    ("since=", "15m 2h 3d; also until=, and times in RFC 3339"),
    ("others", "region= requester= batch= sort= function=PROJECT/REGION/NAME"),
];

pub(super) fn draw(canvas: &mut Canvas<'_>, area: Rect) {
    for (row, (key, text)) in (1..).zip(HELP) {
        let mut line = canvas.row(area, row);
        line.at(2);
        line.left(Tone::Bold, key, 10);
        line.put(Tone::Plain, text);
    }
}
