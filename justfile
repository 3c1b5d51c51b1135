# What a contributor runs. Every recipe is a plain cargo command that also works by itself.

# Lists the recipes.
default:
    @just --list

# Starts the local cloud and the workers, deploys functions, calls them and stays up until Ctrl-C.
up *arguments="examples/python-http":
    cargo run -- up {{ arguments }}

# Runs every test of every crate.
test *arguments:
    cargo test {{ arguments }}

# Format, lints, documentation: what has to be clean before a change is shown to anybody.
lint:
    cargo fmt --all -- --check
    cargo clippy --all-targets -- -D warnings
    RUSTDOCFLAGS="-D warnings" cargo doc --no-deps --document-private-items

# Licences and sources of dependencies, and who may use which (needs cargo-deny).
deny:
    cargo deny check bans licenses sources

# Measures the fleet's own time in one deployment, against the local cloud.
bench:
    cargo bench --bench deployment

# Generates the Rust code of the protos again; it is committed, so that a build needs no generator.
proto:
    LONGSHORE_REGENERATE=1 cargo test --test generated_code
