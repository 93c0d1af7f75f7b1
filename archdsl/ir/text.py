"""The text form of the IR: every distinct module once, numbered, with types and values."""

from __future__ import annotations

from archdsl.ir.model import CallNode, Design, Module, OpNode, RepeatNode
from archdsl.ir.order import postorder
from archdsl.ops.base import show

TYPE_CHECKING = False
if TYPE_CHECKING:
    from archdsl.ir.model import Network, Node, Value


def render(design: Design) -> str:
    """The design as text, ends with a newline; equal designs give equal text.

    Modules are numbered callees first. `%name` is what a node gives (`%name.1` its second
    output), `%in.name` an input of the module.
    """
    numbers: dict[Module, int] = {}
    lines: list[str] = []
    for network in design.networks:
        for module in postorder(network.module):
            if module not in numbers:
                numbers[module] = len(numbers) + 1
                lines += [*_module(module, numbers), ""]
    for network in design.networks:
        lines += [*_network(network, numbers), ""]
    lines = [f"design {_quote(design.name)}", "", *lines[:-1]]
    return "".join(_printable(line) + "\n" for line in lines)


def _network(network: Network, numbers: dict[Module, int]) -> list[str]:
    lines = [f"network {_quote(network.name)} = #{numbers[network.module]}"]
    for claim in network.claims:
        lines.append(f"    expect {claim.subject} {claim.comparison} {show(claim.value)}")
    lines += [f"    train {name} = {show(value)}" for name, value in network.train]
    return lines


def _module(module: Module, numbers: dict[Module, int]) -> list[str]:
    params = ", ".join(f"{name}={show(value)}" for name, value in module.params)
    name = f" {_quote(module.name)}" if module.name else ""
    lines = [f"#{numbers[module]} {module.kind}{name}" + (f"({params})" if params else "")]
    lines += [f"    input {port.name}: {port.type.describe()}" for port in module.inputs]
    lines += [f"    {_node(module, node, numbers)}" for node in module.nodes]
    for output in module.outputs:
        training = " train" if output.train_only else ""
        weight = "" if output.weight is None else f" weight={output.weight!r}"
        lines.append(f"    output{training} {output.name} = {_value(module, output.value)}{weight}")
    for label in module.labels:
        lines.append(f"    label {label} = {_value(module, module.labels[label])}")
    return lines


def _node(module: Module, node: Node, numbers: dict[Module, int]) -> str:
    inputs = " ".join(_value(module, value) for value in node.inputs)
    types = ", ".join(t.describe() for t in node.outputs)
    line = f"{node.name} = {_action(node, numbers)}"
    line += (f" {inputs}" if inputs else "") + f" -> {types}"
    if node.shares is not None:
        line += f" shares %{module.nodes[node.shares].name}"
    if isinstance(node, OpNode):
        for weight, distribution, values in node.init:
            line += f" init {weight}={distribution}({', '.join(map(repr, values))})"
    return line


def _action(node: Node, numbers: dict[Module, int]) -> str:
    if isinstance(node, OpNode):
        return node.op.text()
    if isinstance(node, CallNode):
        return f"call #{numbers[node.module]}"
    if isinstance(node, RepeatNode):
        runs = ", ".join(f"#{numbers[module]} x{times}" for module, times in node.runs)
        return f"repeat{' shared' if node.tied else ''} [{runs}]"
    raise TypeError(node)


def _value(module: Module, value: Value) -> str:
    index, port = value
    if index < 0:
        return f"%in.{module.inputs[port].name}"
    node = module.nodes[index]
    return f"%{node.name}" if len(node.outputs) == 1 else f"%{node.name}.{port}"


def _quote(name: str) -> str:
    """A name as it is, or quoted where it holds anything beyond letters, digits and `-_.`."""
    plain = name.replace("-", "").replace("_", "").replace(".", "")
    return name if plain.isascii() and plain.isalnum() else repr(name)


def _printable(line: str) -> str:
    """A line with what cannot be seen written as escapes."""
    return (
        line
        if line.isprintable()
        else "".join(c if c.isprintable() else repr(c)[1:-1] for c in line)
    )
