"""Runs a target under atheris from the seeds of a form; without atheris it says why it does not."""

from __future__ import annotations

import importlib.util
import sys
import tempfile
from collections.abc import Callable
from pathlib import Path

from tests.fuzz.seeds import seeds

MISSING = 'atheris is not installed: pip install -c constraints.txt -e ".[fuzz]"'


def drive(argv: list[str], form: str, target: Callable[[bytes], None]) -> int:
    """Fuzzes until `-max_total_time=SECONDS` or a finding, whose exit code is libFuzzer's."""
    if importlib.util.find_spec("atheris") is None:
        print(MISSING, file=sys.stderr)
        return 0
    import atheris

    atheris.instrument_all()
    with tempfile.TemporaryDirectory() as folder:
        for at, seed in enumerate(seeds()[form]):
            if len(seed.text) < 4096:
                (Path(folder) / f"{at}").write_bytes(b"\x01" + seed.text)
        options = ["-max_len=4096", "-timeout=20", "-rss_limit_mb=2048"]
        atheris.Setup([argv[0], *options, *argv[1:], folder], target)
        atheris.Fuzz()
    return 0
