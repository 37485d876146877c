#!/bin/sh
# Makes this machine ready for the portal: Debian packages, Python packages, document fonts.
#
#   bootstrap.sh runtime    what `make demo` needs
#   bootstrap.sh dev        the same, and what `make test` needs
#
# Works on a bare Debian 12 as root or with sudo. What is there already is left alone, so a second
# run takes a moment. Nothing is started and no service is left running.
set -eu
cd "$(dirname "$0")/../../.."
PROFILE=${1:-runtime}
STARTED=$(date +%s)
export DEBIAN_FRONTEND=noninteractive PIP_DISABLE_PIP_VERSION_CHECK=1 UV_PYTHON_DOWNLOADS=never

RUNTIME_PACKAGES="ca-certificates fontconfig libharfbuzz-subset0 libpango-1.0-0 libpangoft2-1.0-0"
# The throw-away servers, the browser and the tools that the tests run.
DEV_PACKAGES="chromium docker-compose libreoffice-writer-nogui nginx-light poppler-utils postgresql
 qpdf redis-server"

case $PROFILE in
    runtime) PACKAGES=$RUNTIME_PACKAGES LOCK=requirements.lock ;;
    dev) PACKAGES="$RUNTIME_PACKAGES $DEV_PACKAGES" LOCK=requirements-dev.lock ;;
    *) echo "usage: $0 runtime|dev" >&2; exit 2 ;;
esac

say() { printf '[%3ss] %s\n' "$(($(date +%s) - STARTED))" "$*"; }
fail() { printf 'setup stopped: %s\n' "$*" >&2; exit 1; }

as_root() {
    if [ "$(id -u)" = 0 ]; then
        "$@"
    elif command -v sudo >/dev/null; then
        sudo env DEBIAN_FRONTEND=noninteractive "$@"
    else
        fail "missing Debian packages must be installed as root; run as root or install sudo"
    fi
}

# --- Debian packages --------------------------------------------------------------------------

installed() { [ "$(dpkg-query -W -f '${db:Status-Status}' "$1" 2>/dev/null)" = installed ]; }

missing() {
    for package in "$@"; do installed "$package" || printf '%s ' "$package"; done
}

apt_install() {
    as_root apt-get install -qq -y --no-install-recommends -o DPkg::Lock::Timeout=300 \
        -o Dpkg::Options::=--force-confold -o Dpkg::Use-Pty=0 "$@" >"$APT_LOG" 2>&1
}

# Runs as root: installs packages without letting any of them start a service.
#
# The policy file and the changed PostgreSQL setting (no cluster of its own) are taken back whatever
# happens; only the packages remain.
install_packages() {
    command -v apt-get >/dev/null || fail "these packages are missing and there is no apt-get: $*"
    APT_LOG=$(mktemp)
    POLICY=/usr/sbin/policy-rc.d
    CLUSTER_CONF=/etc/postgresql-common/createcluster.conf
    MADE_POLICY= SAVED_CONF=
    trap undo_install EXIT
    trap 'exit 130' INT TERM
    if [ ! -e $POLICY ]; then
        printf '#!/bin/sh\nexit 101\n' | as_root tee $POLICY >/dev/null
        MADE_POLICY=1
        as_root chmod 755 $POLICY
    fi
    ensure_package_lists
    case " $* " in
        *" postgresql "*)
            apt_install postgresql-common || apt_retry postgresql-common
            SAVED_CONF=$(mktemp)
            cat $CLUSTER_CONF >"$SAVED_CONF"
            echo "create_main_cluster = false" | as_root tee -a $CLUSTER_CONF >/dev/null
            ;;
    esac
    apt_install "$@" || apt_retry "$@"
    undo_install
    trap - EXIT INT TERM
}

undo_install() {
    if [ -n "$MADE_POLICY" ]; then as_root rm -f $POLICY; MADE_POLICY=; fi
    if [ -n "$SAVED_CONF" ]; then
        as_root tee $CLUSTER_CONF <"$SAVED_CONF" >/dev/null
        rm -f "$SAVED_CONF"
        SAVED_CONF=
    fi
    rm -f "$APT_LOG"
}

update_package_lists() {
    say "reading Debian's package lists"
    as_root apt-get update -qq -o DPkg::Lock::Timeout=300 >/dev/null || fail "apt-get update failed"
    UPDATED=1
}

# An image without package lists needs them before anything can be installed or downloaded.
ensure_package_lists() {
    apt-cache show libpango-1.0-0 >/dev/null 2>&1 || update_package_lists
}

# Package lists that are too old name files that are gone: read them again, once.
apt_retry() {
    [ -n "${UPDATED:-}" ] || update_package_lists
    apt_install "$@" || { cat "$APT_LOG" >&2; fail "apt-get could not install: $*"; }
}

WANTED=$(missing $PACKAGES)
usable() { "$1" -c 'import sys, ensurepip, venv
sys.exit(not (3, 11) <= sys.version_info[:2] < (3, 14))' 2>/dev/null; }
find_python() {
    for candidate in python3 /usr/bin/python3 python3.13 python3.12 python3.11; do
        if usable "$candidate"; then command -v "$candidate"; return; fi
    done
}
PYTHON=$(find_python)
[ -n "$PYTHON" ] || WANTED="$WANTED python3 python3-venv"
if [ -n "$WANTED" ]; then
    say "installing Debian packages: $WANTED"
    install_packages $WANTED
    PYTHON=$(find_python)
fi
[ -n "$PYTHON" ] || fail "no Python from 3.11 to 3.13 with venv was found"

# --- Python packages --------------------------------------------------------------------------

UV_LOCK=portal/config/bin/uv.lock.txt
digest() { cat "$@" | sha256sum | cut -c1-64; }
stamped() { [ "$(cat "$1" 2>/dev/null)" = "$2" ]; }

# A machine that was set up for tests stays so: its packages include those of the demo.
if [ "$PROFILE" = runtime ] && [ -e .venv/.packages-dev ]; then LOCK=requirements-dev.lock; fi
case $LOCK in
    requirements-dev.lock) STAMP=.venv/.packages-dev ;;
    *) STAMP=.venv/.packages-runtime ;;
esac

if [ ! -x .venv/bin/python ] || ! usable .venv/bin/python; then
    say "making the Python environment .venv with $("$PYTHON" --version)"
    rm -rf .venv
    "$PYTHON" -m venv .venv
fi
if ! stamped .venv/.uv "$(digest $UV_LOCK)"; then
    say "installing the package installer (uv)"
    .venv/bin/python -m pip install -q --require-hashes -r $UV_LOCK
    digest $UV_LOCK >.venv/.uv
fi
if ! stamped "$STAMP" "$(digest $LOCK)"; then
    say "installing Python packages from $LOCK"
    .venv/bin/uv pip sync -q --require-hashes --compile-bytecode --python .venv/bin/python $LOCK
    rm -f .venv/.packages-*
    digest $LOCK >"$STAMP"
fi

# --- Document fonts ---------------------------------------------------------------------------

# The command itself knows what is there already; the stamp only saves starting it.
FONT_DIR=${PORTAL_FONT_DIR:-${PORTAL_DATA_DIR:-var}/fonts}
font_state() {
    {
        cat portal/core/documents/font*.py
        pwd
        ls -ln "$FONT_DIR/licensed" 2>/dev/null || :
    } | digest
}
if ! stamped "$FONT_DIR/.installed" "$(font_state)"; then
    command -v apt-cache >/dev/null && ensure_package_lists
    say "installing the document fonts"
    .venv/bin/python manage.py install_fonts
    font_state >"$FONT_DIR/.installed"
fi
say "ready"
