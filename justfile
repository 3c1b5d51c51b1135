# Shortcuts for contributors. Every recipe is a plain cargo command that also works by itself.

# Lists the recipes.
default:
    @just --list

# Starts the local cloud and the workers, deploys and calls functions, and runs until Ctrl-C.
up *arguments="examples/python-http":
    cargo run -- up {{ arguments }}

# Runs every test of every crate.
test *arguments:
    cargo test {{ arguments }}

# Kills and freezes random processes for minutes under 300 requests, and counts what went wrong.
# STORM_SEED, STORM_REQUESTS and STORM_REPLICAS in the environment change it.
storm:
    cargo test --test fleet a_long_storm -- --ignored --nocapture

# Kills every worker each second or two, and the cloud every 30 s, while 500 functions are deployed in
# three batches, and checks every outcome. SOAK_SEED and SOAK_FUNCTIONS in the environment change it.
soak:
    cargo test --test fleet batches_survive_a_long_storm -- --ignored --nocapture

# Checks format, lints and documentation. They must be clean before you propose a change.
lint:
    cargo fmt --all -- --check
    cargo clippy --all-targets -- -D warnings
    RUSTDOCFLAGS="-D warnings" cargo doc --no-deps --document-private-items

# Checks licenses and sources of dependencies, and which crate may use which (needs cargo-deny).
deny:
    cargo deny check bans licenses sources

# Measures the fleet's own time in one deployment, against the local cloud.
bench:
    cargo bench --bench deployment

# Measures what a deployment costs beside thousands of others, against a cloud that takes no time.
bench-fleet:
    cargo bench --bench fleet

# Measures what tracing costs: the same load with it and without it, in turns.
bench-traces:
    FLEET_TRACES=1 cargo bench --bench fleet

# Regenerates the Rust code of the protos. It is committed, so that a build needs no generator.
proto:
    LONGSHORE_REGENERATE=1 cargo test --test generated_code
