"""What the generated file does when it is run: build the network, run it, compare with the spec."""

from __future__ import annotations

from archdsl.backends.torch.code import New
from archdsl.backends.torch.layout import lay_out
from archdsl.backends.torch.literals import literal, number, printable
from archdsl.tensor import TOKENS

TYPE_CHECKING = False
if TYPE_CHECKING:
    from archdsl.analysis.cost import Cost
    from archdsl.backends.torch.plan import ClassPlan
    from archdsl.backends.torch.settings import Settings
    from archdsl.ir.model import Network
    from archdsl.tensor import TensorType

SMALL = 2_000_000_000  # multiply-accumulates of a network that is tried on two examples


def lines(
    network: Network, classes: list[ClassPlan], total: Cost, settings: Settings
) -> list[list[str]]:
    """The function `self_check` and its call."""
    root = classes[-1]
    outputs = root.module.outputs
    some = any(o.train_only for o in outputs)
    # BatchNorm cannot train on one example.
    batch = 2 if some or total.total_macs < SMALL else 1
    vocabulary = _vocabulary(classes)
    inputs = [_example(batch, port.type, vocabulary) for port in root.module.inputs]
    run = _run_one if len(outputs) == 1 else _run_several
    check = [
        "def self_check() -> None:",
        '    """Runs the network on random input; counts and shapes must be the spec\'s."""',
        f"    net = build({_plainly(settings)}).eval()",
        "    params = sum(p.numel() for p in net.parameters())",
        "    buffers = sum(b.numel() for b in net.buffers())",
        f"    if (params, buffers) != ({number(total.params)}, {number(total.buffers)}):",
        '        raise SystemExit(f"wrong: {params:,} parameters, {buffers:,} in buffers")',
        *run(root, ", ".join(inputs), batch),
        *lay_out(f"print({literal(_verdict(network, root, total))})", 4),
    ]
    return [check, ['if __name__ == "__main__":', "    self_check()"]]


def _run_one(root: ClassPlan, inputs: str, batch: int) -> list[str]:
    (shape,) = _shapes(root, batch, training=True)
    return [
        "    with torch.no_grad():",
        *lay_out(f"output = net({inputs})", 8),
        f"    if tuple(output.shape) != {literal(shape)}:",
        '        raise SystemExit(f"wrong: the output is {tuple(output.shape)}")',
    ]


def _run_several(root: ClassPlan, inputs: str, batch: int) -> list[str]:
    evaluated, trained = (_shapes(root, batch, training) for training in (False, True))
    pairs = f"(False, {literal(evaluated)})"
    pairs += f", (True, {literal(trained)})" if trained != evaluated else ","
    return [
        *lay_out(f"modes = ({pairs})", 4),
        "    for training, expected in modes:",
        "        with torch.no_grad():",
        *lay_out(f"outputs = net.train(training)({inputs})", 12),
        "        if isinstance(outputs, Tensor):",
        "            outputs = (outputs,)",
        "        shapes = tuple(tuple(y.shape) for y in outputs)",
        "        if shapes != expected:",
        '            raise SystemExit(f"wrong: the outputs are {shapes}, not {expected}")',
    ]


def _plainly(settings: Settings) -> str:
    """Arguments of `build` for a network that can be compared on any machine."""
    plain = {
        "device": ("cpu", settings.device),
        "dtype": ("torch.float32", settings.dtype),
        "compile": (False, settings.compile),
        "cuda_graphs": ((), settings.cuda_graphs),
    }
    return ", ".join(
        f"{name}={value if name == 'dtype' else literal(value)}"
        for name, (value, chosen) in plain.items()
        if chosen
    )


def _example(batch: int, type: TensorType, vocabulary: int) -> str:
    sizes = ", ".join(map(str, (batch, *type.dims)))
    return (
        f"torch.randint({vocabulary}, ({sizes}))"
        if type.layout == TOKENS
        else (f"torch.randn({sizes})")
    )


def _shapes(root: ClassPlan, batch: int, training: bool) -> tuple[tuple[int, ...], ...]:
    module = root.module
    return tuple(
        (batch, *module.type_of(o.value).dims)
        for o in module.outputs
        if training or not o.train_only
    )


def _vocabulary(classes: list[ClassPlan]) -> int:
    """A number of token ids that every embedding knows."""
    sizes = [
        row.args[0].value
        for one in classes
        for rows in one.rows
        for row in rows
        if isinstance(row, New) and row.cls == "nn.Embedding"
    ]
    return min((n for n in sizes if isinstance(n, int)), default=1)


def _verdict(network: Network, root: ClassPlan, total: Cost) -> str:
    outputs = " and ".join(str(t) for t in root.module.output_types())
    return f"OK: {printable(network.name)}, {total.params:,} parameters, output {outputs}"
