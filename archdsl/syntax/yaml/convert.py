"""From one form to the other: the text of the language is the middle, so nothing is lost."""

from __future__ import annotations

from archdsl.diagnostics.model import Diagnostic
from archdsl.source import SourceFile
from archdsl.syntax import ast
from archdsl.syntax.format import render
from archdsl.syntax.forms import is_data, read
from archdsl.syntax.parse import parse
from archdsl.syntax.yaml.compose import Composer
from archdsl.syntax.yaml.data import Items, Pairs, Words, plain
from archdsl.syntax.yaml.dump import dump
from archdsl.syntax.yaml.keys import VERSION
from archdsl.syntax.yaml.nodes import Mapping, Wrong
from archdsl.syntax.yaml.transcribe import transcribe
from archdsl.syntax.yaml.write import Writer

FORMS = ("arch", "yaml", "json")


def convert(file: SourceFile, form: str) -> tuple[str, list[Diagnostic]]:
    """A spec of any form in one of `FORMS`; or what is wrong with its syntax, and no text."""
    tree, problems = read(file)
    if problems:
        return "", problems
    text = arch_text(file) if is_data(file) else render(tree)
    if form == "arch":
        return text, []
    return (to_json(text) if form == "json" else to_yaml(text)), []


def arch_text(file: SourceFile) -> str:
    """A correct spec in YAML as text of the language, in the canonical layout."""
    return render(parsed(transcribed(file)))


def transcribed(file: SourceFile) -> str:
    """A correct spec in YAML as text of the language, its lines not yet laid out."""
    composer = Composer(file)
    root = composer.compose()
    assert isinstance(root, Mapping)
    return transcribe(root, composer.find_comments(), composer.scalars)


def parsed(text: str) -> ast.File:
    """The tree of a text that is correct. Raises AssertionError."""
    tree, problems = parse(SourceFile("<text>", text))
    if problems:
        problem = problems[0]
        raise AssertionError(f"{problem.primary.span}: {problem.message}")
    return tree


def to_yaml(text: str) -> str:
    """A text in the canonical layout as YAML that says the same text again."""
    tree = parsed(text)
    for check in (None, says):
        found = dump(Writer(tree, check=check).document(tree))
        if goes_back(found, text):
            return found
    whole = Pairs()
    whole.add("archdsl", Words(str(VERSION)))
    whole.add("body", Items(False))
    body = whole.pairs[1][2]
    assert isinstance(body, Items)
    body.add(Words(text.strip("\n")))
    return dump(whole)


def goes_back(found: str, text: str) -> bool:
    """Whether YAML says this text; a key of more than 1,024 characters is beyond YAML."""
    try:
        said = transcribed(SourceFile("<text>.yaml", found))
        # What lies in front of a line means nothing, and the text is in the canonical layout.
        return bare_lines(said) == bare_lines(text) or render(parsed(said)) == text
    except (AssertionError, Wrong):
        return False


def bare_lines(text: str) -> list[str]:
    """The lines of a text without what lies in front of them."""
    return [line.lstrip(" ") for line in text.rstrip("\n").split("\n")]


def says(item: Items, stmt: ast.Stmt) -> bool:
    """Whether the data of one statement says it, in the layout that it has."""
    file = stmt.span.file
    deep = (stmt.span.start - file.text.rfind("\n", 0, stmt.span.start) - 1) // 4
    document = Pairs()
    document.add("archdsl", Words(str(VERSION)))
    document.add("body", item)
    found = SourceFile("<text>.yaml", dump(document))
    if isinstance(stmt, (ast.Network, ast.Block)):
        return goes_back(found.text, render(parsed(stmt.span.text)))
    composer = Composer(found)
    before, behind = "{\n" * deep, "\n}" * deep
    try:
        root = composer.compose()
        assert isinstance(root, Mapping)
        said = transcribe(root, composer.find_comments(), composer.scalars)
        again = render(parsed(before + said.strip("\n") + behind))
    except (AssertionError, Wrong):
        return False
    return again == render(parsed(before + stmt.span.text + behind))


def to_json(text: str) -> str:
    """A text as JSON; comments between statements are kept, empty lines and line ends are not."""
    import json

    tree = parsed(text)
    return json.dumps(plain(Writer(tree, docs=True).document(tree)), indent=2) + "\n"
