"""What is wrong with a text and what is suspicious in it, and the edits that mend it."""

from __future__ import annotations

from archdsl.diagnostics.mend import apply_fixes
from archdsl.diagnostics.model import Diagnostic, Fix
from archdsl.source import SourceFile

TYPE_CHECKING = False
if TYPE_CHECKING:
    from archdsl.lsp.document import Document

PAGES = {"error": "errors.md", "warning": "lint.md", "note": "lint.md"}


def warnings(document: Document) -> list[Diagnostic]:
    """What is legal and probably not meant."""
    from archdsl.lint.run import Choice, find

    document.check()
    return find(document.tree, document.traced[0], Choice())


def fixes(document: Document, start: int, end: int) -> list[tuple[Diagnostic, Fix]]:
    """The fixes of the problems that touch a range; those of warnings are proven first."""
    found = []
    wrong = document.diagnostics
    for d in wrong or warnings(document):
        span = d.primary.span
        if d.fix is None or span.file.name != document.name:
            continue
        if span.start > end or span.end < start:
            continue
        if not wrong and not proven(document, d.fix):
            continue
        found.append((d, d.fix))
    return found


def proven(document: Document, fix: Fix) -> bool:
    """Whether a text without mistakes has none with a fix either."""
    from archdsl.pipeline import compile_text

    text = apply_fixes(document.text, [fix])
    return not compile_text(SourceFile(document.name, text))[1]


def message(d: Diagnostic) -> str:
    """All that a diagnostic says: the message, the arithmetic, the help."""
    lines = [d.message + (f" ({d.primary.text})" if d.primary.text else "")]
    lines += d.notes
    if d.help:
        lines.append(f"help: {d.help}")
    return "\n".join(lines)
