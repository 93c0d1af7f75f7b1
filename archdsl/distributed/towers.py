"""The program of a network in towers, one on each device: what AlexNet's two GPUs were in 2012."""

from __future__ import annotations

from archdsl.backends.torch.layout import lay_out
from archdsl.backends.torch.source import root_class
from archdsl.distributed import program
from archdsl.distributed.errors import NotDistributable
from archdsl.distributed.lesson import Lesson
from archdsl.distributed.program import Option
from archdsl.distributed.tower_plan import NORM, WHOLE, plan_towers
from archdsl.ops.conv import Conv
from archdsl.ops.linear import Linear

TYPE_CHECKING = False
if TYPE_CHECKING:
    from archdsl.distributed.tower_plan import TowerPlan
    from archdsl.ir.model import Network, OpNode

_OWN = frozenset(("devices", "towers", "run", "whole_weights"))
"""What the class of all towers calls its own."""

_SHARE = '''\
def share(layer: {layers}, k: int) -> {layers}:
    """The tower `k`'s own layer: it makes one part of the outputs, of all or of its own group."""
    made = smaller(layer).to(layer.weight.device)
    with torch.no_grad():
        for name, weight in layer.named_parameters():
            made.get_parameter(name).copy_(weight.chunk(TOWERS)[k])
    return made


def smaller(layer: {layers}) -> {layers}:
    """A layer of fewer outputs, one part of them."""
    bias = layer.bias is not None
'''
_LINEAR = """\
{pad}outputs = layer.out_features // TOWERS
{pad}return nn.Linear(layer.in_features, outputs, bias)
"""
_CONV = """\
    inputs = layer.in_channels // (1 if layer.groups == 1 else TOWERS)
    return type(layer)(
        inputs,
        layer.out_channels // TOWERS,
        layer.kernel_size,
        layer.stride,
        layer.padding,
        layer.dilation,
        max(1, layer.groups // TOWERS),
        bias,
    )
"""
_EVERYTHING = '''\


def everything(xs: list[Tensor]) -> list[Tensor]:
    """The maps of all towers, on the device of each: here they talk to one another."""
    return [torch.cat([y.to(x.device) for y in xs], dim=1) for x in xs]
'''
_ACROSS = '''\
def across(norm: nn.Module, xs: list[Tensor], n: int) -> list[Tensor]:
    """A norm over neighbouring maps: at its edge a tower borrows `n` maps of the next one."""
    out = []
    for k, x in enumerate(xs):
        before = [xs[k - 1][:, -n:].to(x.device)] if k else []
        behind = [xs[k + 1][:, :n].to(x.device)] if k + 1 < len(xs) else []
        y = norm(torch.cat([*before, x, *behind], dim=1))
        out.append(y.narrow(1, n if k else 0, x.shape[1]))
    return out
'''
_TRAIN = '''\
def train(args: argparse.Namespace) -> None:
    """All steps, in one process that drives all devices."""
{notes}    torch.manual_seed(args.seed)
    whole = build()
    if args.load:
        whole.load_state_dict(torch.load(args.load, weights_only=True))
    net = {name}(whole, args.devices.split(",")).train()
    optimizer = {optimizer}
    for step in range(args.steps):
        x, target = examples(step, args.batch)
        loss = loss_of(net(x), target.to(net.devices[0]))
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
        print(f"step {{step}}: loss {{loss:.6f}}", flush=True)
    if args.save:
        torch.save(net.whole_weights(), args.save)


def main() -> None:
    """The one process, from its start to its end."""
    args = read_arguments()
    if int(os.environ.get("WORLD_SIZE", "1")) != 1:
        raise SystemExit("one process drives all towers: torchrun --nproc-per-node 1")
    if len(args.devices.split(",")) != TOWERS:
        raise SystemExit(f"--devices names {{TOWERS}} devices, with commas between them")
    if args.batch < 1:
        raise SystemExit("--batch is at least 1")
    train(args)


if __name__ == "__main__":
    main()
'''


