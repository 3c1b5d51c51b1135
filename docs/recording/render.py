#!/usr/bin/env python3
"""Renders the transcript up.txt as the animated SVG docs/up.svg.

Runs no other program and needs only Python's standard library. record.sh captures a new transcript
and calls this script. Lines appear at the times that the program printed in front of them.
"""

import re
import sys
import textwrap
from html import escape
from pathlib import Path

HERE = Path(__file__).resolve().parent
TRANSCRIPT = HERE / "up.txt"
PICTURE = HERE.parent / "up.svg"

COLUMNS = 100
CHARACTER_WIDTH = 8.4  # of a monospaced font at FONT_SIZE
FONT_SIZE = 14
LINE_HEIGHT = 20
PADDING = 16
TITLE_BAR = 32

# Seconds between lines without a printed time, and before the first line of output.
PAUSE = 0.4
START = 1.0

STYLE = """
  .screen { fill: #1e1e2e }
  .line { fill: #cdd6f4; font: %dpx ui-monospace, SFMono-Regular, Menlo, Consolas, monospace;
          white-space: pre; animation: appear 0.01s both }
  .prompt { fill: #89b4fa; font-weight: bold }
  .good { fill: #a6e3a1 }
  .time { fill: #9399b2 }
  @keyframes appear { from { visibility: hidden } to { visibility: visible } }
  @media (prefers-reduced-motion: reduce) { .line { animation: none } }
""" % FONT_SIZE


def times(lines):
    """Returns the second at which each line appears."""
    appears, now, ready = [], 0.0, None
    for line in lines:
        if line.startswith("$ "):
            appears.append(0.0)
            now = START
            continue
        started = re.match(r"ready in ([\d.]+) s", line)
        elapsed = re.match(r" +([\d.]+)s  ", line)
        if started:
            now = START + float(started[1])
            ready = now
        elif elapsed and ready is not None:
            # Elapsed times count from the start of the deployment, just after `ready`.
            now = max(now, ready + float(elapsed[1]))
        else:
            now += PAUSE
        appears.append(now)
    return appears


def spans(row):
    """Returns the row as SVG text with its colours."""
    if row.startswith("$ "):
        return f'<tspan class="prompt">$</tspan>{escape(row[1:])}'
    row = escape(row, quote=False)
    row = re.sub(r"^( +\S+s)(?=  )", r'<tspan class="time">\1</tspan>', row)
    row = re.sub(r"(?<=  )(deployed)(?= revision)", r'<tspan class="good">\1</tspan>', row)
    return re.sub(r"(?<= answered )(200)(?=:)", r'<tspan class="good">\1</tspan>', row)


def render(text):
    lines = [line.rstrip() for line in text.splitlines() if line.strip()]
    rows = []
    for line, at in zip(lines, times(lines)):
        wrap = textwrap.wrap(line, COLUMNS, drop_whitespace=False, replace_whitespace=False)
        rows += [(row, at) for row in wrap]
    width = round(COLUMNS * CHARACTER_WIDTH + 2 * PADDING)
    height = TITLE_BAR + len(rows) * LINE_HEIGHT + 2 * PADDING
    body = []
    for number, (row, at) in enumerate(rows):
        y = TITLE_BAR + PADDING + FONT_SIZE + number * LINE_HEIGHT
        body.append(
            f'<text class="line" x="{PADDING}" y="{y}" xml:space="preserve" '
            f'style="animation-delay: {at:.2f}s">{spans(row)}</text>'
        )
    buttons = "".join(
        f'<circle cx="{PADDING + 6 + 20 * number}" cy="18" r="6" fill="{colour}"/>'
        for number, colour in enumerate(("#f38ba8", "#f9e2af", "#a6e3a1"))
    )
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {width} {height}" '
        f'width="{width}" height="{height}" role="img" aria-labelledby="title">\n'
        f'<title id="title">{escape(lines[0][2:])}</title>\n'
        f"<style>{STYLE}</style>\n"
        f'<rect class="screen" width="{width}" height="{height}" rx="8"/>\n'
        f"{buttons}\n" + "\n".join(body) + "\n</svg>\n"
    )


if __name__ == "__main__":
    text = TRANSCRIPT.read_text(encoding="utf-8")
    if not text.startswith("$ "):
        sys.exit(f"{TRANSCRIPT} must start with the command line: `$ …`")
    PICTURE.write_text(render(text), encoding="utf-8")
