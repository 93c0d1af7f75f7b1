"""The launcher of a pipeline: each process has a stage, and examples go through them in turn."""

from __future__ import annotations

from archdsl.analysis.stages import split_network
from archdsl.backends.torch.comments import join_shapes
from archdsl.backends.torch.layout import lay_out
from archdsl.backends.torch.literals import literal
from archdsl.backends.torch.source import root_class
from archdsl.distributed import program
from archdsl.distributed.lesson import Lesson
from archdsl.distributed.program import Option
from archdsl.distributed.stage_classes import stage_lines

TYPE_CHECKING = False
if TYPE_CHECKING:
    from archdsl.analysis.stages import Split
    from archdsl.ir.model import Network

_PACK = '''\
def blank(shapes: tuple[tuple[int, ...], ...], size: int) -> tuple[Tensor, ...]:
    """Tensors that say what crosses: told of it, a stage need not try itself out for shapes."""
    return tuple(
        torch.empty(size, *shape, device="meta", requires_grad=True) for shape in shapes
    )


def pack(
    stage: nn.Module, inputs: tuple[Tensor, ...], y: Tensor | tuple[Tensor, ...]
) -> Tensor | tuple[Tensor, ...]:
    """What a stage gives, each tensor in one piece of memory, as it is sent."""
    return y.contiguous() if isinstance(y, Tensor) else tuple(t.contiguous() for t in y)
'''
_SAVE = '''\
def save(net: {root}, stage: nn.Module, path: str) -> None:
    """Writes the weights of all stages, under their names in the whole network."""
    own = {{id(tensor) for tensor in stage.state_dict(keep_vars=True).values()}}
    tensors = net.state_dict(keep_vars=True).items()
    part = {{name: t.detach().cpu() for name, t in tensors if id(t) in own}}
    parts: list[dict[str, Tensor]] = [{{}} for _ in STAGES]
    dist.gather_object(part, parts if dist.get_rank() == 0 else None)
    if dist.get_rank() == 0:
        torch.save({{name: t for one in parts for name, t in one.items()}}, path)
'''


def pipeline_source(network: Network, stages: int, *, spec_name: str, stem: str) -> str:
    """The program that trains a network, whose source is `stem`.py, in so many stages.

    Raises TooManyStages, or NotDistributable.
    """
    lesson = Lesson(network)
    split = split_network(network.module, stages)
    root = root_class(network)
    program.check_names(stem, root)
    command = f"torchrun --nproc-per-node {stages} {stem}_stages.py"
    first = f"Trains {root} in {stages} stages, each one on a device of its own."
    options = [
        *program.common_options(lesson, 16 * stages),
        Option("micro-batches", 2 * stages, "parts of a batch that follow one another"),
        Option("schedule", "1f1b", "in which order they go through", "SCHEDULES"),
    ]
    return program.join(
        [
            [
                *program.head_lines(first, table(split), command, spec_name),
                "",
                *_imports(root, stem),
            ],
            *[stage_lines(split, k, root) for k in range(stages)],
            _constants(split),
            lesson.example_lines(),
            lesson.loss_lines(),
            _train_lines(lesson),
            _PACK.splitlines(),
            _SAVE.format(root=root).splitlines(),
            program.MEETING.splitlines(),
            program.argument_lines(options),
            program.main_lines(command, _checks()),
        ]
    )


def table(split: Split) -> list[str]:
    """The stages with what they cost, as lines of a docstring."""
    total = sum(stage.work.total_macs for stage in split.stages)
    lines = []
    for k, stage in enumerate(split.stages):
        macs = stage.work.total_macs
        lines += [
            f"Stage {k}: {stage.title}",
            f"    {stage.work.params:,} parameters, {macs:,} multiply-accumulates"
            f" ({100 * macs / total:.1f} %),",
            f"    gives {join_shapes(split.given(stage))}",
        ]
    return lines


def _imports(root: str, stem: str) -> list[str]:
    return [
        "import argparse",
        "import os",
        "from datetime import timedelta",
        "",
        "import torch",
        "import torch.distributed as dist",
        "import torch.nn.functional as F",
        "from torch import Tensor, nn",
        "from torch.distributed.pipelining import PipelineStage, Schedule1F1B, ScheduleGPipe",
        "",
        f"from {stem} import {root}, build",
    ]


def _constants(split: Split) -> list[str]:
    names = ", ".join(f"Stage{k}" for k in range(len(split.stages)))
    shapes = tuple(tuple(t.dims for t in split.given(stage)) for stage in split.stages)
    return [
        *lay_out(f"STAGES = ({names})", 0),
        "# What each of them gives, without the batch.",
        *lay_out(f"GIVES = {literal(shapes)}", 0),
        'SCHEDULES = {"gpipe": ScheduleGPipe, "1f1b": Schedule1F1B}',
    ]


def _checks() -> list[str]:
    return [
        '    if int(os.environ["WORLD_SIZE"]) != len(STAGES):',
        '        raise SystemExit(f"{len(STAGES)} stages need {len(STAGES)} processes")',
        "    if args.micro_batches < len(STAGES):",
        '        raise SystemExit(f"--micro-batches is {len(STAGES)} at least, one a stage")',
        "    if args.batch < 1 or args.batch % args.micro_batches:",
        *program.refuse_lines(
            'f"--batch {args.batch} makes no {args.micro_batches} equal parts (--micro-batches)"'
        ),
    ]


def _train_lines(lesson: Lesson) -> list[str]:
    inputs = ", ".join(lesson.inputs)
    moved = ", ".join(f"{name}.to(device)" for name in lesson.inputs)
    return [
        "def train(args: argparse.Namespace, device: torch.device) -> None:",
        '    """All steps of one process, which has one stage."""',
        *lesson.notes(),
        "    rank, last = dist.get_rank(), len(STAGES) - 1",
        "    torch.manual_seed(args.seed)",
        "    net = build()  # the same weights in every process",
        "    if args.load:",
        "        net.load_state_dict(torch.load(args.load, weights_only=True))",
        "    torch.manual_seed(args.seed + rank)  # dropout differs from stage to stage",
        "    stage = STAGES[rank](net).to(device).train()",
        "    stage.register_forward_hook(pack)",
        "    size = args.batch // args.micro_batches",
        "    *inputs, _ = examples(0, size)",
        "    takes = blank(GIVES[rank - 1], size) if rank else tuple(inputs)",
        "    gives = blank(GIVES[rank], size)",
        "    pipe = PipelineStage(stage, rank, len(STAGES), device, takes, gives)",
        "    schedule = SCHEDULES[args.schedule](pipe, args.micro_batches, loss_fn=loss_of)",
        *lay_out(f"optimizer = {lesson.optimizer('stage.parameters()')}", 4),
        "    for step in range(args.steps):",
        f"        {inputs}, target = examples(step, args.batch)",
        "        optimizer.zero_grad()",
        "        if rank == 0:",
        f"            schedule.step({moved})",
        "        elif rank == last:",
        "            losses: list[Tensor] = []",
        "            schedule.step(target=target.to(device), losses=losses)",
        '            print(f"step {step}: loss {torch.stack(losses).mean():.6f}", flush=True)',
        "        else:",
        "            schedule.step()",
        "        optimizer.step()",
        "    if args.save:",
        "        save(net, stage, args.save)",
    ]
