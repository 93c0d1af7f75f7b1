#!/bin/sh
# Runs archdsl with the given arguments; the first call installs it into .venv.
# Without arguments it compiles specs/vgg_e.arch into build/ and prints its report.
set -eu
root=$(CDPATH='' cd -- "$(dirname -- "$0")" && pwd -P)
sh "$root/tools/setup.sh" torch
archdsl="$root/.venv/bin/archdsl"
if [ $# -gt 0 ]; then
    exec "$archdsl" "$@"
fi
cd -- "$root"
"$archdsl" compile specs/vgg_e.arch -o build
exec "$archdsl" report specs/vgg_e.arch
