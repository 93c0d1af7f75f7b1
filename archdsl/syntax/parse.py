"""Parsing: text to `ast.File` with diagnostics; it never raises on a wrong text."""

from __future__ import annotations

import re

from archdsl.diagnostics.model import Diagnostic, Label
from archdsl.source import SourceFile, Span
from archdsl.syntax import ast
from archdsl.syntax._tables import ENDS, STARTS
from archdsl.syntax.automaton import REDUCTIONS, STATES, rename_top
from archdsl.syntax.build import Builder, SyntaxProblem
from archdsl.syntax.hidden import HIDDEN, find_hidden
from archdsl.syntax.indents import end_of_body
from archdsl.syntax.lexer import Lexer, LexError, Token
from archdsl.syntax.recover import (
    HEADER,
    STATEMENT_WORDS,
    begins_statement,
    end_of_rows,
    find_close,
    first_word,
    is_closed_below,
    meant_statement,
    skip_blank,
    starts_line,
    strip_comment,
)

__all__ = ["HIDDEN", "find_hidden", "parse", "parse_cell", "parse_piece"]

OPENER = {")": "(", "]": "[", "}": "{"}
BODIES = frozenset(("block", "network"))  # statements that have one
MAX_STACK = 700  # parser states; brackets are limited to 64 by the lexer
MAX_ERRORS = 50
QUIET_WORDS = frozenset(("let", "default", "expect", "output"))  # nothing flows through these
WORD = re.compile(r"[A-Za-z_][A-Za-z0-9_]*")
ELSE = re.compile(r"[ \t]*else\b")  # goes on with what stands before its line
IMPORTS = frozenset(("use", "import", "from", "include", "using", "require", "ues", "load"))
ANYTHING = "*"  # among the lost words: a statement that may have defined any name


def parse(file: SourceFile) -> tuple[ast.File, list[Diagnostic]]:
    """The tree of a file and what is wrong with its syntax. What was wrong is left out."""
    diagnostics = find_hidden(file)
    if diagnostics:
        hidden = ast.File(Span(file, 0, len(file.text)), file, (), [])
        hidden.lost = None
        return hidden, diagnostics
    lexer = Lexer(file, 1 if file.text.startswith("\ufeff") else 0)
    builder = Builder(file, diagnostics, lexer.comments, parse_cell)
    run = Run(lexer, builder, "file", diagnostics)
    tree = run.parse(recover=True)
    if not isinstance(tree, ast.File):
        tree = ast.File(Span(file, 0, len(file.text)), file, (), [])
        run.lost = None
    tree.lost = None if run.lost is None else frozenset(run.lost | builder.lost)
    return tree, told_once(diagnostics)


def told_once(diagnostics: list[Diagnostic]) -> list[Diagnostic]:
    """All but the uses of a word of the language for a name, once the first has told of it."""
    told: set[str] = set()
    kept = []
    for found in diagnostics:
        if found.id == "reserved-word" and found.fix is None:
            if found.message in told:
                continue
            told.add(found.message)
        kept.append(found)
    return kept


def parse_cell(
    file: SourceFile, start: int, end: int, symbol: str, told: bool = True
) -> tuple[object | None, list[Diagnostic]]:
    """A table's cell as a `line` or an `expr`; None where it is none, and why if that is `told`."""
    return parse_part(file, Lexer(file, start, end, cell=True), symbol, told)


def parse_piece(
    file: SourceFile,
    start: int,
    end: int,
    symbol: str,
    comments: list[tuple[int, int]],
    told: bool = True,
) -> tuple[object | None, list[Diagnostic]]:
    """A `line` or an `expr` that stands in another text, such as YAML; adds its comments."""
    lexer = Lexer(file, start, end)
    tree, found = parse_part(file, lexer, symbol, told)
    comments += lexer.comments
    return tree, found


def parse_part(
    file: SourceFile, lexer: Lexer, symbol: str, told: bool
) -> tuple[object | None, list[Diagnostic]]:
    """What a lexer reads, from its start to its end, as one symbol."""
    found: list[Diagnostic] = []
    lexer.line_start = symbol == "file"
    run = Run(lexer, Builder(file, found, [], parse_cell), symbol, found)
    if told:
        return run.parse(recover=False), found
    tree = run.attempt()
    return (None if found else tree), []


