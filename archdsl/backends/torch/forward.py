"""The forward method of a class that is no plain chain: straight lines in execution order."""

from __future__ import annotations

from archdsl.backends.torch.code import Expr, New
from archdsl.backends.torch.comments import shape_comment
from archdsl.backends.torch.errors import NotEmittable
from archdsl.backends.torch.layout import WIDTH, lay_out, signature, space_slices
from archdsl.backends.torch.registers import assign, constructed, port_names
from archdsl.backends.torch.runs import read_runs
from archdsl.backends.torch.wiring import Wiring
from archdsl.ir.model import RepeatNode

TYPE_CHECKING = False
if TYPE_CHECKING:
    from archdsl.backends.torch.plan import ClassPlan
    from archdsl.ir.model import Value


class Statement:
    """Nodes that make one line, the last one's call outermost; `guarded` ones run in training."""

    __slots__ = ("guarded", "is_loop", "nodes")

    def __init__(self, nodes: list[int], guarded: bool, is_loop: bool) -> None:
        self.nodes = nodes
        self.guarded = guarded
        self.is_loop = is_loop


def forward_lines(plan: ClassPlan) -> list[str]:
    """The method `forward` of a class, indented as a member."""
    return _Forward(plan).lines()


class _Forward:
    def __init__(self, plan: ClassPlan) -> None:
        self.plan = plan
        self.module = plan.module
        self.wiring = Wiring(plan)
        self.statements = _fuse(plan, self.wiring)
        self.names = assign(plan, self.statements, self.wiring)

    def lines(self) -> list[str]:
        ports = port_names(self.module, constructed(self.plan))
        arguments = ["self", *(f"{p}: Tensor" for p in ports)]
        out = signature("forward", arguments, self._returns(), 4)
        returned = self._returns_directly()
        guarded = False
        for statement in self.statements:
            if statement.guarded and not guarded:
                out.append("        if self.training:")
            guarded = statement.guarded
            last = returned and statement is self.statements[-1]
            out += self._statement(statement, 12 if guarded else 8, "return" if last else "")
        if not returned:
            out += self._return()
        return out

    def _statement(self, statement: Statement, indent: int, keyword: str) -> list[str]:
        if statement.is_loop:
            return self._loop(statement.nodes[0], indent)
        text = ""
        for k, i in enumerate(statement.nodes):
            inner = {(statement.nodes[k - 1], 0): text} if k else {}
            text = self._call(i, inner)
        last = statement.nodes[-1]
        targets = ", ".join(
            self.names.get((last, p), "_") for p in range(len(self.module.nodes[last].outputs))
        )
        code = f"return {text}" if keyword else f"{targets} = {text}"
        before = self.wiring.inputs[statement.nodes[0]][0]
        return lay_out(code, indent, shape_comment(self.plan, last, before))

    def _call(self, i: int, inner: dict[Value, str]) -> str:
        """The expression that runs node `i`; `inner` are operands that are no variables."""
        row = self.plan.rows[0][i]
        operands = [inner.get(v) or self.names[v] for v in self.wiring.inputs[i]]
        if isinstance(row, Expr):
            texts = self.plan.texts[i]
            values = dict(zip(row.values, texts, strict=True))
            text = row.template.format(*operands, all=", ".join(operands), **values)
            return space_slices(text) if "self." in text else text
        target = resolve_share(self.plan, i)
        if target != i and is_tied_embedding(self.plan, i, target):
            return f"F.linear({operands[0]}, self.{self.module.nodes[target].name}.weight)"
        return self._run(i, f"self.{self.module.nodes[target].name}", ", ".join(operands))

    def _run(self, i: int, block: str, operands: str) -> str:
        """The call of a submodule, or that of `recompute` with it."""
        again = self.module.nodes[i].name in self.plan.again
        return f"recompute({block}, {operands})" if again else f"{block}({operands})"

    def _loop(self, i: int, indent: int) -> list[str]:
        """A repeat that needs more than its running value, or uses one module again and again."""
        node = self.module.nodes[i]
        assert isinstance(node, RepeatNode)
        pad = " " * indent
        start, *captured = (self.names[v] for v in self.wiring.inputs[i])
        x = self.names.get((i, 0), "_")
        operands = ", ".join((x, *captured))
        name = self.module.nodes[resolve_share(self.plan, i)].name
        out = [] if x == start else [f"{pad}{x} = {start}"]
        if node.tied:
            out.append(f"{pad}for _ in range({self._count(i)}):")
            out += lay_out(f"{x} = {self._run(i, f'self.{name}[0]', operands)}", indent + 4)
        else:
            out.append(f"{pad}for layer in self.{name}:")
            out += lay_out(f"{x} = {self._run(i, 'layer', operands)}", indent + 4)
        return out

    def _count(self, i: int) -> str:
        """How often a tied repeat runs; its repetitions are all written alike."""
        return read_runs(self.plan, i)[0].count

    def _returns_directly(self) -> bool:
        """Whether the last statement is what the method returns."""
        if len(self.wiring.outputs) != 1 or not self.statements:
            return False
        last = self.statements[-1]
        value = self.wiring.outputs[0]
        return (
            value == (last.nodes[-1], 0)
            and self.wiring.readers[value] == 1
            and len(self.module.nodes[last.nodes[-1]].outputs) == 1
            and not last.is_loop
            and not last.guarded
        )

    def _returns(self) -> str:
        outputs = self.module.outputs
        if not self.plan.is_root:
            return (
                "Tensor" if len(outputs) == 1 else f"tuple[{', '.join(['Tensor'] * len(outputs))}]"
            )
        kept = [o for o in outputs if not o.train_only]
        evaluated = "Tensor" if len(kept) == 1 else output_class(self.plan, training=False)
        if len(kept) == len(outputs):
            return evaluated
        return f"{output_class(self.plan, training=True)} | {evaluated}"

    def _return(self) -> list[str]:
        outputs = self.module.outputs
        values = [self.names[v] for v in self.wiring.outputs]
        if not self.plan.is_root:
            return lay_out(f"return {', '.join(values)}", 8)
        kept = [v for v, o in zip(values, outputs, strict=True) if not o.train_only]
        if not kept:
            raise NotEmittable("the network has no output outside training")
        out = []
        if len(kept) < len(values):
            full = output_class(self.plan, training=True)
            out += ["        if self.training:"]
            out += lay_out(f"return {full}({', '.join(values)})", 12)
        if len(kept) == 1:
            return [*out, f"        return {kept[0]}"]
        name = output_class(self.plan, training=False)
        return out + lay_out(f"return {name}({', '.join(kept)})", 8)


