"""`python -m tests.mutants`: plants each fault in a copy and runs the differential suite on it."""

from __future__ import annotations

import argparse
import os
import shutil
import subprocess
import sys
import tempfile
import time
from pathlib import Path

from tests.mutants.faults import FAULTS, Fault

ROOT = Path(__file__).resolve().parents[2]
SECONDS = 60


def main(argv: list[str] | None = None) -> int:
    """Exit 1 where a fault is not caught within a minute."""
    parser = argparse.ArgumentParser(prog="python -m tests.mutants", description=__doc__)
    parser.add_argument("--only", metavar="WORDS", help="faults whose name has these words")
    parser.add_argument("--n", type=int, default=20_000, help="most networks for each fault")
    parser.add_argument("--seed", type=int, default=1)
    args = parser.parse_args(argv)
    faults = [f for f in FAULTS if not args.only or args.only in f.name]
    caught = 0
    begin = time.monotonic()
    for one in faults:
        code, seconds, last = run(one, args.n, args.seed)
        caught += code == 1
        word = {0: "MISSED", 1: "caught", 124: "MISSED (a minute)"}.get(
            code, f"BROKEN (exit {code})"
        )
        print(f"{word:<8} {seconds:5.1f} s  {one.file}: {one.name}   {last}", flush=True)
    print(f"{caught} of {len(faults)} planted faults caught in {time.monotonic() - begin:.0f} s")
    return int(caught < len(faults) or not faults)


def run(one: Fault, n: int, seed: int) -> tuple[int, float, str]:
    """Exit code of the suite on a copy with the fault, seconds, and its last line."""
    with tempfile.TemporaryDirectory() as folder:
        copy = Path(folder) / "archdsl"
        shutil.copytree(ROOT / "archdsl", copy, ignore=shutil.ignore_patterns("__pycache__"))
        plant(one, copy)
        shutil.copytree(
            ROOT / "tests", Path(folder) / "tests", ignore=shutil.ignore_patterns("__pycache__")
        )
        command = [sys.executable, "-m", "tests.differential", "--stop", "--n", str(n)]
        environment = {**os.environ, "PYTHONPATH": folder, "OMP_NUM_THREADS": "1"}
        begin = time.monotonic()
        try:
            done = subprocess.run(
                [*command, "--seed", str(seed)],
                cwd=folder,
                env=environment,
                capture_output=True,
                text=True,
                timeout=SECONDS,
                check=False,
            )
        except subprocess.TimeoutExpired:
            return 124, SECONDS, ""
        lines = [line for line in (done.stdout + done.stderr).splitlines() if line.strip()]
        return done.returncode, time.monotonic() - begin, lines[-1][:110] if lines else ""


def plant(one: Fault, copy: Path) -> None:
    """Makes the edit; raises ValueError where the text does not stand there exactly once."""
    path = copy / one.file
    text = path.read_text(encoding="utf-8")
    if text.count(one.old) != 1:
        raise ValueError(f"{one.name}: {text.count(one.old)} places in {one.file}")
    path.write_text(text.replace(one.old, one.new), encoding="utf-8")


if __name__ == "__main__":
    sys.exit(main())
