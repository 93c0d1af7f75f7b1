"""`archdsl weights`: published checkpoints ported, deeper networks started, weight files opened."""

from __future__ import annotations

import os

from archdsl.cli.opened import add_open, open_file
from archdsl.cli.options import add_command, add_spec_options
from archdsl.cli.output import say, say_json, say_line, warn, write_files
from archdsl.cli.show import show_problems
from archdsl.cli.specs import Spec, Usage, make_limits, make_request, read_one
from archdsl.diagnostics.render import escape
from archdsl.weights.errors import CheckpointProblem, PortError

TYPE_CHECKING = False
if TYPE_CHECKING:
    from argparse import ArgumentParser, Namespace

    from archdsl.ir.model import Network
    from archdsl.weights.port import Ported


def options(parser: ArgumentParser) -> None:
    """`weights port`, `weights warm` and `weights open`."""
    actions = parser.add_subparsers(
        dest="action", metavar="port|warm|open", prog="archdsl weights", required=True
    )
    port = add_command(
        actions, "port", "a checkpoint as the weights of a network, by order and shape"
    )
    warm = add_command(
        actions, "warm", "first and last layers from a shallower network's checkpoint"
    )
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
    add_open(actions)
    warm.add_argument("--seed", type=int, default=0, metavar="N", help="for all other layers (0)")


def run(args: Namespace) -> int:
    """`archdsl weights port|warm|open CHECKPOINT …`: 1 where weights and network do not fit."""
    if args.action == "open":
        return open_file(args)
    names = [args.to] if args.action == "port" else [args.source, args.to]
    if args.out and not args.out.endswith(".safetensors"):
        raise Usage(f"weights are written as .safetensors, not to {args.out!r}")
    request, limits = make_request(args), make_limits(args.limit)
    specs = [read_one(name, request, limits) for name in names]
    failed = show_problems(specs, args.json)
    if failed:
        return failed
    networks = [only_network(spec) for spec in specs]
    try:
        ported = (
            port(args, specs, networks) if args.action == "port" else warm(args, specs, networks)
        )
    except CheckpointProblem as problem:
        raise Usage(str(problem)) from None
    except PortError as problem:
        warn("archdsl: " + escape(str(problem)))
        for line in problem.table[:40]:
            warn("  " + escape(line))
        return 1
    finish(args, networks[-1], ported, tuple(s.file.name for s in specs))
    return 0


def only_network(spec: Spec) -> Network:
    """The one network that is meant. Raises Usage."""
    assert spec.design is not None
    if len(spec.design.networks) != 1:
        names = ", ".join(n.name for n in spec.design.networks[:12]) or "none"
        raise Usage(f"{spec.name} has these networks: {names}; write FILE:NETWORK")
    return spec.design.networks[0]


def port(args: Namespace, specs: list[Spec], networks: list[Network]) -> Ported:
    """The checkpoint as weights of the network."""
    from archdsl.weights.checkpoint import read_checkpoint
    from archdsl.weights.port import port as port_weights
    from archdsl.weights.port import revive

    module = revive(networks[0], os.path.basename(specs[0].file.name), args.logits)
    checkpoint = read_checkpoint(args.checkpoint)
    return port_weights(
        networks[0],
        module,
        checkpoint.tensors,
        ordered=checkpoint.ordered,
        trust_order=args.in_order,
        without=tuple(args.without),
    )


def warm(args: Namespace, specs: list[Spec], networks: list[Network]) -> Ported:
    """The deeper network's weights, some of them the checkpoint's."""
    from archdsl.backends.torch.live import build_network
    from archdsl.weights.warm import warm_start

    if args.first < 0 or args.last < 0:
        raise Usage("--first and --last are at least 0")
    shallow = port(args, specs[:1], networks[:1])
    import torch

    torch.manual_seed(args.seed)
    deep = build_network(networks[1], spec_name=os.path.basename(specs[1].file.name))
    return warm_start(shallow.tensors, deep, args.first, args.last)


def finish(args: Namespace, network: Network, ported: Ported, sources: tuple[str, ...]) -> None:
    """Writes the file and shows the map."""
    if args.out:
        write_files({args.out: as_safetensors(ported, network)}, (*sources, args.checkpoint))
    if args.json:
        pairs = [
            {"theirs": p.theirs, "ours": p.ours, "shape": list(p.shape), "turned": p.how}
            for p in ported.pairs
        ]
        say_json({"network": network.name, "written": args.out, "map": pairs})
        return
    if args.map:
        for line in ported.table():
            say(escape(line))
    whole = f" of {len(ported.tensors)}" if len(ported.pairs) != len(ported.tensors) else ""
    say(f"{network.name}: {len(ported.pairs)}{whole} tensors from {escape(args.checkpoint)}")
    if args.out:
        say_line(f"wrote {args.out}")


def as_safetensors(ported: Ported, network: Network) -> bytes:
    """The tensors as a file. Raises Usage where safetensors is missing."""
    try:
        from safetensors.torch import save
    except ImportError:
        raise Usage('safetensors is not installed: pip install "archdsl[torch]"') from None
    # A view keeps a whole storage alive, and two views of one cannot be saved.
    plain = {key: tensor.clone().contiguous() for key, tensor in ported.tensors.items()}
    data: bytes = save(plain, {"format": "pt", "network": network.name})
    return data
