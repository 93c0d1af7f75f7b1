"""The text of one class: its constructor, and its forward pass where it is no plain chain."""

from __future__ import annotations

from archdsl.backends.torch import inits
from archdsl.backends.torch.code import New
from archdsl.backends.torch.comments import class_doc, shape_comment
from archdsl.backends.torch.errors import NotEmittable
from archdsl.backends.torch.forward import (
    forward_lines,
    is_tied_embedding,
    resolve_share,
)
from archdsl.backends.torch.inplace import overwriting
from archdsl.backends.torch.layout import lay_out, signature
from archdsl.backends.torch.literals import annotation, literal
from archdsl.backends.torch.runs import read_runs
from archdsl.backends.torch.unify import INIT, node_slots
from archdsl.ir.model import CallNode, RepeatNode
from archdsl.tensor import VECTOR

TYPE_CHECKING = False
if TYPE_CHECKING:
    from archdsl.backends.torch.plan import ClassPlan


_POSITIONAL = frozenset({(0, "in_channels"), (1, "out_channels")})


def class_lines(plan: ClassPlan) -> list[str]:
    """The source of a class, after unification."""
    is_chain = plan.is_chain
    base = "nn.Sequential" if is_chain else "nn.Module"
    arguments = [f"{p.name}: {annotation(p.values)}" for p in plan.params]
    out = [f"class {plan.name}({base}):", *class_doc(plan), ""]
    out += signature("__init__", ["self", *arguments], "None", 4)
    out.append("        super().__init__()")
    for p in plan.params:
        if p.stored:
            out.append(f"        self.{p.name} = {p.name}")
    in_place = overwriting(plan)
    for i in range(len(plan.module.nodes)):
        out += _submodule(plan, i, i in in_place, is_chain)
    out += inits.lines(plan, 8)
    return out if is_chain else [*out, "", *forward_lines(plan)]


def _submodule(plan: ClassPlan, i: int, in_place: bool, is_chain: bool) -> list[str]:
    node, row = plan.module.nodes[i], plan.rows[0][i]
    if node.shares is not None:
        _check_share(plan, i)
        return []
    if isinstance(row, New):
        code = f"{row.cls}({_arguments(plan, i, row, in_place)})"
    elif isinstance(node, CallNode):
        code = _construct(plan.children[i][0], plan.texts[i])
    elif isinstance(node, RepeatNode):
        code = _container(plan, i, node)
    else:
        return []
    # A linear layer on a vector says its shape itself.
    told = isinstance(row, New) and row.cls == "nn.Linear" and node.outputs[0].layout == VECTOR
    comment = shape_comment(plan, i, node.inputs[0]) if is_chain and not told else ""
    return lay_out(f"self.{node.name} = {code}", 8, comment)


def _arguments(plan: ClassPlan, i: int, row: New, in_place: bool) -> str:
    out = []
    for argument, text in zip(row.args, plan.texts[i], strict=False):
        if in_place and argument.name == "inplace":
            out.append("inplace=True")
        elif not argument.name:
            out.append(literal(argument.value) if text is None else text)
        elif text is not None:
            out.append(f"{argument.name}={text}")
    return ", ".join(out)


def _construct(child: ClassPlan, texts: list[str | None]) -> str:
    arguments: list[str] = []
    named = False  # none stands by its place behind one that has its name
    for k, (p, text) in enumerate(zip(child.params, texts, strict=True)):
        named = named or (k, p.name) not in _POSITIONAL or not text
        arguments.append(f"{p.name}={text}" if named else str(text))
    return f"{child.name}({', '.join(arguments)})"


def _container(plan: ClassPlan, i: int, node: RepeatNode) -> str:
    runs = read_runs(plan, i)
    if node.tied:
        if len(runs) > 1:
            raise NotEmittable(f"the repetitions of `{node.name}` differ and cannot share weights")
        return f"nn.ModuleList([{_construct(runs[0].child, runs[0].texts)}])"
    items = []
    for run in runs:
        new = _construct(run.child, run.texts)
        variable = "i" if run.is_progression else "_"
        alone = run.count == "1" and not run.is_progression
        items.append(new if alone else f"*[{new} for {variable} in range({run.count})]")
    if len(node.inputs) == 1:
        return f"nn.Sequential({', '.join(items)})"
    if len(items) == 1 and items[0].startswith("*"):
        return f"nn.ModuleList({items[0][1:]})"
    return f"nn.ModuleList([{', '.join(items)}])"


def _check_share(plan: ClassPlan, i: int) -> None:
    """Two uses of one submodule must mean the same layer: its literals are written once."""
    target = resolve_share(plan, i)
    if is_tied_embedding(plan, i, target):
        return
    for m, module in enumerate(plan.modules):
        a, b = (
            [
                (s.hint, repr(s.value))
                for s in node_slots(plan, m, k)
                if not s.nature.startswith(INIT)
            ]
            for k in (i, target)
        )
        rows = plan.rows[m][i], plan.rows[m][target]
        if a != b or plan.children[i] != plan.children[target] or not _same_class(*rows):
            names = [module.nodes[k].name for k in (i, target)]
            raise NotEmittable(
                f"`{names[0]}` shares the weights of `{names[1]}` and differs from it"
            )


def _same_class(a: object, b: object) -> bool:
    if isinstance(a, New) and isinstance(b, New):
        return a.cls == b.cls
    return a is None and b is None
