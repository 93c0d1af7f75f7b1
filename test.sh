#!/bin/sh
# Runs the test suite; arguments go to pytest. The first call installs into .venv.
set -eu
root=$(CDPATH='' cd -- "$(dirname -- "$0")" && pwd -P)
sh "$root/tools/setup.sh" test
cd -- "$root"
exec .venv/bin/python -m pytest "$@"
