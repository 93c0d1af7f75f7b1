"""`python -m tests.trust.times N`: VGG-E checked in process; N literal layers, time and memory."""

from __future__ import annotations

import os
import resource
import subprocess
import sys
import time
from pathlib import Path

from archdsl.files import read_spec
from archdsl.pipeline import compile_text
from archdsl.source import SourceFile

ROOT = Path(__file__).resolve().parents[2]
MOST_MS, MOST_S, MOST_MB, MOST_GROWTH = 5.0, 10.0, 1000.0, 1.35  # 1 is linear, 2 quadratic


def main(layers: int) -> int:
    """One line of figures; exit 1 where one of them is too large."""
    vgg = vgg_ms()
    half, _ = measure(layers // 4)
    seconds, megabytes = measure(layers)
    growth = (seconds / max(half, 1e-9)) / 4
    print(
        f"VGG-E {vgg:.1f} ms; {layers:,} layers {seconds:.1f} s, {megabytes:.0f} MB;"
        f" 4 times the layers take {4 * growth:.1f} times"
    )
    good = vgg <= MOST_MS and seconds < MOST_S and megabytes < MOST_MB and growth <= MOST_GROWTH
    return int(not good)


def vgg_ms() -> float:
    """Milliseconds of a check of VGG-E, the best of 30: others may want the core too."""
    file = read_spec(str(ROOT / "specs" / "vgg_e.arch"))
    times = []
    for _ in range(30):
        begin = time.perf_counter()
        design, problems = compile_text(SourceFile(file.name, file.text))
        times.append(time.perf_counter() - begin)
        assert design is not None
        assert not problems
    return 1000 * min(times)


def measure(layers: int) -> tuple[float, float]:
    """Seconds of computing and megabytes of a process that checks so many layers."""
    words = [sys.executable, "-m", "tests.trust.times", "check", str(layers)]
    said = subprocess.run(words, cwd=ROOT, capture_output=True, text=True, check=True).stdout
    seconds, megabytes = map(float, said.split())
    return seconds, megabytes


def check(layers: int) -> None:
    """In that process: the two figures."""
    import gc

    gc.set_threshold(200_000, 50, 50)  # as the command line does
    text = "input 3x32x32\n" + "".join(f"conv3-{8 + i % 8}\n" for i in range(layers))
    assert len(text) <= 1 << 20 or layers > 100_000
    begin = time.process_time()
    design, problems = compile_text(SourceFile("long.arch", text))
    seconds = time.process_time() - begin
    assert design is not None, problems[0].message
    unit = 1 << 20 if sys.platform == "darwin" else 1 << 10
    print(seconds, resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / unit)


if __name__ == "__main__":
    os.chdir(ROOT)
    if sys.argv[1] == "check":
        check(int(sys.argv[2]))
    else:
        sys.exit(main(int(sys.argv[1])))
