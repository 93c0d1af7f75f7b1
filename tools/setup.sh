#!/bin/sh
# Makes .venv with archdsl and the extra named by the first argument (`torch` or `test`).
# Returns at once where that is done; all it says goes to stderr.
set -eu
root=$(CDPATH='' cd -- "$(dirname -- "$0")/.." && pwd -P)
extra=$1

# The key changes with whatever decides what is installed, and when the checkout moves.
key="$(cat -- "$root/pyproject.toml" "$root/constraints.txt" | cksum) $root"

has_stamp() {
    stamp="$root/.venv/archdsl-$1.stamp"
    [ -f "$stamp" ] && [ "$(cat -- "$stamp")" = "$key" ]
}

# `test` contains `torch`.
if [ ! -e "$root/.venv-unfinished" ] && [ -x "$root/.venv/bin/python" ] &&
    { has_stamp "$extra" || has_stamp test; }; then
    exit 0
fi

# Says what a Python is good for: `yes`, `old`, `bare` (no venv or ensurepip) or `own` (of .venv).
probe='
import os, sys
own = os.path.realpath(sys.prefix) == os.path.realpath(sys.argv[1])
if sys.version_info < (3, 11):
    print("old")
elif own:
    print("own")
else:
    try:
        import ensurepip, venv
    except ImportError:
        print("bare")
    else:
        print("yes")
'
bare=''
for python in ${ARCHDSL_PYTHON:+"$ARCHDSL_PYTHON"} python3 python \
    python3.14 python3.13 python3.12 python3.11; do
    case $("$python" -I -c "$probe" "$root/.venv" 2>/dev/null || true) in
    yes) exec "$python" -I "$root/tools/setup_env.py" "$root" "$extra" "$key" ;;
    bare) bare=${bare:-$python} ;;
    esac
done
if [ -n "$bare" ]; then
    echo "archdsl: $bare lacks the modules venv and ensurepip: install them" \
        "(Debian and Ubuntu: python3-venv), or another Python of at least 3.11" >&2
else
    echo "archdsl: no Python of at least 3.11 was found: install one," \
        "or name it, as in ARCHDSL_PYTHON=/opt/python/bin/python3 $0" >&2
fi
exit 2
