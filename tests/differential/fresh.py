"""Runs generated files, each given by its path, where nothing but torch can be imported."""

from __future__ import annotations

import runpy
import sys

OURS = ("archdsl", "tests")


def main() -> None:
    """Their self-checks, one line each; an import of ours raises ImportError."""
    for name in OURS:
        sys.modules[name] = None  # type: ignore[assignment]
    for path in sys.argv[1:]:
        runpy.run_path(path, run_name="__main__")


if __name__ == "__main__":
    main()
