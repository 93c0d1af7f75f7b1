#!/bin/sh
# Builds the VS Code extension with npm, and tests what came out; skips where npm is missing.
set -eu
cd -- "$(dirname -- "$0")/../editors/vscode"
if ! command -v npm >/dev/null 2>&1; then
    echo "skipped: npm is not installed"
    exit 0
fi
npm ci --no-audit --no-fund --ignore-scripts --silent
npm run --silent package
npm test --silent
