"""The frame of a launcher: its head, its arguments, how its processes meet and part."""

from __future__ import annotations

import keyword
import re
import sys

from archdsl.backends.torch.layout import WIDTH, lay_out
from archdsl.backends.torch.literals import doc_lines, docstring, literal
from archdsl.distributed.errors import NotDistributable

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable

    from archdsl.distributed.lesson import Lesson

_TAKEN = frozenset(
    (
        *("DistributedDataParallel", "PipelineStage", "Schedule1F1B", "ScheduleGPipe"),
        *("StateDictOptions", "Tower", "STAGES", "GIVES", "SCHEDULES", "NORMS", "TOWERS"),
    )
)
MEETING = '''\
def start(args: argparse.Namespace) -> torch.device:
    """Meets the other processes; the device of this one."""
    device = torch.device(args.device)
    if device.type == "cuda":
        device = torch.device("cuda", int(os.environ["LOCAL_RANK"]))
        torch.cuda.set_device(device)
    backend = "nccl" if device.type == "cuda" else "gloo"
    dist.init_process_group(backend, timeout=timedelta(seconds=args.timeout))
    return device
'''


class Option:
    """An argument of the program: its type is that of its default."""

    __slots__ = ("choices", "default", "help", "name")

    def __init__(self, name: str, default: object, help: str, choices: str = "") -> None:
        self.name = name
        self.default = default
        self.help = help
        self.choices = choices


def check_names(stem: str, root: str) -> None:
    """Raises NotDistributable where the file `stem`.py cannot be imported, or hides another, and
    where its class `root` has a name that the program needs."""
    hidden = stem in sys.stdlib_module_names or stem in ("torch", "numpy")
    if not (stem.isascii() and stem.isidentifier()) or keyword.iskeyword(stem) or hidden:
        raise NotDistributable(
            f"`{stem}.py` cannot be imported by a launcher",
            help="a name of letters, digits and `_` that Python's own modules leave free",
        )
    if root in _TAKEN or re.fullmatch(r"Stage\d+", root):
        raise NotDistributable(
            f"the class `{root}` of `{stem}.py` has a name that a launcher needs",
            help="call the network something else",
        )


def head_lines(first: str, about: list[str], command: str, source: str) -> list[str]:
    """The docstring of the program: `command` is how it is started."""
    lines = [first, ""]
    lines += doc_lines(f"archdsl wrote it from {source}. Start it with")
    lines += ["", f"    {command}", "", *about]
    return docstring(lines, 0)


def common_options(lesson: Lesson, batch: int) -> list[Option]:
    """The arguments that every launcher takes."""
    return [
        Option("steps", 10, "how many batches"),
        Option("batch", batch, "examples of a batch, over all processes"),
        Option("lr", lesson.rate, "learning rate"),
        Option("seed", 0, "of the fresh weights"),
        Option("load", "", "start from the weights of this file"),
        Option("save", "", "write the weights to this file"),
        Option("timeout", 600, "seconds to wait for another process"),
    ]


def argument_lines(options: Iterable[Option]) -> list[str]:
    """The function `read_arguments`."""
    out = [
        "def read_arguments() -> argparse.Namespace:",
        '    """The command line."""',
        "    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])",
        '    where = "cuda" if torch.cuda.is_available() else "cpu"',
        '    parser.add_argument("--device", choices=("cpu", "cuda"), default=where)',
    ]
    for one in options:
        words = [literal(f"--{one.name}")]
        if one.choices:
            words.append(f"choices={one.choices}")
        elif not isinstance(one.default, str):
            words.append(f"type={type(one.default).__name__}")
        words += [f"default={literal(one.default)}", f"help={literal(one.help)}"]
        out += lay_out(f"parser.add_argument({', '.join(words)})", 4)
    return [*out, "    return parser.parse_args()"]


def refuse_lines(message: str) -> list[str]:
    """The statement in `main` that ends the program with a message, a literal."""
    line = f"        raise SystemExit({message})"
    if len(line) <= WIDTH:
        return [line]
    return ["        raise SystemExit(", f"            {message}", "        )"]


def main_lines(command: str, checks: list[str]) -> list[str]:
    """The function `main` and its call."""
    return [
        "def main() -> None:",
        '    """One of the processes, from its start to its end."""',
        "    args = read_arguments()",
        '    if "RANK" not in os.environ:',
        *refuse_lines(f'"start it with: {command}"'),
        *checks,
        "    device = start(args)",
        "    try:",
        "        train(args, device)",
        "    finally:",
        "        dist.destroy_process_group()",
        "",
        "",
        'if __name__ == "__main__":',
        "    main()",
    ]


def join(blocks: list[list[str]]) -> str:
    """The text of the program: two empty lines between its definitions."""
    return "\n\n\n".join("\n".join(block).rstrip("\n") for block in blocks if block) + "\n"
