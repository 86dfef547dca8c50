#!/usr/bin/env bash
# Renews the page's editor: needs Node. The bundle, its sums and the licences are committed.
set -euo pipefail
cd "$(dirname "$0")"
bundle=../../book/_ext/static/course/exercise-editor.js
npm ci --no-audit --no-fund --silent
npm run build --silent
for package in node_modules/@codemirror/* node_modules/@lezer/* node_modules/@marijn/* node_modules/crelt \
  node_modules/style-mod node_modules/w3c-keyname; do
  echo "== ${package#node_modules/} $(node -p "require('./$package/package.json').version")"
  echo
  cat "$package/LICENSE"
  echo
done > LICENSES
{ sha256sum editor.js package.json package-lock.json; (cd "$(dirname $bundle)" && sha256sum exercise-editor.js); } > SHA256SUMS