def towers_source(network: Network, *, spec_name: str, stem: str) -> str:
    """The program of a network whose convolutions are grouped, each group on a device of its own.

    A layer that sees all maps (groups=1, FC) has a part of its outputs on each device, and there
    the towers exchange what they have. The outputs equal those of `stem`.py, up to rounding and
    but for the random numbers of dropout. Raises NotDistributable.
    """
    plan = plan_towers(network)
    _check_layers(plan, network)
    lesson = Lesson(network)
    root = root_class(network)
    program.check_names(stem, root)
    name = f"{root}Towers"
    devices = ",".join(f"cuda:{k}" for k in range(plan.towers))
    command = f"torchrun --nproc-per-node 1 {stem}_towers.py --devices {devices}"
    first = f"Trains {root} in {plan.towers} towers, each on a device of its own."
    about = [f"The towers meet at {', '.join(plan.meetings)}."] if plan.meetings else []
    notes = "".join(f"{line}\n" for line in lesson.notes())
    optimizer = lesson.optimizer("net.parameters()")
    train = _TRAIN.format(name=name, optimizer=optimizer, notes=notes)
    head = program.head_lines(first, about, command, spec_name)
    return program.join(
        [
            [*head, "", *_import_lines(root, stem), "", f"TOWERS = {plan.towers}"],
            _tower_lines(plan, root),
            _network_lines(plan, root, name),
            _helpers(plan).splitlines(),
            _ACROSS.splitlines() if any(how == NORM for how, _ in plan.steps) else [],
            lesson.example_lines(),
            lesson.loss_lines(),
            _argument_lines(lesson),
            train.splitlines(),
        ]
    )


def _check_layers(plan: TowerPlan, network: Network) -> None:
    """Raises NotDistributable where a layer has the name of something that all towers share."""
    shared = [node for how, node in plan.steps if how == NORM] + plan.head
    found = next((node.name for node in shared if node.name in _OWN), None)
    if found is not None:
        raise NotDistributable(
            f"the layer `{found}` of `{network.name}` has a name that a launcher needs",
            help="call it something else",
        )


def _import_lines(root: str, stem: str) -> list[str]:
    return [
        "import argparse",
        "import os",
        "",
        "import torch",
        "import torch.nn.functional as F",
        "from torch import Tensor, nn",
        "",
        f"from {stem} import {root}, build",
    ]


def _argument_lines(lesson: Lesson) -> list[str]:
    options = [
        Option("devices", "", "of the towers, with commas between them"),
        *(o for o in program.common_options(lesson, 32) if o.name != "timeout"),
    ]
    lines = program.argument_lines(options)
    at = next(i for i, line in enumerate(lines) if "--device" in line and "choices" in line)
    where = '    where = "cuda:{}" if torch.cuda.device_count() >= TOWERS else "cpu"'
    devices = '    devices = ",".join(where.format(k) for k in range(TOWERS))'
    lines[at - 1 : at + 1] = [where, devices]
    return [
        line.replace('"--devices", default=""', '"--devices", default=devices') for line in lines
    ]


def _tower_lines(plan: TowerPlan, root: str) -> list[str]:
    out = [
        "class Tower(nn.Module):",
        '    """One of the towers: its part of every layer, with weights of the whole network."""',
        "",
        f"    def __init__(self, net: {root}, k: int) -> None:",
        "        super().__init__()",
    ]
    for how, node in plan.steps:
        if how == NORM:
            continue
        has_weights = isinstance(node.op, (Conv, Linear))
        code = f"share(net.{node.name}, k)" if has_weights else f"net.{node.name}"
        comment = _part_shape(plan, node) if has_weights else ""
        out += lay_out(f"self.{node.name} = {code}", 8, comment)
    return out


