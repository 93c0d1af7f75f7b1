"""Names of the variables of a forward method: `x` for what runs through, labels for what stays."""

from __future__ import annotations

from archdsl.backends.torch.names import Namer, variable

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable

    from archdsl.backends.torch.forward import Statement
    from archdsl.backends.torch.plan import ClassPlan
    from archdsl.backends.torch.wiring import Wiring
    from archdsl.ir.model import Module, Value


def assign(plan: ClassPlan, statements: list[Statement], wiring: Wiring) -> dict[Value, str]:
    """A variable for every tensor that a later statement reads.

    A tensor that is read at once takes the place of its operand where that is done with. One
    that stays longer is called as the text labels it. All others get numbered places, which are
    `x`, `y`, `z` where three do and `x`, `x1`, `x2`, … where not.
    """
    return _Assigner(plan, statements, wiring).run()


def port_names(module: Module, taken: Iterable[str] = ()) -> list[str]:
    """Arguments of `forward`: `x`, or the names of the inputs where there are several."""
    if len(module.inputs) == 1:
        return ["x"]
    namer = Namer(set(taken))
    return [namer.take(variable(port.name)) for port in module.inputs]


def constructed(plan: ClassPlan) -> set[str]:
    """Classes that the method itself constructs: no variable may hide them."""
    return {plan.name + "Output", plan.name + "TrainingOutput"}


class _Assigner:
    def __init__(self, plan: ClassPlan, statements: list[Statement], wiring: Wiring) -> None:
        self.plan = plan
        self.module = plan.module
        self.wiring = wiring
        self.statements = statements
        self.last, self.first = _reads(statements, wiring)
        self.labels: dict[Value, str] = {}
        for label, value in plan.module.labels.items():
            self.labels.setdefault(value, variable(label))
        outputs = plan.module.outputs if plan.is_root and len(plan.module.outputs) > 1 else ()
        self.returned = set(wiring.outputs) if outputs else set()
        for output, value in zip(outputs, wiring.outputs, strict=False):
            self.labels.setdefault(value, variable(output.name))
        self.fixed: dict[Value, str] = {}
        self.place: dict[Value, int] = {}
        self.held: dict[int, Value] = {}
        self.namer = Namer(constructed(plan))

    def run(self) -> dict[Value, str]:
        ports = port_names(self.module, constructed(self.plan))
        ports = [self.namer.take(name) for name in ports]
        if len(ports) == 1:
            self.place[-1, 0] = 0
            self.held[0] = (-1, 0)
        else:
            self.fixed = {(-1, k): name for k, name in enumerate(ports)}
        for s, statement in enumerate(self.statements):
            self._visit(s, statement)
        words = self._words(1 + max(self.place.values(), default=0), len(ports) == 1)
        return self.fixed | {value: words[k] for value, k in self.place.items()}

    def _visit(self, s: int, statement: Statement) -> None:
        last = statement.nodes[-1]
        inside = set(statement.nodes)
        read = [v for i in statement.nodes for v in self.wiring.inputs[i]]
        dying = [
            self.place[v]
            for v in dict.fromkeys(read)
            if v[0] not in inside and v in self.place and self.last.get(v) == s
        ]
        if statement.is_loop:
            # It reads its captured tensors again after the first write to its running one.
            running, *captured = self.wiring.inputs[last]
            dying = [self.place[running]] if self.place.get(running) in dying else []
            dying = [] if running in captured else dying
            # It reads its own result, if nobody else does.
            self.last.setdefault((last, 0), s)
        for place in dying:
            del self.held[place]
        for port in range(len(self.module.nodes[last].outputs)):
            if (last, port) in self.last:
                self._give_name((last, port), s, dying)
        for place, value in list(self.held.items()):
            if self.last.get(value, -1) <= s:
                del self.held[place]

    def _give_name(self, value: Value, s: int, usable: list[int]) -> None:
        label = self.labels.get(value)
        passing = self.first.get(value) == self.last[value] == s + 1
        if label and (value in self.returned or not passing) and self.namer.is_free(label):
            self.fixed[value] = self.namer.take(label)
            return
        places = (*usable, *range(len(self.held) + 1))
        place = next(p for p in places if p not in self.held)
        self.place[value] = place
        self.held[place] = value

    def _words(self, count: int, entered: bool) -> list[str]:
        """Names of the places; the first is taken where the only input stands in it."""
        free = "yz" if entered else "xyz"
        if count <= 3 and all(self.namer.is_free(word) for word in free):
            return ["x", "y", "z"][:count]
        first = ["x"] if entered else []
        return first + [self.namer.take(f"x{k or ''}") for k in range(len(first), count)]


def _reads(
    statements: list[Statement], wiring: Wiring
) -> tuple[dict[Value, int], dict[Value, int]]:
    """The last and the first statement that reads each tensor; outputs are read at the end."""
    last: dict[Value, int] = {}
    first: dict[Value, int] = {}
    for s, statement in enumerate(statements):
        for i in statement.nodes:
            for value in wiring.inputs[i]:
                last[value] = s
                first.setdefault(value, s)
    for value in wiring.outputs:
        last[value] = len(statements)
        first.setdefault(value, len(statements))
    return last, first
