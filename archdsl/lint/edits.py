"""Edits that fixes are made of: a step, a statement or a name taken away, an argument added."""

from __future__ import annotations

from archdsl.diagnostics.model import Fix
from archdsl.lint.subject import Subject
from archdsl.source import Span
from archdsl.syntax import ast


def set_argument(subject: Subject, layer: ast.Layer, name: str, value: str) -> Fix:
    """`name=value` in the brackets of a layer, in place of what stands there under that name."""
    title = f"write `{name}={value}`"
    for arg in layer.args:
        if arg.name == name:
            return Fix(arg.value.span, value, title)
    head, end = layer.head, layer.head.end
    after_tails = layer.tails[-1][1].span.end if layer.tails else layer.name.span.end
    if layer.args and layer.args[-1].span.end > after_tails and head.text.endswith(")"):
        between = subject.file.text[layer.args[-1].span.end : end - 1]
        comma = "" if between.strip() == "," else ", "
        at = end - 1 if not between.strip() else layer.args[-1].span.end
        if between.strip() == ",":
            return Fix(Span(head.file, at, end), f", {name}={value})", title)
        return Fix(Span(head.file, at, at), f"{comma}{name}={value}", title)
    return Fix(Span(head.file, end, end), f"({name}={value})", title)


def delete_step(subject: Subject, layer: ast.Layer) -> Fix | None:
    """The step and its comma taken away; None where it is the only one of a labelled line."""
    line, at = subject.line(layer)
    if line is None:
        return None
    title = f"take `{layer.head.text}` away"
    if len(line.steps) == 1:
        alone = isinstance(line, ast.Line) and line.label is None
        return delete_statement(line.span, title) if alone else None
    if at > 0:
        cut = Span(layer.span.file, line.steps[at - 1].span.end, layer.span.end)
    else:
        cut = Span(layer.span.file, layer.span.start, line.steps[1].span.start)
    return None if "#" in cut.text else Fix(cut, "", title)


def delete_statement(span: Span, title: str) -> Fix | None:
    """The whole lines of a statement taken away; None where something else stands on them."""
    text = span.file.text
    start = text.rfind("\n", 0, span.start) + 1
    end = text.find("\n", span.end)
    end = len(text) if end < 0 else end + 1
    if text[start : span.start].strip() or text[span.end : end].strip():
        return None
    return Fix(Span(span.file, start, end), "", title)


def delete_name(names: tuple[ast.Name, ...], at: int, whole: Span, title: str) -> Fix | None:
    """One of several names between commas or pluses; the statement, where it is the only one."""
    if len(names) == 1:
        return delete_statement(whole, title)
    file = whole.file
    if at > 0:
        return Fix(Span(file, names[at - 1].span.end, names[at].span.end), "", title)
    return Fix(Span(file, names[0].span.start, names[1].span.start), "", title)
