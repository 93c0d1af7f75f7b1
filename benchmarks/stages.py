"""Runs one stage of the compiler on a text again and again and prints its CPU milliseconds.

`python stages.py STAGE SOURCE SECONDS`, under a Python that has archdsl. SOURCE is a file,
`chain:N` (N convolutions, a line each), `wide:N` (N convolutions, no two alike) or `repeat:N` (one
line). Each stage begins with what the one before it gave, so the times add up; `check` begins with
the text. A text is not bounded here, as a file is: 100,000 lines and more are no file's.
"""

from __future__ import annotations

import json
import sys
from collections.abc import Callable
from pathlib import Path

from measure import time_calls

from archdsl.ir.model import Network
from archdsl.pipeline import Limits, Request, compile_text, lint_text
from archdsl.source import SourceFile

WIDE = Limits(steps=10_000_000, modules=1_000_000)
REFUSED = 3  # beyond the limits of a back end


def main(stage: str, source: str, seconds: float) -> int:
    """Prints `{"ms": median, "least": …}`; exit code 3 where the stage refuses the network."""
    text, name = read(source)
    prepare, call = STAGES[stage]
    given = prepare(text, name)
    try:
        median, least = time_calls(lambda: call(given), seconds, least=3)
    except Exception as error:
        if type(error).__name__ not in ("SourceTooLarge", "TooLarge"):
            raise
        print(error, file=sys.stderr)
        return REFUSED
    print(json.dumps({"ms": median * 1000, "least": least * 1000}))
    return 0


def read(source: str) -> tuple[str, str]:
    """A text and its name."""
    form, _, count = source.partition(":")
    if form == "chain":
        return "input 8x32x32\n" + "conv3-8\n" * int(count), "chain.arch"
    if form == "wide":
        layers = "".join(f"conv3-{i + 8}\n" for i in range(int(count)))
        return f"input 8x32x32\n{layers}", "wide.arch"
    if form == "repeat":
        return f"input 8x32x32\nresidual[ conv3-8, relu, conv3-8 ] x{count}\n", "repeat.arch"
    return Path(source).read_text(encoding="utf-8"), source


def as_text(text: str, name: str) -> SourceFile:
    """The text itself."""
    return SourceFile(name, text)


def as_network(text: str, name: str) -> Network:
    """The first network."""
    design, found = compile_text(SourceFile(name, text), Request(), WIDE)
    if design is None:
        raise SystemExit(found[0].message)
    return design.networks[0]


def as_yaml(text: str, name: str) -> SourceFile:
    """The text in the form of YAML."""
    from archdsl.syntax.yaml.convert import convert

    return SourceFile("a.yaml", convert(SourceFile(name, text), "yaml")[0])


def parse(file: SourceFile) -> object:
    """Text to tree."""
    from archdsl.syntax.parse import parse

    return parse(SourceFile(file.name, file.text))


def check(file: SourceFile) -> object:
    """Text to proven design."""
    return compile_text(SourceFile(file.name, file.text), Request(), WIDE)


def count(network: Network) -> object:
    """Parameters and MACs, anew."""
    from archdsl.analysis.cost import cost

    return cost(network.module)


def emit(network: Network) -> object:
    """PyTorch source."""
    from archdsl.backends.torch.source import emit

    return emit(network, spec_name="a.arch", logits=False)


def draw(network: Network) -> object:
    """A diagram, folded as it is by default, without the work of dot."""
    from archdsl.backends.dot import DEFAULT_DETAIL, render_dot, view

    return render_dot(view(network, DEFAULT_DETAIL, "TB"), "light")


def report(network: Network) -> object:
    """A line for each layer."""
    from archdsl.backends.report import build, render

    return render(build([network], "layer", 1), "text")


def lay_out(file: SourceFile) -> object:
    """What `fmt` does."""
    from archdsl.syntax.format.render import lay_out

    return lay_out(SourceFile(file.name, file.text))


def lint(file: SourceFile) -> object:
    """Text to findings."""
    return lint_text(SourceFile(file.name, file.text))


STAGES: dict[str, tuple[Callable[[str, str], object], Callable[..., object]]] = {
    "parse": (as_text, parse),
    "check": (as_text, check),
    "yaml": (as_yaml, check),
    "count": (as_network, count),
    "emit": (as_network, emit),
    "draw": (as_network, draw),
    "report": (as_network, report),
    "fmt": (as_text, lay_out),
    "lint": (as_text, lint),
}

if __name__ == "__main__":
    sys.exit(main(sys.argv[1], sys.argv[2], float(sys.argv[3])))
