"""Breaks long lines of the generated source where `ruff format` would have them broken."""

from __future__ import annotations

import ast
import re

WIDTH = 88  # of ruff and Black, unless a project says otherwise


def lay_out(code: str, indent: int, comment: str = "") -> list[str]:
    """Lines of one simple statement; the comment goes behind it where there is room.

    A bracket that must break gets one element a line and a trailing comma, a form that the
    formatter keeps.
    """
    pad = " " * indent
    line = pad + code + (f"  # {comment}" if comment else "")
    if len(line) <= WIDTH:
        return [line]
    if comment:
        return [f"{pad}# {comment}", *lay_out(code, indent)]
    statement = ast.parse(code).body[0]
    value = getattr(statement, "value", None)
    if not isinstance(value, ast.expr) or not code.isascii():
        return [line]
    # On one line of ASCII the columns are offsets into the text.
    head, tail = code[: value.col_offset], code[value.end_col_offset :]
    target = statement.targets[0] if isinstance(statement, ast.Assign) else None
    if isinstance(target, ast.Tuple) and len(pad + head) > WIDTH:
        names = [f"{pad}    {name}," for name in code[: target.end_col_offset].split(", ")]
        return [f"{pad}(", *names, f"{pad}) = {code[value.col_offset :]}"]
    return _break(code, value, indent, head, tail, statement_level=True)


def space_slices(code: str) -> str:
    """An expression with blanks around the colon of slices whose bounds are attributes."""
    bound = r"(self\.\w+|\d+)?"

    def space(match: re.Match[str]) -> str:
        low, high = match[1] or "", match[2] or ""
        if "self." not in low + high:
            return match[0]
        return f"{low} :" * bool(low) + ":" * (not low) + f" {high}" * bool(high)

    return re.sub(f"{bound}:{bound}", space, code)


def signature(name: str, arguments: list[str], returns: str, indent: int) -> list[str]:
    """The head of a function, on one line where it fits."""
    pad = " " * indent
    line = f"{pad}def {name}({', '.join(arguments)}) -> {returns}:"
    if len(line) <= WIDTH:
        return [line]
    inner = [f"{pad}    {argument}," for argument in arguments]
    return [f"{pad}def {name}(", *inner, f"{pad}) -> {returns}:"]


def _fit(code: str, node: ast.AST, indent: int, head: str, tail: str) -> list[str]:
    """Lines of an element: flat where it fits, else broken."""
    assert isinstance(node, (ast.expr, ast.keyword))
    flat = code[node.col_offset : node.end_col_offset]
    line = " " * indent + head + flat + tail
    if len(line) <= WIDTH:
        return [line]
    if isinstance(node, ast.keyword):
        return _fit(code, node.value, indent, f"{head}{node.arg}=", tail)
    if isinstance(node, ast.Starred):
        return _fit(code, node.value, indent, head + "*", tail)
    return _break(code, node, indent, head, tail)


def _break(
    code: str, node: ast.expr, indent: int, head: str, tail: str, statement_level: bool = False
) -> list[str]:
    pad = " " * indent
    inner = indent + 4
    if isinstance(node, ast.Call):
        return _break_call(code, node, indent, head, tail)
    if isinstance(node, (ast.Tuple, ast.List)):
        start, end = ("(", ")") if isinstance(node, ast.Tuple) else ("[", "]")
        body = [line for e in node.elts for line in _fit(code, e, inner, "", ",")]
        return [f"{pad}{head}{start}", *body, f"{pad}{end}{tail}"]
    if isinstance(node, ast.ListComp):
        loop = code[node.elt.end_col_offset : node.end_col_offset].strip()[:-1]
        body = [*_fit(code, node.elt, inner, "", ""), " " * inner + loop]
        return [f"{pad}{head}[", *body, f"{pad}]{tail}"]
    if isinstance(node, ast.BinOp):
        if _in_brackets(code, node):
            return _break_left(code, node, indent, head, tail, statement_level)
        operands = _operands(code, node)
        if statement_level:
            return [f"{pad}{head}(", *(" " * inner + o for o in operands), f"{pad}){tail}"]
        first, *rest = operands
        return [f"{pad}{head}{first}", *(pad + o for o in rest[:-1]), f"{pad}{rest[-1]}{tail}"]
    return [pad + head + code[node.col_offset : node.end_col_offset] + tail]


def _break_call(code: str, node: ast.Call, indent: int, head: str, tail: str) -> list[str]:
    pad = " " * indent
    function = node.func
    # In `torch.stack((…)).mean(0)` the operand breaks and the method stays behind it.
    if isinstance(function, ast.Attribute) and isinstance(function.value, ast.Call):
        method = code[function.value.end_col_offset : node.end_col_offset]
        return _break_call(code, function.value, indent, head, method + tail)
    arguments: list[ast.expr | ast.keyword] = [*node.args, *node.keywords]
    name = code[function.col_offset : function.end_col_offset]
    if not arguments:
        return [pad + head + name + "()" + tail]
    flat = " " * (indent + 4) + ", ".join(code[a.col_offset : a.end_col_offset] for a in arguments)
    if len(flat) <= WIDTH and not any(isinstance(a, (ast.Call, ast.Starred)) for a in arguments):
        return [f"{pad}{head}{name}(", flat, f"{pad}){tail}"]
    comma = "" if len(arguments) == 1 and isinstance(arguments[0], ast.BinOp) else ","
    body = [line for a in arguments for line in _fit(code, a, indent + 4, "", comma)]
    return [f"{pad}{head}{name}(", *body, f"{pad}){tail}"]


def _in_brackets(code: str, node: ast.BinOp) -> bool:
    """Whether the left operand is a chain in brackets: `(a + b) / 2`."""
    between = code[node.left.end_col_offset : node.right.col_offset]
    return isinstance(node.left, ast.BinOp) and between.lstrip().startswith(")")


def _break_left(
    code: str, node: ast.BinOp, indent: int, head: str, tail: str, statement_level: bool
) -> list[str]:
    """`(a + b) / 2` with the chain in brackets broken, and what follows behind it."""
    assert isinstance(node.left, ast.BinOp)
    assert node.left.end_col_offset is not None
    pad = " " * indent
    close = code.index(")", node.left.end_col_offset) + 1
    rest = code[close : node.end_col_offset].strip() + tail
    flat = f"{pad}{head}{code[node.col_offset : close]}"
    if not statement_level and len(flat) <= WIDTH:
        return [flat, pad + rest]
    inside = " " * (indent + 4) + code[node.left.col_offset : node.left.end_col_offset]
    body = [" " * (indent + 4) + operand for operand in _operands(code, node.left)]
    body = [inside] if len(inside) <= WIDTH else body
    ending = [f"{pad}) {rest}"] if statement_level else [f"{pad})", pad + rest]
    return [f"{pad}{head}(", *body, *ending]


def _operands(code: str, node: ast.BinOp) -> list[str]:
    """Operands of a chain of one precedence, each but the first behind its operator."""
    chain: list[ast.expr] = []
    left: ast.expr = node
    same = (ast.Add, ast.Sub) if isinstance(node.op, (ast.Add, ast.Sub)) else (ast.Mult, ast.Div)
    while isinstance(left, ast.BinOp) and isinstance(left.op, same):
        chain.append(left)
        left = left.left
    pieces = [code[left.col_offset : left.end_col_offset]]
    for link in reversed(chain):
        assert isinstance(link, ast.BinOp)
        begin = link.left.end_col_offset
        pieces.append(code[begin : link.right.end_col_offset].strip())
    return pieces
