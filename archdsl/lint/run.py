"""Runs the rules on a file, and leaves out what the text or the caller allows."""

from __future__ import annotations

import archdsl.lint.rules  # noqa: F401  (fills the registry)
from archdsl.lint.allow import UnknownAllowance, UnusedAllowance, read_allowances, unused
from archdsl.lint.rule import Rule
from archdsl.lint.subject import Subject

TYPE_CHECKING = False
if TYPE_CHECKING:
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

    Those in files that it uses are left out: they are linted on their own. `whole` says that the
    design holds all networks of the file, so that an allowance without a finding is one too many.
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
        found += [d for d in rule().check(subject) if d.primary.span.file.name == subject.file.name]
    allowances, wrong = read_allowances(tree)
    kept = []
    for d in found:
        covering = [a for a in allowances if a.covers(d)]
        for a in covering:
            a.used = True
        if not covering:
            kept.append(d)
    if UnknownAllowance in chosen:
        kept += wrong
    if UnusedAllowance in chosen:
        kept += unused(allowances, judged)
    kept.sort(key=lambda d: (d.primary.span.start, d.primary.span.end, d.id))
    return kept
