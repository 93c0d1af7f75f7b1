"""The commands and their options."""

from __future__ import annotations

import argparse

FORMATS = ("text", "markdown", "csv", "json", "html", "latex")
BY = ("layer", "stage", "block", "network")
EMITS = ("torch", "dot", "svg", "png", "pdf", "html", "report", "ir")
THEMES = ("light", "dark", "safe", "print")


def make_parser(argv: list[str] | None = None) -> argparse.ArgumentParser:
    """The parser of the whole command line; of commands that `argv` has not, the rare stay bare."""
    parser = argparse.ArgumentParser(
        prog="archdsl",
        description="A compiler for neural networks written as their papers' tables.",
        epilog="FILE is a path, `-` for standard input, or FILE:NETWORK for one of its networks.",
        allow_abbrev=False,
    )
    parser.add_argument("--version", action="store_true", help="print the version")
    parser.add_argument("--debug", action="store_true", help=argparse.SUPPRESS)
    # A `prog` of its own keeps argparse from formatting a usage text at every start.
    commands = parser.add_subparsers(dest="command", metavar="COMMAND", prog="archdsl")

    check = add(commands, "check", "parse, infer every shape, prove every claim; write nothing")
    check.add_argument("files", nargs="+", metavar="FILE")
    add_spec_options(check)

    compile_ = add(commands, "compile", "write the PyTorch module and the diagram")
    compile_.add_argument("files", nargs="+", metavar="FILE")
    compile_.add_argument("-o", "--out", default="build", metavar="DIR", help="where (build)")
    compile_.add_argument(
        "--emit",
        action="append",
        metavar="WHAT,…",
        help="what to write: " + ", ".join(EMITS) + " (torch,svg)",
    )
    compile_.add_argument(
        "--logits", action="store_true", help="leave out a final softmax, as training wants it"
    )
    add_spec_options(compile_)
    add_draw_options(compile_)

    report = add(commands, "report", "parameters, shapes, MACs, memory, receptive field")
    report.add_argument("files", nargs="+", metavar="FILE")
    report.add_argument("--format", choices=FORMATS, default="text")
    report.add_argument("--by", choices=BY, help="rows of the table (layer; network for several)")
    report.add_argument("-o", "--out", metavar="F", help="write to this file")
    report.add_argument("--batch", type=int, default=1, help="examples that memory is stated for")
    report.add_argument("--dtype", default="float32", help="number format memory is stated for")
    add_spec_options(report)

    draw = add(commands, "draw", "draw a diagram")
    draw.add_argument("files", nargs=1, metavar="FILE")
    draw.add_argument("-o", "--out", metavar="F", help="F.svg, F.png, F.pdf or F.dot; - for stdout")
    add_spec_options(draw)
    add_draw_options(draw)

    list_ = add(commands, "list", "the networks of a file")
    list_.add_argument("files", nargs="+", metavar="FILE")
    add_spec_options(list_)

    kinds = add(commands, "kinds", "the layer kinds with their attributes")
    kinds.add_argument("kind", nargs="?", metavar="KIND")
    kinds.add_argument("--json", action="store_true", help="answer for programs")

    weights = add(
        commands,
        "weights",
        "port published checkpoints; start a deeper network from a shallower one",
    )
    if argv is None or "weights" in argv:  # else its two parsers would slow down every start
        add_weights(weights)

    explain = add(commands, "explain", "an error's page, with a wrong and a right example")
    explain.add_argument("error", nargs="?", metavar="ERROR-ID")
    explain.add_argument("--json", action="store_true", help="answer for programs")
    return parser


def add(commands: argparse._SubParsersAction, name: str, help: str) -> argparse.ArgumentParser:  # type: ignore[type-arg]
    """One command."""
    made: argparse.ArgumentParser = commands.add_parser(
        name, help=help, description=help, allow_abbrev=False
    )
    made.add_argument("--debug", action="store_true", help=argparse.SUPPRESS)
    return made


def add_weights(weights: argparse.ArgumentParser) -> None:
    """`weights port` and `weights warm`."""
    actions = weights.add_subparsers(
        dest="action", metavar="port|warm", prog="archdsl weights", required=True
    )
    port = add(actions, "port", "a checkpoint as the weights of a network, by order and shape")
    warm = add(actions, "warm", "first and last layers from a shallower network's checkpoint")
    for one in (port, warm):
        one.add_argument("checkpoint", metavar="CHECKPOINT", help="safetensors, .pt or .pth")
        one.add_argument("--to", required=True, metavar="FILE[:NETWORK]", help="whose weights")
        one.add_argument("-o", "--out", metavar="F.safetensors", help="write the weights")
        one.add_argument("--map", action="store_true", help="show each key with its place")
        one.add_argument("--logits", action="store_true", help="for the network without softmax")
        one.add_argument(
            "--in-order", action="store_true", help="trust the order of branches of equal shapes"
        )
        one.add_argument(
            "--without", action="append", default=[], metavar="PREFIX", help="leave out such keys"
        )
        add_spec_options(one)
    warm.add_argument(
        "--from", dest="source", required=True, metavar="FILE[:NETWORK]", help="the shallower one"
    )
    warm.add_argument("--first", type=int, default=4, metavar="N", help="layers from the front (4)")
    warm.add_argument("--last", type=int, default=3, metavar="N", help="layers from the back (3)")
    warm.add_argument("--seed", type=int, default=0, metavar="N", help="for all other layers (0)")


def add_spec_options(parser: argparse.ArgumentParser) -> None:
    """Options that choose what of a file is meant."""
    parser.add_argument("--network", metavar="N", help="one network of the file")
    parser.add_argument(
        "--set",
        action="append",
        default=[],
        metavar="NAME=VALUE",
        help="a parameter of the network (claims are not checked then)",
    )
    parser.add_argument("--input", metavar="3x384x384", help="other sizes of the (first) input")
    parser.add_argument(
        "--limit", action="append", default=[], metavar="NAME=N", help="steps, modules or depth"
    )
    parser.add_argument("--json", action="store_true", help="answers for programs")


def add_draw_options(parser: argparse.ArgumentParser) -> None:
    """Options of pictures."""
    parser.add_argument("--view", choices=("graph",), default="graph", help="kind of picture")
    parser.add_argument("--detail", type=int, metavar="0..9", help="from stages to single layers")
    parser.add_argument("--direction", choices=("TB", "LR"), default="TB")
    parser.add_argument("--theme", choices=THEMES, default="light")