def output_class(plan: ClassPlan, training: bool) -> str:
    """Name of the named tuple that the network returns."""
    some = any(o.train_only for o in plan.module.outputs)
    return plan.name + ("TrainingOutput" if some and training else "Output")


def resolve_share(plan: ClassPlan, i: int) -> int:
    """The node whose submodule node `i` runs: its own, or the one that it shares."""
    shares = plan.module.nodes[i].shares
    while shares is not None:
        i, shares = shares, plan.module.nodes[shares].shares
    return i


def is_tied_embedding(plan: ClassPlan, i: int, target: int) -> bool:
    """Whether a linear layer uses the matrix of an embedding."""
    rows = plan.rows[0]
    a, b = rows[target], rows[i]
    return (
        isinstance(a, New)
        and isinstance(b, New)
        and (a.cls, b.cls) == ("nn.Embedding", "nn.Linear")
    )


def _fuse(plan: ClassPlan, wiring: Wiring) -> list[Statement]:
    """Nodes in lines: what one step of the text made stands in one line where it is short."""
    module = plan.module
    guarded = _training_only(plan)
    out: list[Statement] = []
    length = 0
    for i, node in enumerate(module.nodes):
        if i in wiring.skipped:
            continue
        is_loop = isinstance(node, RepeatNode) and (
            node.tied or len(node.inputs) > 1 or node.name in plan.again
        )
        before = out[-1] if out else None
        length += len(node.name) + len("self.()")
        if (
            before is not None
            and not (is_loop or before.is_loop)
            and before.guarded == (i in guarded)
            and length < WIDTH - 30
            and _continues(plan, before.nodes[-1], i, wiring)
        ):
            before.nodes.append(i)
        else:
            out.append(Statement([i], i in guarded, is_loop))
            length = len(node.name) + len("self.()")
    return out


def _continues(plan: ClassPlan, before: int, i: int, wiring: Wiring) -> bool:
    """Whether node `i` alone takes what the node before it made, in the same step of the text."""
    nodes = plan.module.nodes
    value = (before, 0)
    return (
        nodes[i].step == nodes[before].step
        and wiring.inputs[i].count(value) == wiring.readers.get(value) == 1
        and len(nodes[before].outputs) == 1
        # An expression inside an expression would need brackets.
        and not isinstance(plan.rows[0][i], Expr)
    )


def _training_only(plan: ClassPlan) -> set[int]:
    """Nodes of the network that feed outputs of training and nothing else."""
    module = plan.module
    if not plan.is_root or not any(o.train_only for o in module.outputs):
        return set()
    needed = {o.value[0] for o in module.outputs if not o.train_only}
    for i in range(len(module.nodes) - 1, -1, -1):
        if i in needed:
            needed.update(j for j, _ in module.nodes[i].inputs)
    return set(range(len(module.nodes))) - needed
