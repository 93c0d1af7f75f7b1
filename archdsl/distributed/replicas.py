"""Launchers whose processes run the whole network, each on its share of a batch: DDP and FSDP2."""

from __future__ import annotations

from archdsl.analysis.walk import layers
from archdsl.backends.torch.layout import lay_out
from archdsl.backends.torch.source import root_class
from archdsl.distributed import program
from archdsl.distributed.lesson import Lesson
from archdsl.distributed.program import Option
from archdsl.distributed.wrapping import wrapped
from archdsl.ops.norm import BatchNorm

TYPE_CHECKING = False
if TYPE_CHECKING:
    from archdsl.ir.model import Network

PROCESSES = 2  # in the command that the program names

_ABOUT = {
    "ddp": "Every process has the whole network; gradients are averaged (DistributedDataParallel).",
    "fsdp": "Every process holds a share of all weights; blocks are gathered to run (FSDP2).",
}
_NORMS = ("", 'NORMS = ("own", "all")  # of its own examples, or of all (on CUDA)')
_IMPORTS = {
    "ddp": ["from torch.nn.parallel import DistributedDataParallel"],
    "fsdp": [
        "from torch.distributed.checkpoint.state_dict import (",
        "    StateDictOptions,",
        "    get_model_state_dict,",
        ")",
        "from torch.distributed.device_mesh import init_device_mesh",
        "from torch.distributed.fsdp import fully_shard",
    ],
}
_SAVE = {
    "ddp": [
        "    if args.save and rank == 0:",
        "        torch.save(net.state_dict(), args.save)",
    ],
    "fsdp": [
        "    if args.save:",
        "        whole = StateDictOptions(full_state_dict=True, cpu_offload=True)",
        "        tensors = get_model_state_dict(net, options=whole)",
        "        if rank == 0:",
        "            torch.save(tensors, args.save)",
    ],
}


def replicas_source(network: Network, way: str, *, spec_name: str, stem: str) -> str:
    """The program that trains a network, whose source is `stem`.py; `way` is "ddp" or "fsdp".

    Raises NotDistributable.
    """
    lesson = Lesson(network)
    root = root_class(network)
    program.check_names(stem, root)
    command = f"torchrun --nproc-per-node {PROCESSES} {stem}_{way}.py"
    first = f"Trains {root} on several devices, a share of each batch on each."
    options = program.common_options(lesson, 32)
    synced = way == "ddp" and _has_batch_norm(network)
    if synced:
        options.append(Option("norm", "own", "whose statistics a BatchNorm takes", "NORMS"))
    head = program.head_lines(first, [_ABOUT[way]], command, spec_name)
    return program.join(
        [
            [*head, "", *_import_lines(way, root, stem, synced), *[*_NORMS] * synced],
            lesson.example_lines(),
            lesson.loss_lines(),
            _shard_lines(network, root) if way == "fsdp" else [],
            _train_lines(lesson, way, synced),
            program.MEETING.splitlines(),
            program.argument_lines(options),
            program.main_lines(command, _checks(synced)),
        ]
    )


def _has_batch_norm(network: Network) -> bool:
    return any(isinstance(layer.op, BatchNorm) for layer in layers(network.module, fold=True))


def _import_lines(way: str, root: str, stem: str, synced: bool) -> list[str]:
    sharded = way == "fsdp"
    return [
        "import argparse",
        "import os",
        "from datetime import timedelta",
        "",
        "import torch",
        "import torch.distributed as dist",
        "import torch.nn.functional as F",
        f"from torch import Tensor{', nn' * synced}",
        *_IMPORTS[way],
        "",
        f"from {stem} import {f'{root}, ' * sharded}build",
    ]


def _shard_lines(network: Network, root: str) -> list[str]:
    blocks = wrapped(network.module)
    out = [
        f"def shard(net: {root}, device: torch.device) -> None:",
        '    """Spreads the weights over all processes, block by block."""',
        "    mesh = init_device_mesh(device.type, (dist.get_world_size(),))",
    ]
    if blocks:
        inside = ", ".join(blocks) + "," * (len(blocks) == 1)
        out += lay_out(f"blocks = ({inside})", 4)
        out += ["    for block in blocks:", "        fully_shard(block, mesh=mesh)"]
    return [*out, "    fully_shard(net, mesh=mesh)"]


def _checks(synced: bool) -> list[str]:
    cuda = [
        '    if args.norm == "all" and args.device != "cuda":',
        *program.refuse_lines('"--norm all needs --device cuda"'),
    ]
    return [
        *cuda * synced,
        '    world = int(os.environ["WORLD_SIZE"])',
        "    if args.batch < 1 or args.batch % world:",
        *program.refuse_lines('f"--batch {args.batch} makes no equal parts for {world} processes"'),
    ]


def _train_lines(lesson: Lesson, way: str, synced: bool) -> list[str]:
    inputs = ", ".join(lesson.inputs)
    out = [
        "def train(args: argparse.Namespace, device: torch.device) -> None:",
        '    """All steps of one process, on its share of each batch."""',
        *lesson.notes(),
        "    rank, world = dist.get_rank(), dist.get_world_size()",
        "    torch.manual_seed(args.seed)",
        "    net = build()  # the same weights in every process",
        "    if args.load:",
        "        net.load_state_dict(torch.load(args.load, weights_only=True))",
        "    net.to(device).train()",
        "    torch.manual_seed(args.seed + rank)  # dropout differs from process to process",
    ]
    if synced:
        out += [
            '    if args.norm == "all":',
            "        net = nn.SyncBatchNorm.convert_sync_batchnorm(net)",
        ]
    if way == "fsdp":
        out.append("    shard(net, device)")
        model = "net"
    else:
        out.append("    model = DistributedDataParallel(net)")
        model = "model"
    return [
        *out,
        *lay_out(f"optimizer = {lesson.optimizer('net.parameters()')}", 4),
        "    for step in range(args.steps):",
        "        batch = [t.chunk(world)[rank].to(device) for t in examples(step, args.batch)]",
        f"        {inputs}, target = batch",
        *lay_out(f"loss = loss_of({model}({inputs}), target)", 8),
        "        optimizer.zero_grad()",
        "        loss.backward()",
        "        optimizer.step()",
        "        mean = loss.detach() / world",
        "        dist.all_reduce(mean)",
        "        if rank == 0:",
        '            print(f"step {step}: loss {mean:.6f}", flush=True)',
        *_SAVE[way],
    ]
