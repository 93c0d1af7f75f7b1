"""`archdsl compile --dtype …`: what `build` of the written file does where it is told nothing."""

from __future__ import annotations

from archdsl.backends.torch.settings import COMPILE_MODES, DEVICE, DTYPES, MEMORY_FORMATS
from archdsl.cli.rewrite import pass_words
from archdsl.cli.specs import Usage

TYPE_CHECKING = False
if TYPE_CHECKING:
    from argparse import ArgumentParser, Namespace

    from archdsl.ir.model import Network

CHOSEN = ("device", "dtype", "memory_format", "compile", "cuda_graphs", "deterministic")


def add_module_options(parser: ArgumentParser) -> None:
    """The options of the PyTorch file."""
    group = parser.add_argument_group("what `build` of the PyTorch file does by default")
    group.add_argument("--device", metavar="D", help="cpu, cuda, cuda:1, …")
    group.add_argument("--dtype", choices=DTYPES, help="of weights and inputs")
    group.add_argument("--memory-format", choices=MEMORY_FORMATS, help="of weights and inputs")
    group.add_argument("--compile", choices=COMPILE_MODES, metavar="MODE", help="by torch.compile")
    group.add_argument(
        "--cuda-graphs", metavar="1,8,…", help="batch sizes to capture; others are padded to them"
    )
    group.add_argument("--deterministic", action="store_true", help="the same bits each time")
    group.add_argument(
        "--memory-budget", metavar="2GB", help="activations of a training step fit: more computing"
    )
    group.add_argument(
        "--batch", type=int, metavar="N", help="examples of that step (1, and with the budget only)"
    )


def check_module_options(args: Namespace, emits: list[str]) -> None:
    """Raises Usage where they say nothing, or nothing that there is."""
    given = [
        n for n in (*CHOSEN, "memory_budget", "batch") if getattr(args, n) not in (None, False)
    ]
    if given and "torch" not in emits:
        raise Usage(f"--{given[0].replace('_', '-')} is for --emit torch, which is not named")
    if args.device is not None and DEVICE.fullmatch(args.device) is None:
        raise Usage(f"--device takes a device such as cpu, cuda, cuda:1, mps, not {args.device!r}")
    if args.batch is not None and args.memory_budget is None:
        raise Usage("--batch says for how many examples --memory-budget is: give both")
    if args.batch is not None and args.batch < 1:
        raise Usage(f"--batch is at least 1, not {args.batch}")


def emit_module(network: Network, spec_name: str, args: Namespace) -> bytes:
    """The PyTorch file of a network, which is through its passes already. Raises Usage."""
    from archdsl.backends.torch.settings import Settings, fit_format
    from archdsl.backends.torch.source import emit
    from archdsl.modules import check_budget, choose_again
    from archdsl.passes.checkpoint import OverBudget

    level = level_of(args)
    again: tuple[str, ...] = ()
    try:
        layout = fit_format(network, args.memory_format)
        settings = Settings(
            args.device,
            args.dtype,
            layout,
            args.compile or False,
            read_batches(args.cuda_graphs),
            args.deterministic,
        )
        if args.memory_budget is not None:
            check_budget(level, bool(settings.cuda_graphs))
            dtype = args.dtype or "float32"
            again = choose_again(network, args.memory_budget, args.batch or 1, dtype)
    except (ValueError, OverBudget) as problem:
        raise Usage(str(problem)) from None
    return emit(
        network,
        spec_name=spec_name,
        logits=args.logits,
        settings=settings,
        level=level,
        again=again,
    ).encode()


def level_of(args: Namespace) -> str:
    """What the passes of the command line leave a network fit for: "none" where there are none."""
    from archdsl.passes.run import PASSES

    names = pass_words(args)
    if args.optimize == "inference" or any(PASSES[n].keeps != "training" for n in names):
        return "inference"
    return "training" if names or args.optimize == "training" else "none"


def read_batches(text: str | None) -> tuple[int, ...]:
    """`1,8,32`. Raises Usage."""
    words = [word.strip() for word in (text or "").split(",")] if text is not None else []
    if not all(word.isdecimal() and int(word) > 0 for word in words):
        raise Usage(f"--cuda-graphs takes sizes of batches such as 1,8,32, not {text!r}")
    return tuple(map(int, words))
