"""Shapes and counts in words: comments and docstrings of the generated classes."""

from __future__ import annotations

from archdsl.backends.torch.literals import doc_lines, docstring

TYPE_CHECKING = False
if TYPE_CHECKING:
    from archdsl.backends.torch.plan import ClassPlan
    from archdsl.ir.model import Module, Value
    from archdsl.tensor import TensorType


def shape_comment(plan: ClassPlan, i: int, before: Value) -> str:
    """Shape of what node `i` gives; empty where it is that of the tensor `before`, or where the
    instances of the class differ in it."""
    module = plan.module
    types = module.nodes[i].outputs
    if types == (module.type_of(before),):
        return ""
    if any(m.nodes[i].outputs != types for m in plan.modules[1:]):
        return ""
    return ", ".join(map(str, types))


def class_doc(plan: ClassPlan) -> list[str]:
    """The docstring of a class: what the text says of the block, and the shapes that it maps."""
    modules = plan.modules
    first = _mapping(modules[0])
    others = sum(1 for shapes in dict.fromkeys(map(_mapping, modules)) if shapes != first)
    if others:
        first += f" and {others} other{'s' if others > 1 else ''}"
    lines = doc_lines(modules[0].doc)
    if plan.variant_of:
        lines = [f"{plan.variant_of} in another form."]
    return docstring([*lines, "", first] if lines else [first + "."], 4)


def join_shapes(types: tuple[TensorType, ...]) -> str:
    """Shapes with commas between them."""
    return ", ".join(map(str, types))


def _mapping(module: Module) -> str:
    inputs = join_shapes(tuple(port.type for port in module.inputs))
    return f"{inputs} -> {join_shapes(module.output_types())}"
