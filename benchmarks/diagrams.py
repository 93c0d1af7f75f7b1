"""A diagram of ResNet-152, folded: from its text to SVG, against torchview's from its module.

`python benchmarks/diagrams.py [SECONDS]` prints both times and their ratio; exit code 1 where the
ratio is below 10, 3 where torchview is missing. Both use the same Graphviz. The module is built
before the clock starts, on the meta device; torchview folds repeated modules (`roll`), and is timed
with its layout and without. Times are the least CPU seconds of several runs, Graphviz's included.
"""

from __future__ import annotations

import os
import sys
import time
from collections.abc import Callable
from pathlib import Path

from archdsl.backends.dot import render_dot, render_svg, view
from archdsl.backends.dot.draw import find_dot
from archdsl.pipeline import compile_text
from archdsl.source import SourceFile

SPEC = Path(__file__).parents[1] / "specs" / "resnet.arch"
NETWORK = "ResNet-152"
LEAST = 10.0
MISSING = 3


def main(seconds: float) -> int:
    """Measures both and prints the ratio; returns the exit code."""
    try:
        from torchview import draw_graph
    except ModuleNotFoundError as error:
        print(error, file=sys.stderr)
        return MISSING
    import torch

    import archdsl

    torch.set_num_threads(1)
    text = SPEC.read_text()
    module = archdsl.load(str(SPEC), network=NETWORK).module(device="meta").eval()

    def trace() -> object:
        graph = draw_graph(module, input_size=(1, 3, 224, 224), device="meta", roll=True)
        return graph.visual_graph

    ours = least_time(lambda: from_text(text), seconds)
    traced = least_time(trace, seconds)
    theirs = least_time(lambda: lay_out(str(trace())), seconds)
    print(f"{NETWORK}, text to SVG: {ours * 1000:.0f} ms")
    print(f"torchview, module to DOT: {traced * 1000:.0f} ms ({traced / ours:.1f} times ours)")
    print(f"torchview, module to SVG: {theirs * 1000:.0f} ms ({theirs / ours:.1f} times ours)")
    return 0 if theirs / ours >= LEAST else 1


def least_time(call: Callable[[], object], seconds: float) -> float:
    """Least CPU seconds of a call and of the programs that it runs; the first call warms up."""
    call()
    taken: list[float] = []
    end = time.perf_counter() + seconds
    while len(taken) < 3 or time.perf_counter() < end:
        begin = sum(os.times()[:4])
        call()
        taken.append(sum(os.times()[:4]) - begin)
    return min(taken)


def from_text(text: str) -> str:
    """The picture of one network of a spec."""
    design, problems = compile_text(SourceFile(SPEC.name, text))
    assert design is not None, problems
    network = next(n for n in design.networks if n.name == NETWORK)
    return render_svg(render_dot(view(network)))


def lay_out(dot_text: str) -> bytes:
    """The SVG of a DOT text by the program that draws ours."""
    import subprocess

    command = [find_dot("svg"), "-Kdot", "-Tsvg"]
    done = subprocess.run(command, input=dot_text.encode(), capture_output=True, check=True)
    return done.stdout


if __name__ == "__main__":
    os.environ.setdefault("OMP_NUM_THREADS", "1")
    sys.exit(main(float(sys.argv[1]) if len(sys.argv) > 1 else 2.0))
