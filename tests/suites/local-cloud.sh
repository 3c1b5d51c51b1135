# shellcheck shell=bash
# Sourced by the scripts of this folder. Makes a temporary folder, which becomes the current folder and
# is removed at the end, and starts `longshore cloud` in it: the program in target/debug or in $LONGSHORE.

suites=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
longshore=${LONGSHORE:-$suites/../../target/debug/longshore}
longshore=$(realpath "$longshore")
folder=$(mktemp -d)
cloud=

stop() {
    if [ -n "$cloud" ]; then
        kill "$cloud" 2>/dev/null || true
        wait "$cloud" 2>/dev/null || true
    fi
    # Go's module cache is read-only.
    chmod -R u+w "$folder"
    rm -rf "$folder"
}
trap stop EXIT
cd "$folder"

# Starts the cloud and exports its variables.
start_cloud() {
    "$longshore" --data-dir "$folder/data" cloud --print-env >environment 2>cloud.log &
    cloud=$!
    until grep -qs STORAGE_EMULATOR_HOST environment; do
        kill -0 "$cloud" 2>/dev/null || { cat cloud.log; exit 1; }
        sleep 0.1
    done
    # shellcheck disable=SC1091
    . ./environment
    export GOOGLE_CLOUD_PROJECT=local-project
}

# Creates what a suite expects to exist: `post URL JSON`.
post() {
    curl --silent --show-error --fail --output /dev/null --json "$2" "$1"
}

# Creates a key ring in the location `us`, and its keys: `create_keys RING KEY...`.
create_keys() {
    local rings=$LONGSHORE_KMS_ENDPOINT/v1/projects/local-project/locations/us/keyRings ring=$1 key
    post "$rings?keyRingId=$ring" '{}'
    for key in "${@:2}"; do
        post "$rings/$ring/cryptoKeys?cryptoKeyId=$key" '{"purpose": "ENCRYPT_DECRYPT"}'
    done
}

# What `google.auth.default()` of Google's libraries reads. They send no credentials to an emulator.
write_credentials() {
    printf '{"type": "authorized_user", "client_id": "-", "client_secret": "-", "refresh_token": "-"}' \
        >credentials.json
    export GOOGLE_APPLICATION_CREDENTIALS=$folder/credentials.json
}

# A virtual environment of Python in `venv`, with these packages.
install_python() {
    python3 -m venv venv
    venv/bin/python -m pip --quiet --disable-pip-version-check install "$@"
}

# Unpacks the source archive of a package on PyPI into `source`: `fetch_python NAME==VERSION`.
fetch_python() {
    python3 -m pip --quiet --disable-pip-version-check download --no-deps --no-binary :all: \
        --dest archives "$1"
    mkdir source
    tar xzf archives/*.tar.gz --strip-components 1 -C source
}

# Clones a repository into `source`, or the one that $REPOSITORY names: `fetch_repository URL`.
fetch_repository() {
    git clone --quiet --depth 1 "${REPOSITORY:-$1}" source
}

# Prints the tests that failed and counts all, from the output of `go test -v` in a file.
count_go_tests() {
    grep -E '^ *--- FAIL' "$1" || true
    local outcome
    for outcome in PASS FAIL SKIP; do
        printf '%s %s\n' "$outcome" "$(grep -cE "^ *--- $outcome" "$1" || true)"
    done
}
