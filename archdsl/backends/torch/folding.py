"""BatchNorms that `build` folds into the layers before them, for evaluation."""

from __future__ import annotations

from archdsl.backends.torch.code import New
from archdsl.backends.torch.forward import resolve_share
from archdsl.backends.torch.layout import WIDTH
from archdsl.backends.torch.literals import literal
from archdsl.backends.torch.wiring import Wiring
from archdsl.ir.model import OpNode
from archdsl.ops.norm import BatchNorm

TYPE_CHECKING = False
if TYPE_CHECKING:
    from archdsl.backends.torch.plan import ClassPlan
    from archdsl.ir.model import Node

_CONV = frozenset(("nn.Conv1d", "nn.Conv2d", "nn.Conv3d"))
_TRANSPOSED = frozenset(("nn.ConvTranspose1d", "nn.ConvTranspose2d", "nn.ConvTranspose3d"))
_NORMS = frozenset(("nn.BatchNorm1d", "nn.BatchNorm2d", "nn.BatchNorm3d"))


def lines(classes: list[ClassPlan]) -> list[list[str]]:
    """The table of pairs and the function that folds them; nothing where there is no pair."""
    table = {one: pairs for one in classes if (pairs := _pairs(one))}
    if not table:
        return []
    kinds = sorted({kind for pairs in table.values() for *_, kind in pairs})
    return [_table(table), _function(kinds)]


def _pairs(plan: ClassPlan) -> list[tuple[str, str, str]]:
    """Layers and the BatchNorms that alone read them, with the layer's class."""
    nodes, rows, wiring = plan.module.nodes, plan.rows[0], Wiring(plan)
    shared = {resolve_share(plan, i) for i, node in enumerate(nodes) if node.shares is not None}
    shared |= {i for i, node in enumerate(nodes) if node.shares is not None}
    found = []
    for i, row in enumerate(rows):
        if not isinstance(row, New) or row.cls not in _NORMS or i in shared:
            continue
        if not all(_is_of_channels(module.nodes[i]) for module in plan.modules):
            continue
        source = wiring.inputs[i][0]
        at = source[0]
        before = rows[at] if at >= 0 and at not in shared else None
        if not isinstance(before, New) or wiring.readers[source] != 1:
            continue
        if _can_fold(plan, at, i, before.cls):
            found.append((nodes[at].name, nodes[i].name, before.cls))
    return found


def _is_of_channels(node: Node) -> bool:
    """Whether a norm has a factor for each channel, and none for each position."""
    if not isinstance(node, OpNode) or not isinstance(node.op, BatchNorm):
        return False
    (x,) = node.in_types
    return node.op.axis_of(x) == x.channel_axis


def _can_fold(plan: ClassPlan, layer: int, norm: int, kind: str) -> bool:
    """Whether PyTorch has a function for it that is right."""
    if kind in _TRANSPOSED:  # it takes the axes of the kernel for those of a single group
        return not _is_ever(plan, layer, "groups", 1)
    if kind == "nn.Linear":  # it multiplies by the factor, None where the norm has none
        return not _is_ever(plan, norm, "affine", True)
    return kind in _CONV


def _is_ever(plan: ClassPlan, i: int, argument: str, other_than: object) -> bool:
    """Whether an instance of the class gives its layer number `i` another value than the usual."""
    rows = [row[i] for row in plan.rows]
    return any(
        each.name == argument and each.value != other_than
        for row in rows
        if isinstance(row, New)
        for each in row.args
    )


def _table(table: dict[ClassPlan, list[tuple[str, str, str]]]) -> list[str]:
    out = ["# Layers by class, each with the BatchNorm that reads it.", "NORMS = {"]
    for one, pairs in table.items():
        names = [pair[:2] for pair in pairs]
        line = f"    {one.name}: {literal(names)},"
        inner = [f"        {literal(pair)}," for pair in names]
        out += [line] if len(line) <= WIDTH else [f"    {one.name}: (", *inner, "    ),"]
    return [*out, "}"]


def _function(kinds: list[str]) -> list[str]:
    return [
        "def fold_norms(net: nn.Module) -> None:",
        '    """Folds each BatchNorm into the layer before it."""',
        "    for block in net.modules():",
        "        for name, norm_name in NORMS.get(type(block), ()):",
        "            layer = block.get_submodule(name)",
        "            norm = block.get_submodule(norm_name)",
        *_calls(kinds),
        "            block.register_module(name, layer)",
        "            block.register_module(norm_name, nn.Identity())",
    ]


def _calls(kinds: list[str]) -> list[str]:
    """The line that folds, or a branch for each kind of layer."""
    calls: dict[str, list[str]] = {}
    for kind in kinds:
        how = "linear" if kind == "nn.Linear" else "conv"
        turned = ", transpose=True" if kind in _TRANSPOSED else ""
        calls.setdefault(f"nn.utils.fuse_{how}_bn_eval(layer, norm{turned})", []).append(kind)
    pad = " " * 12
    if len(calls) == 1:
        return [f"{pad}layer = {call}" for call in calls]
    out: list[str] = []
    for call, of in calls.items():
        which = of[0] if len(of) == 1 else f"({', '.join(of)})"
        word = "elif" if out else "if"
        head = f"{word} isinstance(layer, {which}):" if call != list(calls)[-1] else "else:"
        out += [f"{pad}{head}", f"{pad}    layer = {call}"]
    return out
