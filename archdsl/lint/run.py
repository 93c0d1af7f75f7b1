"""Runs the rules on a file, and leaves out what the text or the caller allows."""

from __future__ import annotations

import archdsl.lint.rules  # noqa: F401  (fills the registry)
from archdsl.lint.allow import (
    Allowance,
    UnknownAllowance,
    UnusedAllowance,
    read_allowances,
    unused,
)
from archdsl.lint.rule import Rule
from archdsl.lint.subject import Subject
from archdsl.syntax.forms import read

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator

    from archdsl.diagnostics.model import Diagnostic
    from archdsl.ir.model import Design
    from archdsl.syntax import ast


class Choice:
    """Which rules run: `only` these, where any are named, none of `allow`, notes too with `all`."""

    __slots__ = ("all", "allow", "only")

    def __init__(
        self,
        only: frozenset[str] = frozenset(),
        allow: frozenset[str] = frozenset(),
        all: bool = False,
    ) -> None:
        self.only = only
        self.allow = allow
        self.all = all

    def takes(self, rule: type[Rule]) -> bool:
        """Whether a rule runs."""
        if rule.id in self.allow:
            return False
        if self.only:
            return rule.id in self.only
        return self.all or rule.severity != "note"


def find(tree: ast.File, design: Design, choice: Choice, whole: bool = True) -> list[Diagnostic]:
    """The findings in a file, in the order of its text.

    Those in files that it uses come after its own, those in the standard library are left out.
    `whole` says that the design holds all networks of the file: then an allowance without a finding
    is one too many.
    """
    subject = Subject(tree, design)
    chosen = [rule for rule in Rule.registry.values() if choice.takes(rule)]
    found: list[Diagnostic] = []
    judged = set()
    for rule in chosen:
        if rule in (UnknownAllowance, UnusedAllowance):
            continue
        if not rule.of_design or (whole and not subject.is_library):
            judged.add(rule.id)
        found += rule().check(subject)
    allowances, wrong = read_allowances(tree)
    kept = [d for d in reachable(found, subject) if not is_allowed(d, allowances)]
    if UnknownAllowance in chosen:
        kept += wrong
    if UnusedAllowance in chosen:
        kept += unused(allowances, judged)
    kept.sort(key=lambda d: (*order(d, subject), d.primary.span.start, d.primary.span.end, d.id))
    return kept


def reachable(found: list[Diagnostic], subject: Subject) -> Iterator[Diagnostic]:
    """Findings in files of the user that do not allow them; those of this file are all given."""
    known: dict[str, list[Allowance]] = {}
    for d in found:
        file = d.primary.span.file
        if file is subject.file:
            yield d
        elif not file.name.startswith("std/"):
            if file.name not in known:
                known[file.name] = read_allowances(read(file)[0])[0]
            if not is_allowed(d, known[file.name]):
                yield d


def is_allowed(d: Diagnostic, allowances: list[Allowance]) -> bool:
    """Whether one of these is meant for a finding; all that are have been of use."""
    covering = [a for a in allowances if a.covers(d)]
    for a in covering:
        a.used = True
    return bool(covering)


def order(d: Diagnostic, subject: Subject) -> tuple[bool, str]:
    """The file's own findings first, then those of other files by name."""
    file = d.primary.span.file
    return file is not subject.file, file.name
