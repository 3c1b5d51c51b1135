#!/bin/sh
# Records `up` in a fresh data directory, and renders the transcript as docs/up.svg:
#
#     docs/recording/record.sh
#
# The transcript is the output of the program. Only the path of the temporary data directory is
# replaced, by the default one.
set -eu
cd "$(dirname "$0")/../.."
cargo build --quiet
state=$(mktemp -d)
trap 'rm -rf "$state"' EXIT
{
    echo '$ cargo run -- up examples/python-http'
    # Ctrl-C after the function has answered. `--once` would print no closing hint.
    XDG_STATE_HOME=$state timeout --preserve-status --signal=INT 30 \
        cargo run --quiet -- up examples/python-http 2>&1 || true
} | sed -e "s|$state|~/.local/state|" -e '/^stopping$/d' > docs/recording/up.txt
python3 docs/recording/render.py
