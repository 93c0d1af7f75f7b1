"""Diagnostics as SARIF 2.1.0, the form that code hosts and editors read."""

from __future__ import annotations

import inspect
import json
from importlib import import_module

from archdsl.diagnostics.errors import ArchError
from archdsl.diagnostics.model import Diagnostic, Edit, Fix, Label
from archdsl.source import Span

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Mapping

SCHEMA = (
    "https://docs.oasis-open.org/sarif/sarif/v2.1.0/errata01/os/schemas/sarif-schema-2.1.0.json"
)
LEVELS = {"error": "error", "warning": "warning", "note": "note"}

Json = dict[str, object]


def render(diagnostics: list[Diagnostic], pages: Mapping[str, type] | None = None) -> str:
    """A log of one run: a rule for each id that occurs, a result for each diagnostic.

    `pages` has the class of each id, whose docstring explains it; without it, the errors'.
    """
    version = import_module("archdsl").__version__
    known = ArchError.registry if pages is None else pages
    ids = sorted({d.id for d in diagnostics})
    tool = {
        "name": "archdsl",
        "version": version,
        "semanticVersion": version,
        "rules": [rule(id, known.get(id)) for id in ids],
    }
    run = {
        "tool": {"driver": tool},
        "columnKind": "unicodeCodePoints",
        "results": [result(d, ids.index(d.id)) for d in diagnostics],
    }
    return json.dumps({"$schema": SCHEMA, "version": "2.1.0", "runs": [run]}, indent=2)


def rule(id: str, page: type | None) -> Json:
    """What an id means, from its page."""
    name = "".join(word.capitalize() for word in id.split("-"))
    text = (inspect.getdoc(page) or "") if page is not None else ""
    if not text:
        return {"id": id, "name": name}
    brief = " ".join(text.split("\n\n")[0].split())
    return {
        "id": id,
        "name": name,
        "shortDescription": {"text": brief},
        "fullDescription": {"text": " ".join(text.split("\n\nWrong:")[0].split())},
        "help": {"text": text, "markdown": fenced(text)},
    }


def fenced(text: str) -> str:
    """A page as Markdown: what is indented is an example."""
    out: list[str] = []
    inside = False
    lines = text.split("\n")
    for i, line in enumerate(lines):
        code = line.startswith("    ")
        if code and not inside:
            out.append("```arch")
        ends = inside and not code and (line or not any(t.strip() for t in lines[i:]))
        if ends or (inside and not line and not more_code(lines[i:])):
            out.append("```")
            inside = False
        inside = inside or code
        out.append(line[4:] if code else line)
    return "\n".join([*out, "```"] if inside else out)


def more_code(lines: list[str]) -> bool:
    """Whether the next line that is not empty is indented."""
    return next((line.startswith("    ") for line in lines if line.strip()), False)


def result(d: Diagnostic, index: int) -> Json:
    """One diagnostic: where, what, what it depends on, what mends it."""
    text = ". ".join([d.message, *d.notes])
    out: Json = {
        "ruleId": d.id,
        "ruleIndex": index,
        "level": LEVELS.get(d.severity, "warning"),
        "message": {"text": f"{text}. Help: {d.help}" if d.help else text},
        "locations": [location(d.primary)],
    }
    if d.secondary:
        out["relatedLocations"] = [
            {"id": i, **location(label)} for i, label in enumerate(d.secondary, 1)
        ]
    if d.fix is not None:
        out["fixes"] = [fix(d.fix)]
    return out


def location(label: Label) -> Json:
    """A place with the words on it."""
    out: Json = {
        "physicalLocation": {
            "artifactLocation": {"uri": uri(label.span.file.name)},
            "region": region(label.span),
        }
    }
    if label.text:
        out["message"] = {"text": label.text}
    return out


def region(span: Span) -> Json:
    """Lines and columns from 1, the end behind the last character."""
    line, column = span.file.line_col(span.start)
    end_line, end_column = span.file.line_col(max(span.start, span.end))
    return {
        "startLine": line,
        "startColumn": column,
        "endLine": end_line,
        "endColumn": end_column,
    }


def uri(name: str) -> str:
    """A file's name as a URI reference."""
    from urllib.parse import quote

    return quote(name.replace("\\", "/"))


def fix(fix: Fix) -> Json:
    """Replacements by file."""
    files: dict[str, list[Edit]] = {}
    for edit in fix.edits:
        files.setdefault(edit.span.file.name, []).append(edit)
    return {
        "description": {"text": fix.title},
        "artifactChanges": [
            {
                "artifactLocation": {"uri": uri(name)},
                "replacements": [
                    {"deletedRegion": region(e.span), "insertedContent": {"text": e.text}}
                    for e in edits
                ],
            }
            for name, edits in files.items()
        ],
    }
