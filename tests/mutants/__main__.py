"""`python -m tests.mutants`: plants each fault in a copy and runs the differential suite on it."""

from __future__ import annotations

import argparse
import os
import shutil
import subprocess
import sys
import tempfile
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

from tests.mutants.fault import Fault
from tests.mutants.faults import FAULTS
from tests.mutants.hunt import CAUGHT, MISSED

ROOT = Path(__file__).resolve().parents[2]
HANGS = 900  # seconds by the clock, for a network on which a fault goes on for ever


def main(argv: list[str] | None = None) -> int:
    """Exit 1 where a fault is not caught within a minute of computing."""
    parser = argparse.ArgumentParser(prog="python -m tests.mutants", description=__doc__)
    parser.add_argument("--only", metavar="WORDS", help="faults whose name has these words")
    parser.add_argument(
        "--most", type=int, metavar="N", help="no more than N, spread over the list"
    )
    parser.add_argument("--n", type=int, default=20_000, help="most networks for each fault")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--jobs", type=int, default=1, help="faults looked for at a time")
    args = parser.parse_args(argv)
    faults = [f for f in FAULTS if not args.only or args.only in f.name]
    if args.most:
        faults = faults[:: -(-len(faults) // args.most)]
    caught = 0
    begin = time.monotonic()
    with ThreadPoolExecutor(args.jobs) as pool:
        for one, (code, last) in zip(
            faults, pool.map(lambda f: run(f, args.n, args.seed), faults), strict=True
        ):
            caught += code == CAUGHT
            word = {CAUGHT: "caught", MISSED: "MISSED"}.get(code, f"BROKEN ({code})")
            print(f"{word}  {one.file}: {one.name} | {last}", flush=True)
    print(f"{caught} of {len(faults)} planted faults caught in {time.monotonic() - begin:.0f} s")
    return int(caught < len(faults) or not faults)


def run(one: Fault, n: int, seed: int) -> tuple[int, str]:
    """Exit code of the hunt in a copy with the fault, and its last line."""
    with tempfile.TemporaryDirectory() as folder:
        for part in ("archdsl", "tests"):
            shutil.copytree(
                ROOT / part, Path(folder) / part, ignore=shutil.ignore_patterns("__pycache__")
            )
        plant(one, Path(folder) / "archdsl")
        command = [sys.executable, "-m", "tests.mutants.hunt", str(seed), str(seed + n)]
        environment = {**os.environ, "PYTHONPATH": folder, "OMP_NUM_THREADS": "1"}
        try:
            done = subprocess.run(
                command,
                cwd=folder,
                env=environment,
                capture_output=True,
                text=True,
                timeout=HANGS,
                check=False,
            )
        except subprocess.TimeoutExpired:
            return MISSED, f"{HANGS} s by the clock"
        lines = [line for line in (done.stdout + done.stderr).splitlines() if line.strip()]
        return done.returncode, lines[-1][:120] if lines else ""


def plant(one: Fault, copy: Path) -> None:
    """Makes the edit; raises ValueError where the text does not stand there exactly once."""
    path = copy / one.file
    text = path.read_text(encoding="utf-8")
    if text.count(one.old) != 1:
        raise ValueError(f"{one.name}: {text.count(one.old)} places in {one.file}")
    path.write_text(text.replace(one.old, one.new), encoding="utf-8")


if __name__ == "__main__":
    sys.exit(main())
