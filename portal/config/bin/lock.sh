#!/bin/sh
# Writes the hash-pinned locks from pyproject.toml: one for running, one that adds the tests' tools.
#
#   lock.sh                 keeps what is pinned and adds what is missing
#   lock.sh --upgrade       takes the newest releases that the ranges allow
#
# The locks name neither an index nor a host.
set -eu
cd "$(dirname "$0")/../../.."
compile() {
    .venv/bin/uv pip compile --quiet --universal --python-version 3.11 --generate-hashes \
        --no-emit-index-url --no-emit-find-links --custom-compile-command "make lock" "$@"
}
compile "$@" pyproject.toml -o requirements.lock
compile "$@" pyproject.toml --group dev -c requirements.lock -o requirements-dev.lock
echo uv | compile "$@" --no-annotate - -o portal/config/bin/uv.lock.txt
if grep -nE '://' requirements.lock requirements-dev.lock portal/config/bin/uv.lock.txt; then
    echo "a lock names a host" >&2
    exit 1
fi
