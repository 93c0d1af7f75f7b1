"""`--emit export,onnx,aoti,safetensors,hub` and `--weights`: forms to ship a network in."""

from __future__ import annotations

import os

from archdsl.cli.rewrite import pass_words
from archdsl.cli.specs import Spec, Usage, make_limits, make_request, split_name
from archdsl.deploy.forms import SUFFIX
from archdsl.ir.model import Design

TYPE_CHECKING = False
if TYPE_CHECKING:
    from argparse import ArgumentParser, Namespace

FRESH = "the weights are fresh (seed 0); --weights CHECKPOINT puts trained ones in"


def add_deploy_options(parser: ArgumentParser) -> None:
    """`--weights CHECKPOINT`."""
    parser.add_argument(
        "--weights",
        metavar="CHECKPOINT",
        help=f"the network's own weights, for {', '.join(SUFFIX)} (else fresh ones)",
    )


def check_deployed(args: Namespace, emits: list[str]) -> None:
    """Raises Usage where weights would go nowhere, or bytes to standard output."""
    deployed = [word for word in emits if word in SUFFIX]
    if args.weights is not None and not deployed:
        raise Usage(f"--weights is for --emit {', '.join(SUFFIX)}, and none is named")
    if deployed and args.out == "-":
        raise Usage(f"--emit {deployed[0]} writes bytes: -o takes a folder")
    if deployed and args.dtype not in (None, "float32"):
        raise Usage(f"--emit {deployed[0]} is in float32: emit the module with --dtype by itself")
    if deployed and (args.dense or "dense" in pass_words(args)):
        raise Usage(f"--emit {deployed[0]} cannot be --dense: its weights are those of the spec")
    if pass_names(args) and any(word in ("safetensors", "hub") for word in deployed):
        raise Usage("safetensors and hub hold the spec's own network: leave --optimize out")


def deploy(
    forms: list[str], spec: Spec, design: Design, args: Namespace
) -> list[tuple[str, bytes]]:
    """Paths and contents of the forms. Raises Usage for weights that are not the network's."""
    if not forms:
        return []
    from functools import partial

    from archdsl import __version__
    from archdsl.cli.progress import Progress
    from archdsl.deploy.bundle import gather
    from archdsl.deploy.forms import render
    from archdsl.deploy.subject import Subject
    from archdsl.weights.errors import CheckpointProblem, PortError

    found = []
    for network in as_written(spec, design, args).networks:
        with Progress() as progress:
            subject = Subject(
                network,
                os.path.basename(spec.file.name),
                partial(gather, spec.file, network, make_request(args)),
                version=__version__,
                logits=args.logits,
                weights=args.weights,
                passes=pass_names(args),
                tell=progress,
            )
            try:
                made = [render(form, subject) for form in forms]
            except (CheckpointProblem, PortError) as problem:
                raise Usage(str(problem)) from None
        stem = os.path.join(args.out, subject.stem)
        found += [(stem + end, data) for files in made for end, data in files.items()]
    return found


def pass_names(args: Namespace) -> list[str]:
    """The passes that the command line asks for, those of the level first."""
    words = pass_words(args)
    if args.optimize == "none":
        return words
    from archdsl.passes.run import LEVELS

    return [*LEVELS[args.optimize], *words]


def as_written(spec: Spec, design: Design, args: Namespace) -> Design:
    """The design before any passes: the keys of checkpoints are those of its networks."""
    if not pass_names(args):
        return design
    from archdsl.pipeline import Request, compile_text

    asked = make_request(args)
    request = Request(split_name(spec.name)[1] or asked.network, asked.settings, asked.input)
    plain, _ = compile_text(spec.file, request, make_limits(args.limit))
    assert plain is not None, "it was right before"
    return plain
