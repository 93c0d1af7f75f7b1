"""`archdsl weights open`: what a weight file says of itself, checked; its spec written out."""

from __future__ import annotations

import os

from archdsl.cli.options import add_command
from archdsl.cli.output import say, say_json, say_line, warn, write_files
from archdsl.cli.show import show_problems, summary
from archdsl.cli.specs import Spec, Usage
from archdsl.diagnostics.render import escape

TYPE_CHECKING = False
if TYPE_CHECKING:
    from argparse import ArgumentParser, Namespace, _SubParsersAction

    from archdsl.deploy.opened import Opened


def add_open(actions: _SubParsersAction[ArgumentParser]) -> None:
    """`weights open F.safetensors [-o DIR]`."""
    parser = add_command(actions, "open", "check the spec inside of a file, and its tensors")
    parser.add_argument("checkpoint", metavar="CHECKPOINT", help="safetensors with its spec inside")
    parser.add_argument("-o", "--out", metavar="DIR", help="write the spec's files there")
    parser.add_argument("--json", action="store_true", help="answers for programs")


def open_file(args: Namespace) -> int:
    """1 where the spec inside is wrong, or where the tensors are not its network's."""
    from archdsl.deploy.opened import WrongText, open_weights
    from archdsl.source import SourceFile
    from archdsl.weights.errors import CheckpointProblem, PortError

    try:
        found = open_weights(args.checkpoint)
    except CheckpointProblem as problem:
        raise Usage(str(problem)) from None
    except WrongText as problem:
        name = args.checkpoint
        wrong = Spec(name, SourceFile(name, ""), None, problem.diagnostics)
        return show_problems([wrong], args.json)
    except PortError as problem:
        warn("archdsl: " + escape(str(problem)))
        return 1
    files = {}
    if args.out:
        texts = found.bundle.files.items()
        files = {os.path.join(args.out, name): text.encode() for name, text in texts}
        refuse_others(files)
        write_files(files, (args.checkpoint,))
    tell(found, list(files), args.json)
    return 0


def refuse_others(files: dict[str, bytes]) -> None:
    """Raises Usage where a stranger's text would stand in place of another: names are the file's.

    Names that differ in case only are one file on some disks.
    """
    if len({path.casefold() for path in files}) < len(files):
        raise Usage("names of the files inside differ in nothing but capital letters")
    for path, data in files.items():
        if os.path.lexists(path) and not holds(path, data):
            raise Usage(f"{path!r} is there already and says something else: choose another folder")


def holds(path: str, data: bytes) -> bool:
    """Whether a plain file has these bytes and no others."""
    if not os.path.isfile(path) or os.path.getsize(path) != len(data):
        return False
    with open(path, "rb") as file:
        return file.read() == data


def tell(found: Opened, written: list[str], as_json: bool) -> None:
    """What the file holds."""
    from archdsl.ir.model import Design
    from archdsl.source import SourceFile

    bundle = found.bundle
    if as_json:
        held = {"network": bundle.network, "spec": bundle.main, "files": list(bundle.files)}
        say_json({**held, "settings": bundle.settings, "logits": found.logits, "written": written})
        return
    design = Design("", (found.network,))
    for line in summary(Spec(found.path, SourceFile(bundle.main, ""), design, [])):
        say(escape(line))
    say(f"spec inside: {', '.join(map(escape, bundle.files))}; every tensor is the network's")
    for name, value in bundle.settings.items():
        say(f"  {name} = {escape(value)}")
    if found.logits:
        say("  without the final softmax")
    for path in written:
        say_line(f"wrote {path}")
