"""Makes the fixes that diagnostics carry, each time proving that the text got better."""

from __future__ import annotations

from bisect import bisect_right, insort

from archdsl.source import SourceFile

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from archdsl.diagnostics.model import Diagnostic, Fix

    Check = Callable[[SourceFile], list[Diagnostic]]

OF_WRITING = frozenset(
    (
        "bad-argument",
        "bad-character",
        "bad-number",
        "bad-string",
        "syntax",
        "unclosed-bracket",
        "unmatched-bracket",
    )
)
"""Mistakes that a wrong fix makes; one of them in exchange for another is no gain."""
MAX_ROUNDS = 20
MAX_CHECKS = 200


class Mended:
    """A text after its fixes: the file, the diagnostics that were mended, and those that remain."""

    __slots__ = ("before", "done", "file", "left")

    def __init__(
        self, before: SourceFile, file: SourceFile, done: list[Diagnostic], left: list[Diagnostic]
    ) -> None:
        self.before = before
        self.file = file
        self.done = done
        self.left = left


def mend(file: SourceFile, check: Check, safeties: tuple[str, ...] = ("sure",)) -> Mended:
    """Makes all fixes of these safeties that do not overlap, until none helps any more.

    A fix is kept only where `check` finds no more mistakes than before, and that one no longer;
    mending a mistake may bring another to light, so the number can stay the same. A text beyond a
    limit stays as it is: what stands behind the limit is unknown, and each look at it is dear.
    """
    before = file
    left = check(file)
    done: list[Diagnostic] = []
    seen = {file.text}
    checks = 0
    if any(d.id == "limit" for d in left):
        return Mended(before, file, done, left)
    for _ in range(MAX_ROUNDS):
        wanted = pick([d for d in left if fits(d.fix, file, safeties)])
        tries = [wanted, *([d] for d in wanted)] if len(wanted) > 1 else [wanted]
        for batch in tries if wanted else []:
            text = apply_fixes(file.text, (d.fix for d in batch if d.fix is not None))
            checks += 1
            if text in seen or checks > MAX_CHECKS:
                continue
            seen.add(text)
            after = SourceFile(file.name, text)
            found = check(after)
            if is_better(batch, left, found):
                file, left = after, found
                done.extend(batch)
                break
        else:
            return Mended(before, file, done, left)
    return Mended(before, file, done, left)


def is_better(batch: list[Diagnostic], before: list[Diagnostic], after: list[Diagnostic]) -> bool:
    """Whether what was mended is gone and nothing else came in exchange for it."""
    if len(after) < len(before):
        return True
    still = {(d.id, d.message) for d in after}
    if len(after) > len(before) or any((d.id, d.message) in still for d in batch):
        return False
    known = {(d.id, d.message) for d in before}
    return not any(d.id in OF_WRITING for d in after if (d.id, d.message) not in known)


def fits(fix: Fix | None, file: SourceFile, safeties: tuple[str, ...]) -> bool:
    """Whether a fix is wanted, and changes this file alone."""
    if fix is None or fix.safety not in safeties:
        return False
    return all(e.span.file is file for e in fix.edits)


def pick(found: list[Diagnostic]) -> list[Diagnostic]:
    """Diagnostics in their order, less those whose fix touches an earlier one's."""
    taken: list[tuple[int, int]] = []  # in their order in the text
    out = []
    for d in found:
        assert d.fix is not None
        mine = [(e.span.start, e.span.end) for e in d.fix.edits]
        if not any(is_touched(a, taken) for a in mine):
            for a in mine:
                insort(taken, a)
            out.append(d)
    return out


def is_touched(a: tuple[int, int], taken: list[tuple[int, int]]) -> bool:
    """Whether a replaced range has a place in common with one of others, or begins with it."""
    at = bisect_right(taken, a[0], key=start_of)
    before, behind = taken[at - 1 : at], taken[at : at + 1]
    return any(b[0] == a[0] or b[1] > a[0] for b in before) or any(b[0] < a[1] for b in behind)


def start_of(a: tuple[int, int]) -> int:
    """Where a range begins."""
    return a[0]


def apply_fixes(text: str, fixes: Iterable[Fix]) -> str:
    """The text with the edits of all fixes, which do not overlap."""
    edits = sorted((e for f in fixes for e in f.edits), key=lambda e: -e.span.start)
    pieces = []
    behind = len(text)
    for e in edits:
        pieces += [text[e.span.end : behind], e.text]
        behind = e.span.start
    return "".join(reversed([*pieces, text[:behind]]))