class Run:
    """One run of the LALR automaton."""

    __slots__ = (
        "builder",
        "closing",
        "depths",
        "diagnostics",
        "lexer",
        "lost",
        "states",
        "symbol",
        "values",
    )

    def __init__(
        self, lexer: Lexer, builder: Builder, symbol: str, diagnostics: list[Diagnostic]
    ) -> None:
        self.lexer = lexer
        self.builder = builder
        self.symbol = symbol
        self.diagnostics = diagnostics
        self.states: list[int] = [STARTS[symbol]]
        self.values: list[object] = []
        self.depths: list[int] = [0]  # open brackets when each state was entered
        self.lost: set[str] | None = set()  # words of what was skipped
        self.closing = -1, -1  # an open brace, and what closes it

    def parse(self, recover: bool) -> object | None:
        """The value of the start symbol; None where an error was not recovered from."""
        end = ENDS[self.symbol]
        token = Token("$END", "", 0, 0)
        while True:
            try:
                token = self.lexer.next_token(STATES[self.states[-1]])
                if token.type in ("NL", "$END") and self.lexer.brackets:
                    self.close_bodies(token)
                    if len(self.diagnostics) >= MAX_ERRORS:
                        return None
                if self.shift(token, end):
                    return self.values[0]
            except LexError as error:
                self.report_lex(error)
            except Unexpected as error:
                self.report(error.token)
                if self.diagnostics[-1].id == "unmatched-bracket":
                    return None  # whose body what follows is in cannot be told
                if self.reads_as_brace(error.token):
                    continue
                self.lexer.unread(error.token)
                if error.token.type == "$END":
                    return None
                self.go_back(error.token)
            except SyntaxProblem as error:
                self.diagnostics.append(error.diagnostic)
                self.lexer.unread(token)
                if token.type == "NL":  # the lexer may have read the word behind it already
                    self.lexer.at = token.end
            else:
                continue
            if not recover or len(self.diagnostics) >= MAX_ERRORS or not self.skip():
                return None

    def attempt(self) -> object | None:
        """The value of the start symbol; None, and no word on it, where the text is none."""
        end = ENDS[self.symbol]
        try:
            while not self.shift(self.lexer.next_token(STATES[self.states[-1]]), end):
                pass
        except (LexError, Unexpected, SyntaxProblem):
            return None
        return self.values[0]

    def shift(self, token: Token, end: int = -1) -> bool:
        """Reduces as far as the token asks, then takes it; True at the end of it all."""
        states, values, depths = self.states, self.values, self.depths
        kind = token.type
        while True:
            action = STATES[states[-1]].get(kind)
            if action is None:
                raise Unexpected(token)
            if action >= 0:
                states.append(action)
                values.append(token)
                depths.append(depths[-1] if kind == "NL" else len(self.lexer.brackets))
                if len(states) > MAX_STACK:
                    raise LexError(
                        "nesting-too-deep",
                        "this nests too deep",
                        token.start,
                        token.end,
                        "name parts with `let` or `block`",
                    )
                return False
            symbol, length, reduce = REDUCTIONS[~action]
            if reduce is None:
                states[-1] = rename_top(states, kind)
            elif length == 1:
                values[-1] = reduce(self.builder, values[-1:])  # may raise
                states[-1] = STATES[states[-2]][symbol]
                depths[-1] = depths[-2]
            else:
                if length:
                    children = values[-length:]
                    del values[-length:], states[-length:], depths[-length:]
                else:
                    children = []
                value = reduce(self.builder, children)  # may raise: the three stacks stay alike
                states.append(STATES[states[-1]][symbol])
                depths.append(depths[-1])  # what is reduced is balanced
                values.append(value)
            if kind == "$END" and states[-1] == end:
                return True

    # --- errors -----------------------------------------------------------------------------

    def report_lex(self, error: LexError) -> None:
        """A lexer's error as a diagnostic; the lexer moves past it."""
        file = self.lexer.file
        others: tuple[Label, ...] = ()
        if error.other is not None:
            at, words = error.other
            others = (Label(Span(file, at, at + 1), words),)
        label = Label(Span(file, error.start, error.end))
        self.diagnostics.append(
            Diagnostic(error.id, error.message, label, others, help=error.help, fix=error.fix)
        )
        if error.id == "nesting-too-deep":
            self.lost = None  # what is in it was never read
        self.lexer.at = max(self.lexer.at, error.end)
        sign = OPENER.get(file.text[error.start : error.end])
        brackets = self.lexer.brackets
        if error.crossed:
            del brackets[-2:]
            self.lexer.at = error.crossed
        elif error.replaced:
            brackets.pop()
        elif error.id == "unclosed-bracket" and any(b[0] == sign for b in brackets):
            while brackets[-1][0] != sign:  # it closes one further out: read it again for that
                brackets.pop()
            self.lexer.at = error.start

    def go_back(self, token: Token) -> None:
        """Where the token that could not stand begins a statement, it is read again."""
        lexer = self.lexer
        if begins_statement(token, lexer.file.text):
            lexer.at = token.start
        blamed = self.diagnostics[-1]
        if token.type == "COLON" and "LBRACE" in STATES[self.states[-1]]:
            lexer.at = end_of_body(lexer.file.text, token.end, lexer.end)
        if blamed.message.startswith("`/*`"):
            close = lexer.file.text.find("*/", token.end, lexer.end)
            lexer.at = close + 2 if close >= 0 else lexer.at
        if token.type == "PIPE" and not lexer.brackets:
            rows = min(end_of_rows(lexer.file.text, token.start), lexer.end)
            lexer.at = max(lexer.at, rows)
        if blamed.id == "unclosed-bracket" and starts_line(lexer.file.text, token.start):
            at = blamed.primary.span.start
            if lexer.brackets and not self.is_open(at):
                at = lexer.brackets[-1][1]
            lexer.brackets[:] = [b for b in lexer.brackets if b[1] < at]
            lexer.at = token.start
        elif blamed.id == "unclosed-bracket" and token.type in ("PIPE", "LBRACE", "NL"):
            at = blamed.primary.span.start  # the rest of the line is read as if it were closed
            lexer.brackets[:] = [b for b in lexer.brackets if b[1] != at]

    def report(self, token: Token) -> None:
        """A token that cannot stand where it stands."""
        from archdsl.syntax.expected import describe

        found = describe(token, STATES[self.states[-1]], self.lexer)
        self.diagnostics.append(found)
        if found.id != "unclosed-bracket":
            return
        if not self.is_open(found.primary.span.start) or swallows(found, token):
            self.lost = None  # what follows was read as the body of another

    def reads_as_brace(self, token: Token) -> bool:
        """A `:` in the place of a `{` that a `}` closes: the body behind it is read."""
        lexer = self.lexer
        if token.type != "COLON" or "LBRACE" not in STATES[self.states[-1]]:
            return False
        if not is_closed_below(lexer.file.text, token.end):
            return False
        lexer.brackets.append(("{", token.start))
        try:
            self.shift(Token("LBRACE", "{", token.start, token.end))
        except Unexpected:  # what stands before it is reduced first, and then takes none
            lexer.brackets.pop()
            return False
        lexer.pending = None
        lexer.queue = None
        lexer.line_start = lexer.comma = False
        return True

    def is_open(self, at: int) -> bool:
        """Whether the bracket at an offset is open still."""
        return any(b[1] == at for b in self.lexer.brackets)

    def close_bodies(self, token: Token) -> None:
        """Closes bodies that lack a `}`, where the text ends or a block or network begins."""
        lexer = self.lexer
        follows = lexer.queue if token.type == "NL" and lexer.queue else token
        if follows.type != "$END" and follows.text not in ("network", "block"):
            return
        if any(sign != "{" for sign, _ in lexer.brackets):
            return
        if follows.type != "$END":
            text, at = lexer.file.text, lexer.brackets[0][1]
            inside = text[follows.start - 1] != "\n" or token is follows
            if self.closing[0] != at:  # of many blocks in one body each would look through it
                self.closing = at, find_close(text, at + 1, lexer.end, 0)
            if inside or self.closing[1] < lexer.end:
                return  # a network inside of another is a mistake of its own
        follows = Token(
            "OUTSIDE" if follows.text else "$END", follows.text, follows.start, follows.end
        )
        while lexer.brackets and "RBRACE" in STATES[self.states[-1]]:
            self.report(follows)
            _, at = lexer.brackets.pop()
            self.shift(Token("RBRACE", "}", token.start, token.start))

    def skip(self) -> bool:
        """Drops the broken statement: back to the start of a list of statements, on to the next.

        False at the end of the text.
        """
        lexer = self.lexer
        states, values, depths = self.states, self.values, self.depths
        closed = 0  # groups that were read to their end: nothing goes on in them
        while len(states) > 1 and not (
            len(lexer.brackets) >= depths[-1]  # else its bracket was closed by another's sign
            and (is_stmts(states) or (not closed and opens_body(states, values)))
        ):
            states.pop()
            value = values.pop()
            depths.pop()
            if isinstance(value, Token) and value.type in ("LBRACE", "RBRACE"):
                closed = max(0, closed + (1 if value.type == "RBRACE" else -1))
        depth = depths[-1]
        opened = list(lexer.brackets[:depth])
        if self.enter_body(opened):
            return True
        going = self.resume(opened)
        self.leave_broken(depth)
        return going

    def enter_body(self, opened: list[tuple[str, int]]) -> bool:
        """Behind a heading that cannot be read its body is read; what it takes stays unknown."""
        lexer = self.lexer
        text = lexer.file.text
        start = skip_blank(text, self.broken_from(), lexer.end)
        m = HEADER.match(text, start, lexer.end) if starts_line(text, start) else None
        if m is None or lexer.at > m.end() or self.lost is None:
            return False
        word = m["word"] if m["word"] in BODIES else meant_statement(m["word"])
        if word not in BODIES:
            return False
        self.lost.update(WORD.findall(m.group()))
        name = (m["name"] or f"unreadable{start}").rstrip("-")
        at = m.start("name") if m["name"] else start
        head = [Token(word.upper(), word, start, m.end("word"))]
        if is_stmts(self.states):
            head.insert(0, Token("NL", "\n", start, start))
        kind = "NETNAME" if word == "network" else "NAME"
        if kind == "NAME":
            name = name.split("-")[0]
        elif m["rest"].strip():
            self.lost.add("input")  # `network B extends A {` may have A's
        self.lost.add(name)
        self.builder.unread.add(start)
        head.append(Token(kind, name, at, at + (len(name) if m["name"] else 0)))
        lexer.brackets[:] = opened
        for token in head:
            self.shift(token)
        lexer.brackets.append(("{", m.end() - 1))
        self.shift(Token("LBRACE", "{", m.end() - 1, m.end()))
        lexer.at = m.end()
        lexer.pending = None
        lexer.queue = None
        lexer.line_start = lexer.comma = False
        return True

    def broken_from(self) -> int:
        """Where the broken statement begins: behind the last one that could be read."""
        values = self.values
        if is_stmts(self.states):
            stmts = values[-1]
            assert isinstance(stmts, list)
            last = stmts[-1]
            return last.end if isinstance(last, Token) else int(last.span.end)
        before = values[-1] if values else None
        return before.end if isinstance(before, Token) else 0

    def leave_broken(self, depth: int) -> None:
        """Puts a broken statement where the skipped text stood."""
        states, values = self.states, self.values
        start = self.broken_from()
        if not is_stmts(states):
            states.append(STATES[states[-1]]["stmts"])
            values.append([])
            self.depths.append(depth)
        stmts = values[-1]
        assert isinstance(stmts, list)
        file = self.lexer.file
        span = Span(file, start, max(start, self.lexer.at))
        text = "\n".join(strip_comment(line) for line in span.text.split("\n"))
        words = text.split(None, 1)
        word = words[0] if words else ""
        stmts.append(ast.Broken(span, word not in QUIET_WORDS))
        if self.lost is not None:
            self.lost.update(WORD.findall(text))
            if word in IMPORTS:
                self.lost.add(ANYTHING)
            if text.count("{") != text.count("}"):
                self.lost = None

    def resume(self, opened: list[tuple[str, int]]) -> bool:
        """Moves the lexer to the next line that may begin a statement inside `opened`."""
        lexer = self.lexer
        text = lexer.file.text
        lexer.queue = None
        at = lexer.at
        depth = len(lexer.brackets) - len(opened)
        if first_word(text, at) in STATEMENT_WORDS and starts_line(text, at):
            depth = 0
        while not (depth == 0 and starts_line(text, at) and not ELSE.match(text, at)):
            line_end = text.find("\n", at)
            piece = text[at : line_end if line_end >= 0 else lexer.end]
            for sign in strip_comment(piece):
                depth += (sign in "([{") - (sign in ")]}")
                if depth < 0 and opened and OPENER[sign] == opened[-1][0]:
                    break
                depth = max(depth, 0)  # else it closes nothing of what is open
            if depth < 0:  # the bracket around the statements closes here
                close = find_close(text, at, lexer.end, len(lexer.brackets) - len(opened))
                lexer.at = close
                break
            if line_end < 0:
                lexer.at = lexer.end
                break
            at = line_end + 1
            word = first_word(text, at)
            lexer.at = at
            if word in STATEMENT_WORDS:
                break
        lexer.brackets[:] = opened
        lexer.pending = (lexer.at, lexer.at)  # the next token begins a statement
        lexer.line_start = True
        lexer.comma = False
        return True


def swallows(found: Diagnostic, token: Token) -> bool:
    """Whether a body that lacks its `}` ends above the token, by the indentation."""
    if found.fix is None or found.fix.text.strip() != "}":
        return False
    rest = found.fix.span.file.text[found.fix.span.end : token.start]
    return re.sub(r"#[^\n]*", "", rest).strip() != ""


def is_stmts(states: list[int]) -> bool:
    """Whether the state on top has just read a list of statements."""
    after = STATES[states[-1]].get("NL")
    return after is not None and after >= 0 and "LET" in STATES[after]


def opens_body(states: list[int], values: list[object]) -> bool:
    """Whether a statement may come first here: at the start, or behind a `{`."""
    last = values[-1]
    return "LET" in STATES[states[-1]] and isinstance(last, Token) and last.type == "LBRACE"


class Unexpected(Exception):
    """The parser cannot take this token."""

    def __init__(self, token: Token) -> None:
        super().__init__(token.text)
        self.token = token