def _network_lines(plan: TowerPlan, root: str, name: str) -> list[str]:
    out = [
        f"class {name}(nn.Module):",
        f'    """{root} in {plan.towers} towers; the output is on the first device."""',
        "",
        f"    def __init__(self, net: {root}, devices: list[str]) -> None:",
        "        super().__init__()",
        "        self.devices = [torch.device(device) for device in devices]",
        "        towers = [Tower(net, k).to(d) for k, d in enumerate(self.devices)]",
        "        self.towers = nn.ModuleList(towers)",
    ]
    for node in (node for how, node in plan.steps if how == NORM):
        out.append(f"        self.{node.name} = net.{node.name}")
    for node in plan.head:
        out += lay_out(f"self.{node.name} = net.{node.name}.to(self.devices[0])", 8)
    out += [
        "",
        "    def run(self, xs: list[Tensor], *names: str) -> list[Tensor]:",
        '        """Layers that each tower runs on its own."""',
        "        for name in names:",
        "            layers = [tower.get_submodule(name) for tower in self.towers]",
        "            xs = [layer(x) for layer, x in zip(layers, xs, strict=True)]",
        "        return xs",
        "",
        "    def forward(self, x: Tensor) -> Tensor:",
        *_forward(plan),
    ]
    return [*out, "", *_whole_weights(plan)]


def _forward(plan: TowerPlan) -> list[str]:
    sees_all = plan.steps[0][0] == WHOLE
    shares = "x.chunk(TOWERS, dim=1)"
    out = [
        "        xs = [x.to(device) for device in self.devices]  # all see the input"
        if sees_all
        else f"        xs = [x.to(d) for x, d in zip({shares}, self.devices, strict=True)]"
    ]
    row: list[str] = []

    def flush() -> None:
        if row:
            names = ", ".join(f'"{name}"' for name in row)
            out.extend(lay_out(f"xs = self.run(xs, {names})", 8))
            row.clear()

    for k, (how, node) in enumerate(plan.steps):
        if how == WHOLE and k:
            flush()
            out.append(f"        xs = everything(xs)  # {node.name} sees the maps of all towers")
        if how == NORM:
            flush()
            out += lay_out(f"xs = across(self.{node.name}, xs, {plan.reach(node)})", 8)
        else:
            row.append(node.name)
    flush()
    joined = "torch.cat([x.to(self.devices[0]) for x in xs], dim=1)"
    if not plan.head:
        return [*out, f"        return {joined}"]
    *before, last = plan.head
    out += [f"        x = {joined}", *(f"        x = self.{node.name}(x)" for node in before)]
    return [*out, f"        return self.{last.name}(x)"]


def _whole_weights(plan: TowerPlan) -> list[str]:
    out = [
        "    def whole_weights(self) -> dict[str, Tensor]:",
        '        """The weights under their names in the whole network, in main memory."""',
        "        parts = [tower.state_dict() for tower in self.towers]",
        "        whole = {name: torch.cat([p[name].cpu() for p in parts]) for name in parts[0]}",
    ]
    for node in plan.head:
        if node.op.weights(node.in_types):
            out.append(f"        for name, weight in self.{node.name}.state_dict().items():")
            out.append(f'            whole["{node.name}." + name] = weight.cpu()')
    return [*out, "        return whole"]


def _part_shape(plan: TowerPlan, node: OpNode) -> str:
    dims = node.outputs[0].dims
    return "x".join(map(str, (dims[0] // plan.towers, *dims[1:])))


def _helpers(plan: TowerPlan) -> str:
    convs = {f"nn.Conv{n.in_types[0].rank}d" for _, n in plan.steps if isinstance(n.op, Conv)}
    linear = any(isinstance(n.op, Linear) for _, n in plan.steps)
    names = " | ".join([*sorted(convs), *(["nn.Linear"] * linear)])
    branch = "    if isinstance(layer, nn.Linear):\n" + _LINEAR.format(pad=" " * 8)
    meets = any(how == WHOLE for how, _ in plan.steps[1:])
    return _SHARE.format(layers=names) + branch * linear + _CONV + _EVERYTHING * meets
