"""Which classes the generated source has: modules of one block and one structure share a class."""

from __future__ import annotations

from archdsl.backends.torch import names
from archdsl.backends.torch.code import Expr, New
from archdsl.backends.torch.errors import NotEmittable, SourceTooLarge
from archdsl.ir.model import CallNode, Module, Network, OpNode, RepeatNode
from archdsl.ir.names import is_attribute_name
from archdsl.ir.order import postorder

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable

    from archdsl.backends.torch.unify import Parameter

    Row = New | Expr | None
    Text = str | None

MAX_NODES = 10_000  # that the source may spell out


class ClassPlan:
    """One class of the source and the modules that are instances of it.

    `rows[m][i]` is what node `i` of the module `m` becomes, None for calls and repeats;
    `children[i]` are the classes that node `i` uses, one per run of a repeat. The unifier adds
    `params`, `texts[i]` (how each of the literals of node `i` is written, None where it is left
    out) and `arguments` (the constructor's arguments by id of the module). `variant_of` is the
    class that was first made of the same block, or empty. `again` are names of nodes whose
    activations the backward pass computes once more.
    """

    __slots__ = (
        "again",
        "arguments",
        "children",
        "is_root",
        "modules",
        "name",
        "params",
        "rows",
        "texts",
        "variant_of",
    )

    def __init__(self, children: list[tuple[ClassPlan, ...]], is_root: bool) -> None:
        self.name = ""
        self.variant_of = ""
        self.children = children
        self.is_root = is_root
        self.modules: list[Module] = []
        self.rows: list[list[Row]] = []
        self.params: list[Parameter] = []
        self.texts: list[list[Text]] = []
        self.arguments: dict[int, tuple[object, ...]] = {}
        self.again: frozenset[str] = frozenset()

    @property
    def module(self) -> Module:
        """The first instance; what follows from the structure alone may be read off it."""
        return self.modules[0]

    @property
    def is_chain(self) -> bool:
        """Whether each node takes what the last one gave and nothing else: an nn.Sequential."""
        module = self.module
        if self.again or len(module.inputs) != 1 or len(module.outputs) != 1 or not module.nodes:
            return False
        if module.outputs[0].value != (len(module.nodes) - 1, 0):
            return False
        for i, node in enumerate(module.nodes):
            if node.inputs != ((i - 1, 0),) or len(node.outputs) != 1 or node.shares is not None:
                return False
            if isinstance(node, RepeatNode) and node.tied:
                return False
            if isinstance(self.rows[0][i], Expr) or node.name in names.SEQUENTIAL:
                return False
        return True


def plan(network: Network, rows: Callable[[OpNode], New | Expr]) -> list[ClassPlan]:
    """The classes of a network, each after those that it uses; the last one is the network's.

    Raises SourceTooLarge where they would spell out more than `MAX_NODES` layers.
    """
    planner = _Planner(rows)
    for module in postorder(network.module):
        planner.place(module, is_root=module is network.module)
    _name(planner.classes, network.name)
    return planner.classes


class _Planner:
    def __init__(self, rows: Callable[[OpNode], New | Expr]) -> None:
        self.row = rows
        self.classes: list[ClassPlan] = []
        self._by_module: dict[int, ClassPlan] = {}
        self._by_key: dict[object, ClassPlan] = {}
        self._numbers: dict[int, int] = {}
        self._nodes = 0

    def place(self, module: Module, is_root: bool) -> None:
        """Finds or makes the class of a module; those that it uses have theirs already."""
        _check_names(module)
        children = [self._children(node) for node in module.nodes]
        rows = [self.row(n) if isinstance(n, OpNode) else None for n in module.nodes]
        key = self._key(module, children, rows, is_root)
        found = self._by_key.get(key)
        if found is None:
            found = self._by_key[key] = ClassPlan(children, is_root)
            self._numbers[id(found)] = len(self.classes)
            self.classes.append(found)
            self._count(len(module.nodes))
        found.modules.append(module)
        found.rows.append(rows)
        self._by_module[id(module)] = found

    def _children(self, node: OpNode | CallNode | RepeatNode) -> tuple[ClassPlan, ...]:
        if isinstance(node, CallNode):
            return (self._by_module[id(node.module)],)
        if isinstance(node, RepeatNode):
            return tuple(self._by_module[id(module)] for module, _ in node.runs)
        return ()

    def _count(self, nodes: int) -> None:
        self._nodes += nodes
        if self._nodes > MAX_NODES:
            raise SourceTooLarge(
                f"the source would spell out more than {MAX_NODES:,} layers",
                help="a block or a repeat is written once",
            )

    def _key(
        self,
        module: Module,
        children: list[tuple[ClassPlan, ...]],
        rows: list[Row],
        is_root: bool,
    ) -> object:
        """What two modules must have in common to be of one class: all but literals."""
        # Groups have no name of their own, so equal ones may share wherever they were written.
        origin = None if module.kind == "group" else (module.origin, module.name)
        nodes = tuple(
            (
                node.name,
                node.inputs,
                node.shares,
                len(node.outputs),
                tuple(self._numbers[id(c)] for c in used),
                isinstance(node, RepeatNode) and node.tied,
                _row_key(node, row),
            )
            for node, used, row in zip(module.nodes, children, rows, strict=True)
        )
        ports = tuple(p.name for p in module.inputs) if len(module.inputs) > 1 else ()
        outputs = tuple((o.value, o.train_only) for o in module.outputs)
        return (is_root, origin, ports, outputs, nodes)


def _row_key(node: OpNode | CallNode | RepeatNode, row: Row) -> object:
    if not isinstance(node, OpNode):
        return type(node).__name__
    init = tuple((weight, kind, len(numbers)) for weight, kind, numbers in node.init)
    if isinstance(row, New):
        return (node.op.name, row.cls, tuple(a.name for a in row.args), init)
    assert isinstance(row, Expr)
    return (node.op.name, row.template, tuple(row.values), init)


def _check_names(module: Module) -> None:
    """The IR promises unique names that `nn.Module` leaves free; a breach would go unseen."""
    seen: set[str] = set()
    for node in module.nodes:
        if not is_attribute_name(node.name) or node.name in seen:
            raise NotEmittable(f"`{node.name}` cannot be the name of a submodule here")
        seen.add(node.name)


def _name(classes: list[ClassPlan], network: str) -> None:
    """Names for all classes: the network's first, then forms of one block in their order."""
    from archdsl.backends.torch.prelude import PRELUDE

    namer = names.Namer(frozenset(PRELUDE))
    root = classes[-1]
    root.name = namer.take(names.class_name(network))
    for what in ("Output", "TrainingOutput"):  # the classes of what it returns
        namer.take(root.name + what)
    users: dict[int, str] = {}
    for parent in classes:
        for node, children in zip(parent.module.nodes, parent.children, strict=True):
            for child in children:
                users.setdefault(id(child), node.name)
    blocks: dict[object, str] = {}
    for one in classes[:-1]:
        one.name = namer.take(_wanted_name(one, users[id(one)]))
        if one.module.kind != "group":
            one.variant_of = blocks.setdefault((one.module.origin, one.module.name), one.name)
            one.variant_of = "" if one.variant_of == one.name else one.variant_of


def _wanted_name(plan: ClassPlan, node_name: str) -> str:
    module = plan.module
    if module.kind != "group":
        return names.class_name(module.name)
    kinds = [node.op.name for node in module.nodes if isinstance(node, OpNode)]
    if plan.is_chain and len(kinds) == len(module.nodes) <= 4:
        return names.kinds_name(kinds)
    return names.class_name(node_name.rstrip("0123456789_") or node_name)
