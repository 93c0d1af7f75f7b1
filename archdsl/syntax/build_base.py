"""What all reductions share: spans of children, mistakes, names, lists, digits."""

from __future__ import annotations

from archdsl.diagnostics.model import Diagnostic, Label
from archdsl.source import SourceFile, Span
from archdsl.syntax import ast
from archdsl.syntax.lexer import Token

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import Any

MAX_DIGITS = 18


class SyntaxProblem(Exception):
    """A mistake that the grammar cannot see, such as a number with too many digits."""

    def __init__(self, diagnostic: Diagnostic) -> None:
        super().__init__(diagnostic.message)
        self.diagnostic = diagnostic


class Reductions:
    """Methods are named as the aliases of the grammar; `v` is the list of children."""

    __slots__ = ("comments", "diagnostics", "lost", "parse_cell", "source", "unread")

    def __init__(
        self,
        file: SourceFile,
        diagnostics: list[Diagnostic],
        comments: list[tuple[int, int]],
        parse_cell: Callable[
            [SourceFile, int, int, str, bool], tuple[object | None, list[Diagnostic]]
        ],
    ) -> None:
        self.source = file
        self.diagnostics = diagnostics
        self.comments = comments
        self.parse_cell = parse_cell
        self.lost: set[str] = set()  # words of table rows that could not be read
        self.unread: set[int] = set()  # where blocks and networks of broken headings begin

    def span(self, first: Any, last: Any) -> Span:
        """From the first child to the last; children are tokens or nodes."""
        start = first.start if type(first) is Token else first.span.start
        end = last.end if type(last) is Token else last.span.end
        return Span(self.source, start, end)

    def problem(self, id: str, message: str, span: Span, help: str = "") -> SyntaxProblem:
        """An exception that carries a diagnostic."""
        return SyntaxProblem(Diagnostic(id, message, Label(span), help=help))

    def word(self, token: Token) -> ast.Name:
        """A token as a name."""
        return ast.Name(Span(self.source, token.start, token.end), token.text)

    def whole(self, digits: str, span: Span) -> int:
        """Digits as an integer of bounded length."""
        digits = digits.replace("_", "")
        if len(digits.lstrip("0")) > MAX_DIGITS:
            raise self.problem(
                "number-too-large",
                f"a number of {len(digits)} digits",
                span,
                f"write at most {MAX_DIGITS} digits",
            )
        return int(digits)

    # --- lists ------------------------------------------------------------------------------------

    def list_one(self, v: list[Any]) -> list[Any]:
        """The first element."""
        return [v[0]]

    def list_more(self, v: list[Any]) -> list[Any]:
        """One more element."""
        v[0].append(v[1])
        return v[0]  # type: ignore[no-any-return]

    def list_more_sep(self, v: list[Any]) -> list[Any]:
        """One more element after a separator."""
        v[0].append(v[2])
        return v[0]  # type: ignore[no-any-return]

    def list_trailing(self, v: list[Any]) -> list[Any]:
        """A separator with nothing after it."""
        return v[0]  # type: ignore[no-any-return]
