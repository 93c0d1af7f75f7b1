"""The last look at generated source: nothing in it that the emitter does not write."""

from __future__ import annotations

import ast
from functools import cache

from archdsl.backends.torch import build, names
from archdsl.backends.torch.code import Expr, New

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator
    from typing import Any

    from archdsl.backends.torch.plan import ClassPlan

_NODES = (
    *(ast.Module, ast.ClassDef, ast.FunctionDef, ast.arguments, ast.arg),
    *(ast.Import, ast.ImportFrom, ast.alias, ast.Expr, ast.Assign, ast.AnnAssign, ast.Return),
    *(ast.If, ast.For, ast.With, ast.withitem, ast.Raise),
    *(ast.Call, ast.keyword, ast.Attribute, ast.Subscript, ast.Slice, ast.Starred),
    *(ast.Name, ast.Constant, ast.Tuple, ast.List, ast.Dict, ast.ListComp, ast.GeneratorExp),
    *(ast.comprehension, ast.BinOp, ast.UnaryOp, ast.BoolOp, ast.Compare, ast.IfExp),
    *(ast.JoinedStr, ast.FormattedValue),
    *ast.expr_context.__subclasses__(),
    *ast.operator.__subclasses__(),
    *ast.unaryop.__subclasses__(),
    *ast.boolop.__subclasses__(),
    *ast.cmpop.__subclasses__(),
)
_KINDS = frozenset(_NODES)

_IMPORTS = frozenset(
    {
        "import math",
        "from contextlib import nullcontext",
        "from typing import NamedTuple",
        "import torch",
        "import torch.nn.functional as F",
        "from torch import Tensor",
        "from torch import nn",
        "from torch import Tensor, nn",
        "from torch.utils.checkpoint import checkpoint",
    }
)

_NAMES_WORDS = """
NamedTuple Tensor torch nn F self i _ layer build self_check super range tuple int float bool str
len sum any print isinstance SystemExit device dtype net params buffers p b y output training
modes expected outputs shapes recompute __name__
"""

_ATTRIBUTES_WORDS = """
__init__ Module ModuleList Sequential training device dtype get_default_device to numel eval
parameters buffers randn randint no_grad train shape weight init kaiming_normal_
kaiming_uniform_ xavier_normal_ xavier_uniform_ normal_ uniform_ trunc_normal_ constant_ zeros_
ones_ linear
"""
_NAMES = frozenset(_NAMES_WORDS.split()) | build.NAMES
_ATTRIBUTES = frozenset(_ATTRIBUTES_WORDS.split()) | build.ATTRIBUTES
_HIDDEN = frozenset(("compile",))  # an argument is called so, as in PyTorch


class UnsafeSource(AssertionError):
    """The emitter wrote what it must not write: a bug of ours, not of the spec."""


class Parsed:
    """A part of a source, read once: its nodes by kind."""

    __slots__ = ("nodes", "text")

    def __init__(self, text: str) -> None:
        self.text = text
        self.nodes: dict[type, list[Any]] = {}
        for node in _walk(ast.parse(text)):
            self.nodes.setdefault(type(node), []).append(node)

    def names(self) -> set[str]:
        """All names that it reads or binds."""
        return {node.id for node in self.nodes.get(ast.Name, ())}


@cache
def fixed_names(text: str) -> frozenset[str]:
    """All names of a text that never changes; read once."""
    return frozenset(Parsed(text).names())


def _walk(tree: ast.AST) -> list[ast.AST]:
    """A tree's nodes, as `ast.walk` has them and in a third of its time."""
    todo = [tree]
    for node in todo:
        for value in vars(node).values():
            if isinstance(value, ast.AST):
                todo.append(value)
            elif isinstance(value, list):
                todo += [inner for inner in value if isinstance(inner, ast.AST)]
    return todo


def verify(text: str, code: Parsed, classes: list[ClassPlan], prelude: list[str]) -> None:
    """Raises UnsafeSource unless every construct and every name of the source is one of ours.

    Names of a spec are names of classes, arguments, variables and submodules, and nothing else;
    so no text of a spec can have become code. The prelude is fixed text and is left out; `code`
    is what stands behind it, up to the end.
    """
    ending = "".join(f"{fixed}\n\n\n" for fixed in prelude) + code.text + "\n"
    if not text.endswith("\n" + ending):
        raise UnsafeSource("a class of the prelude, or what follows it, was changed")
    parts = (Parsed(text[: -len(ending)]), code)
    known_names = _NAMES | _bound(parts) | _classes(classes)
    known_attributes = _ATTRIBUTES | _written(classes)
    for part in parts:
        for kind in part.nodes.keys() - _KINDS:
            found = part.nodes[kind][0]
            raise UnsafeSource(f"{kind.__name__} at line {getattr(found, 'lineno', 0)}")
        for node in (*part.nodes.get(ast.Import, ()), *part.nodes.get(ast.ImportFrom, ())):
            if ast.unparse(node) not in _IMPORTS:
                raise UnsafeSource(f"`{ast.unparse(node)}`")
        for name in part.names() - known_names:
            raise UnsafeSource(f"the name `{name}`")
        for name in {node.attr for node in part.nodes.get(ast.Attribute, ())} - known_attributes:
            raise UnsafeSource(f"the attribute `{name}`")


def _classes(classes: list[ClassPlan]) -> frozenset[str]:
    rows = (row for one in classes for row in one.rows[0])
    return frozenset(row.cls for row in rows if isinstance(row, New))


def _bound(parts: tuple[Parsed, ...]) -> frozenset[str]:
    """Names that the source itself defines; none of them hides a builtin."""
    found: set[str] = set()
    for part in parts:
        for kind in (ast.ClassDef, ast.FunctionDef):
            found.update(node.name for node in part.nodes.get(kind, ()))
        found.update(node.arg for node in part.nodes.get(ast.arg, ()))
        stored = (n for n in part.nodes.get(ast.Name, ()) if isinstance(n.ctx, ast.Store))
        found.update(node.id for node in stored)
    for name in found - {"__init__"} - _HIDDEN:
        if name.startswith("__") or name in names.BUILTINS:
            raise UnsafeSource(f"`{name}` is bound")
    return frozenset(found)


def _written(classes: list[ClassPlan]) -> frozenset[str]:
    """Attributes that layers, their expressions and the arguments of classes bring in."""
    return frozenset(_attributes(classes))


def _attributes(classes: list[ClassPlan]) -> Iterator[str]:
    templates: set[tuple[str, int, tuple[str, ...]]] = set()
    for one in classes:
        yield from (node.name for node in one.module.nodes)
        yield from (p.name for p in one.params if p.stored)
        for node in one.module.nodes:
            for weight, *_ in getattr(node, "init", ()):
                yield from weight.split(".")
        for node, row in zip(one.module.nodes, one.rows[0], strict=True):
            if isinstance(row, New):
                yield row.cls.removeprefix("nn.")
            elif isinstance(row, Expr):
                templates.add((row.template, len(node.inputs), tuple(row.values)))
    for template, operands, values in templates:
        yield from _template_attributes(template, operands, values)


@cache
def _template_attributes(template: str, operands: int, values: tuple[str, ...]) -> tuple[str, ...]:
    code = template.format(*["x"] * operands, all="x, x", **dict.fromkeys(values, "0"))
    return tuple(n.attr for n in _walk(ast.parse(code)) if isinstance(n, ast.Attribute))
