"""Who reads which tensor inside a class, with layers that change nothing looked through."""

from __future__ import annotations

from archdsl.backends.torch.code import Expr

TYPE_CHECKING = False
if TYPE_CHECKING:
    from archdsl.backends.torch.plan import ClassPlan
    from archdsl.ir.model import Value


class Wiring:
    """Inputs of the nodes, outputs of the class and number of readers of each tensor.

    An `identity` is no line of the forward pass: `skipped` are such nodes, and whoever reads
    their outputs is said to read their inputs.
    """

    __slots__ = ("inputs", "outputs", "readers", "skipped")

    def __init__(self, plan: ClassPlan) -> None:
        module = plan.module
        self.skipped: set[int] = set()
        self.inputs: list[tuple[Value, ...]] = []
        alias: dict[Value, Value] = {}
        for i, node in enumerate(module.nodes):
            inputs = tuple(alias.get(v, v) for v in node.inputs)
            self.inputs.append(inputs)
            row = plan.rows[0][i]
            if isinstance(row, Expr) and row.template == "{0}":
                self.skipped.add(i)
                alias[i, 0] = inputs[0]
        self.outputs = tuple(alias.get(o.value, o.value) for o in module.outputs)
        self.readers: dict[Value, int] = {}
        for i, inputs in enumerate(self.inputs):
            for value in () if i in self.skipped else inputs:
                self.readers[value] = self.readers.get(value, 0) + 1
        for value in self.outputs:
            self.readers[value] = self.readers.get(value, 0) + 1
