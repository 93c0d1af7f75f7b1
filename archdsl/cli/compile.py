"""`archdsl compile`: writes the PyTorch module, the diagram and other forms."""

from __future__ import annotations

import os

from archdsl.cli.deployed import FRESH, add_deploy_options, check_deployed, deploy
from archdsl.cli.draw import page, picture
from archdsl.cli.module_options import add_module_options, check_module_options, emit_module
from archdsl.cli.options import add_draw_options, add_files, add_spec_options
from archdsl.cli.output import say, say_json, say_line, write_files
from archdsl.cli.parallel import add_parallel_options, launchers, parse_parallel
from archdsl.cli.rewrite import add_pass_options
from archdsl.cli.show import no_network, show_problems, summary
from archdsl.cli.specs import Spec, Usage, read_all
from archdsl.deploy.forms import SUFFIX
from archdsl.ir.model import Design, Network

TYPE_CHECKING = False
if TYPE_CHECKING:
    from argparse import ArgumentParser, Namespace

EMIT_SUFFIX = {
    "torch": ".py",
    "dot": ".dot",
    "mermaid": ".mmd",
    "svg": ".svg",
    "png": ".png",
    "pdf": ".pdf",
    "html": ".html",
    "report": ".md",
    "ir": ".ir",
    "yaml": ".yaml",
    **SUFFIX,
}
MAX_BYTES = 256 << 20
"""Of what is written of one spec, weights left out: all of it is held until all is ready."""


def options(parser: ArgumentParser) -> None:
    """`archdsl compile FILE…`."""
    add_files(parser)
    parser.add_argument("-o", "--out", default="build", metavar="DIR", help="where (build)")
    parser.add_argument(
        "--emit",
        action="append",
        metavar="WHAT,…",
        help="what to write: " + ", ".join(EMIT_SUFFIX) + " (torch,svg)",
    )
    parser.add_argument(
        "--logits", action="store_true", help="leave out a final softmax, as training wants it"
    )
    add_spec_options(parser)
    add_deploy_options(parser)
    add_parallel_options(parser)
    add_pass_options(parser)
    add_draw_options(parser)
    add_module_options(parser)


def run(args: Namespace) -> int:
    """Nothing is written unless every spec is right."""
    emits = parse_emits(args.emit)
    check_folder(args.out)
    check_deployed(args, emits)
    check_module_options(args, emits)
    ways = parse_parallel(args, emits)
    specs = read_all(args)
    failed = show_problems(specs, args.json)
    if failed:
        return failed
    files: dict[str, bytes] = {}
    for spec in specs:
        assert spec.design is not None
        if not spec.design.networks:
            raise Usage(no_network([spec]))
        written = outputs_of(spec, spec.design, emits, args)
        for path, data in [*written, *launchers(ways, spec, spec.design, args)]:
            if path.lower() in {p.lower() for p in files}:
                raise Usage(f"two networks would be written to {path!r}: choose with --network")
            files[path] = data
    if args.out == "-":
        for data in files.values():
            say(data.decode("utf-8", "backslashreplace"))
        return 0
    sources = [s.file.name for s in specs] + ([args.weights] if args.weights else [])
    write_files(files, tuple(sources))
    if args.json:
        say_json([{"written": list(files)}])
        return 0
    for spec in specs:
        for line in summary(spec):
            say(line)
    if args.weights is None and any(word in SUFFIX for word in emits):
        say(FRESH)
    for path in files:
        say_line(f"wrote {path}")
    return 0


def check_folder(out: str) -> None:
    """Raises Usage where `-o` names a file, or what looks like one."""
    if os.path.isfile(out) or (
        os.path.splitext(out)[1].lower() in EMIT_SUFFIX.values() and not os.path.isdir(out)
    ):
        folder = os.path.dirname(out) or "."
        what = "is a file" if os.path.exists(out) else "looks like a file's name"
        raise Usage(f"-o takes a folder, and {out!r} {what}: `-o {folder}` writes there")


def parse_emits(words: list[str] | None) -> list[str]:
    """`--emit torch,svg`. Raises Usage."""
    emits = [w for word in words or ["torch,svg"] for w in word.split(",") if w]
    for word in emits:
        if word not in EMIT_SUFFIX:
            raise Usage(f"--emit takes {', '.join(EMIT_SUFFIX)}, not {word!r}")
    if not emits:
        raise Usage(f"--emit takes some of {', '.join(EMIT_SUFFIX)}, and nothing is named")
    return list(dict.fromkeys(emits))


def outputs_of(
    spec: Spec, design: Design, emits: list[str], args: Namespace
) -> list[tuple[str, bytes]]:
    """Paths and contents of all that a spec is compiled to."""
    out: list[tuple[str, bytes]] = []
    room = MAX_BYTES
    for word in emits:
        if word == "yaml":
            from archdsl.syntax.yaml.convert import convert

            path = os.path.join(args.out, design.name + ".yaml")
            out.append((path, convert(spec.file, "yaml")[0].encode()))
            continue
        if word == "ir":
            from archdsl.ir.text import render

            path = os.path.join(args.out, design.name + ".ir")
            out.append((path, render(design).encode()))
            continue
        for network in () if word in SUFFIX else design.networks:
            stem = os.path.join(args.out, network.name.replace("-", "_"))
            out.append((stem + EMIT_SUFFIX[word], emit_one(word, spec, network, args)))
            room -= len(out[-1][1])
            if room < 0:
                raise Usage(
                    f"the files of {spec.name} would take more than {MAX_BYTES >> 20} MiB:"
                    " choose with --network"
                )
    deployed = [word for word in emits if word in SUFFIX]
    return [*out, *deploy(deployed, spec, design, args)]


def emit_one(word: str, spec: Spec, network: Network, args: Namespace) -> bytes:
    """One form of a network."""
    if word == "torch":
        return emit_module(network, os.path.basename(spec.file.name), args)
    if word == "html":
        return page(network, spec)
    if word == "report":
        from archdsl.backends.report import build, render

        return render(build([network]), "markdown").encode()
    return picture(network, word, args)
