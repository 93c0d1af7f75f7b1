"""Reading the YAML form: text to `ast.File` with diagnostics; it never raises on a wrong text."""

from __future__ import annotations

from archdsl.diagnostics.model import Diagnostic
from archdsl.source import SourceFile, Span
from archdsl.syntax import ast
from archdsl.syntax.hidden import find_hidden
from archdsl.syntax.yaml.compose import compose
from archdsl.syntax.yaml.keys import STATEMENTS, VERSION, check_keys
from archdsl.syntax.yaml.nodes import Mapping, Node, Scalar, Wrong, wrong
from archdsl.syntax.yaml.statements import StatementReader


def read_yaml(file: SourceFile) -> tuple[ast.File, list[Diagnostic]]:
    """The tree of a spec in YAML or JSON and what is wrong with it; spans point into the YAML."""
    diagnostics = find_hidden(file)
    if diagnostics:
        return nothing(file), diagnostics
    reader = StatementReader()
    try:
        root, comments = compose(file)
        body = reader.body(find_body(root, file))
    except Wrong as problem:
        return nothing(file), list(problem.diagnostics)
    tree = ast.File(Span(file, 0, len(file.text)), file, body, comments)
    said = attach_docs(reader, comments)
    comments = [c for c in comments if c.start not in said]
    tree.comments = sorted([*comments, *reader.comments], key=lambda c: c.start)
    tree.lost = None if reader.lost is None else frozenset(reader.lost)
    return tree, reader.diagnostics


def attach_docs(reader: StatementReader, comments: list[Span]) -> set[int]:
    """Gives the `##` comments right above a definition to it; where those start.

    They stand as far right as its `-`: one further right ends the body above.
    """
    by_line = {c.line: c for c in comments if c.text.startswith("##")}
    said: set[int] = set()
    for node, column in reader.defined if by_line else ():
        found: list[str] = []
        line = node.span.line - 1
        while line in by_line and node.span.file.line_col(by_line[line].start)[1] == column + 1:
            found.append(by_line[line].text[2:].strip())
            said.add(by_line[line].start)
            line -= 1
        node.doc = "\n".join(reversed(found))
    return said


def nothing(file: SourceFile) -> ast.File:
    """The tree of a file of which nothing is known."""
    tree = ast.File(Span(file, 0, len(file.text)), file, (), [])
    tree.lost = None
    return tree


def find_body(root: Node | None, file: SourceFile) -> Node:
    """The list of statements below `archdsl: 1`. Raises Wrong."""
    help = f"write `archdsl: {VERSION}`, and below it `body:` with a list of statements"
    if root is None or (isinstance(root, Scalar) and root.empty):
        raise wrong("yaml-version", "this file holds nothing", Span(file, 0, 0), help)
    if not isinstance(root, Mapping):
        raise wrong("yaml-version", f"this is {root.what}, no spec", root.span, help)
    version = root.get("archdsl")
    if version is None:
        first = root.pairs[0][0].span if root.pairs else root.span
        raise wrong("yaml-version", "no `archdsl: 1` says that this is a spec", first, help)
    if not isinstance(version, Scalar) or version.style or version.value != str(VERSION):
        raise wrong(
            "yaml-version",
            f"this is not version {VERSION} of the form, the only one there is",
            version.span,
            f"write `archdsl: {VERSION}`",
        )
    for key, _ in root.pairs:
        refuse_beside_body(key.value, key.span, root)
    check_keys(root, "archdsl", ("body!",))
    body = root.get("body")
    assert body is not None
    return body


def refuse_beside_body(word: str, span: Span, root: Mapping) -> None:
    """A statement beside `body`, and what others call it. Raises Wrong."""
    if word in STATEMENTS:
        help = f"`{word}` is a statement, an item of the list below `body:`: `- {word}: …`"
    elif word in ("layers", "steps", "modules", "model", "statements") and "body" not in root.index:
        help = "statements and layers are the list below `body:`"
    else:
        return
    raise wrong("yaml-key", f"`archdsl` has no key `{word}`", span, help)
