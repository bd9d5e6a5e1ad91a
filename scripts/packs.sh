#!/usr/bin/env bash
# Builds the area packs from their npm packages, once.
set -euo pipefail
cd "$(dirname "$0")/../packs"
if [ ! -s cn.qpack ] || [ ! -s ch.qpack ] || [ build.mjs -nt cn.qpack ]; then
  echo "== packs: China and Switzerland, from npm packages"
  node build.mjs
fi
