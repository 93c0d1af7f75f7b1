"""The last look at generated source: nothing in it that the emitter does not write."""

from __future__ import annotations

import ast

from archdsl.backends.torch import names
from archdsl.backends.torch.code import Expr, New

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator

    from archdsl.backends.torch.plan import ClassPlan

_NODES = (
    *(ast.Module, ast.ClassDef, ast.FunctionDef, ast.arguments, ast.arg),
    *(ast.Import, ast.ImportFrom, ast.alias, ast.Expr, ast.Assign, ast.AnnAssign, ast.Return),
    *(ast.If, ast.For, ast.With, ast.withitem, ast.Raise),
    *(ast.Call, ast.keyword, ast.Attribute, ast.Subscript, ast.Slice, ast.Starred),
    *(ast.Name, ast.Constant, ast.Tuple, ast.List, ast.Dict, ast.ListComp, ast.GeneratorExp),
    *(ast.comprehension, ast.BinOp, ast.UnaryOp, ast.BoolOp, ast.Compare),
    *(ast.JoinedStr, ast.FormattedValue, ast.expr_context, ast.operator, ast.unaryop),
    *(ast.boolop, ast.cmpop),
)

_IMPORTS = frozenset(
    {
        "import math",
        "from typing import NamedTuple",
        "import torch",
        "import torch.nn.functional as F",
        "from torch import Tensor",
        "from torch import nn",
        "from torch import Tensor, nn",
    }
)

_NAMES_WORDS = """
NamedTuple Tensor torch nn F self i _ layer build self_check super range tuple int float bool str
len sum any print isinstance SystemExit device dtype net params buffers p b y output training
modes expected outputs shapes __name__
"""

_ATTRIBUTES_WORDS = """
__init__ Module ModuleList Sequential training device dtype get_default_device to numel eval
parameters buffers randn randint no_grad train shape weight init kaiming_normal_
kaiming_uniform_ xavier_normal_ xavier_uniform_ normal_ uniform_ trunc_normal_ constant_ zeros_
ones_ linear
"""
_NAMES = frozenset(_NAMES_WORDS.split())
_ATTRIBUTES = frozenset(_ATTRIBUTES_WORDS.split())


class UnsafeSource(AssertionError):
    """The emitter wrote what it must not write: a bug of ours, not of the spec."""


def verify(text: str, classes: list[ClassPlan], prelude: list[str]) -> None:
    """Raises UnsafeSource unless every construct and every name of the source is one of ours.

    Names of a spec are names of classes, arguments, variables and submodules, and nothing else;
    so no text of a spec can have become code. The prelude is fixed text and is left out.
    """
    for fixed in prelude:
        if fixed not in text:
            raise UnsafeSource("a class of the prelude was changed")
        text = text.replace(fixed, "", 1)
    tree = ast.parse(text)
    known_names = _NAMES | _bound(tree) | _classes(classes)
    known_attributes = _ATTRIBUTES | _written(classes)
    for node in ast.walk(tree):
        if not isinstance(node, _NODES):
            raise UnsafeSource(f"{type(node).__name__} at line {getattr(node, 'lineno', 0)}")
        if isinstance(node, (ast.Import, ast.ImportFrom)) and ast.unparse(node) not in _IMPORTS:
            raise UnsafeSource(f"`{ast.unparse(node)}`")
        if isinstance(node, ast.Name) and node.id not in known_names:
            raise UnsafeSource(f"the name `{node.id}`")
        if isinstance(node, ast.Attribute) and node.attr not in known_attributes:
            raise UnsafeSource(f"the attribute `{node.attr}`")


def _classes(classes: list[ClassPlan]) -> frozenset[str]:
    rows = (row for one in classes for row in one.rows[0])
    return frozenset(row.cls for row in rows if isinstance(row, New))


def _bound(tree: ast.Module) -> frozenset[str]:
    """Names that the source itself defines; none of them hides a builtin."""
    found = set()
    for node in ast.walk(tree):
        if isinstance(node, (ast.ClassDef, ast.FunctionDef)):
            found.add(node.name)
        elif isinstance(node, ast.arg):
            found.add(node.arg)
        elif isinstance(node, ast.Name) and isinstance(node.ctx, ast.Store):
            found.add(node.id)
    for name in found - {"__init__"}:
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
        code = template.format(*["x"] * operands, all="x, x", **dict.fromkeys(values, "0"))
        yield from (n.attr for n in ast.walk(ast.parse(code)) if isinstance(n, ast.Attribute))
