"""The rows of a difference for people: what is alike is folded, no change is told twice."""

from __future__ import annotations

from archdsl.analysis.diff.model import ADDED, CHANGED, REMOVED, RESHAPED, SAME

TYPE_CHECKING = False
if TYPE_CHECKING:
    from archdsl.analysis.diff.model import Body, Change, Difference, Entry, Inside
    from archdsl.analysis.diff.pieces import Piece
    from archdsl.tensor import TensorType

    Key = tuple[object, ...]

MARKS = {ADDED: "+", REMOVED: "-", CHANGED: "~"}
FOLD, HEAD, FACT = "…", "in", "*"
LETTERS = "abcdef"
OFTEN, LONG = 4, 12  # how many layers, and how many characters, make a sign worth while
MOST_ROWS = 2_000  # of one difference; beyond that, only the top of it
TITLED = ("repetitions", "block", "kind")  # changes that the title shows


class Row:
    """A line: its mark, how deep it stands, what it is about, what changed, and by how much."""

    __slots__ = ("level", "macs", "mark", "name", "notes", "params", "shape", "text")

    def __init__(
        self,
        mark: str,
        level: int,
        name: str,
        text: str,
        notes: tuple[str, ...] = (),
        shape: str = "",
        params: int = 0,
        macs: int = 0,
    ) -> None:
        self.mark = mark
        self.level = level
        self.name = name
        self.text = text
        self.notes = notes
        self.shape = shape
        self.params = params
        self.macs = macs


def make_rows(difference: Difference, by: str) -> list[Row]:
    """All rows in the order of the networks; by stage, those of the top level alone."""
    rows = _Rows(by == "layer")
    rows.legend = legend(difference.body, by == "layer")
    rows.rows = [Row(FACT, 0, sign, "; ".join(text)) for text, sign in rows.legend.items()]
    rows.body(difference.body, 0)
    return rows.rows


class _Rows:
    """Rows being made; bodies that changed alike are shown once and named after that."""

    __slots__ = ("_keys", "_numbers", "_shown", "deep", "legend", "rows")

    def __init__(self, deep: bool) -> None:
        self.deep = deep
        self.legend: dict[tuple[str, ...], str] = {}
        self.rows: list[Row] = []
        self._shown: dict[Key, str] = {}
        self._keys: dict[int, int] = {}
        self._numbers: dict[Key, int] = {}

    def body(self, body: Body, level: int) -> None:
        """Rows of two modules."""
        self.rows += [Row(FACT, level, c.what, arrow(c)) for c in body.changes]
        seen: set[int] = set()
        alike: list[Entry] = []
        for entry in body.entries:
            if alike and entry.state != alike[0].state:
                self.rows.append(_fold(alike, level))
                alike = []
            if entry.state in (SAME, RESHAPED):
                alike.append(entry)
                continue
            self.rows.append(_row(entry, level, _move(entry, seen), self.legend))
            if self.deep and len(self.rows) < MOST_ROWS:
                self.inside(entry, level + 1)
        if alike:
            self.rows.append(_fold(alike, level))

    def inside(self, entry: Entry, level: int) -> None:
        """Rows of what changed in the bodies of a block or a repeat."""
        if not entry.inside:
            return
        key = tuple(self.key(i.body) for i in entry.inside)
        if key in self._shown:
            text = f"inside as in {self._shown[key]}"
            self.rows.append(Row(HEAD, level, "", text))
            return
        self._shown[key] = entry.piece.name
        steady = entry.inside[-1]
        told = {_line(e) for e in steady.body.changed}
        others = [
            (other, [e for e in other.body.changed if _line(e) not in told])
            for other in entry.inside[:-1]
        ]
        more = [(other, found) for other, found in others if found or other.body.changes]
        where = "inside" if entry.piece.count == 1 else _where(steady, bool(others), bool(more))
        self.rows.append(Row(HEAD, level, "", where))
        self.body(steady.body, level)
        for other, found in more:
            self.rows.append(Row(HEAD, level, "", f"in the {other.at}, besides"))
            self.extra(other, found, level)

    def extra(self, inside: Inside, entries: list[Entry], level: int) -> None:
        """What only some of the repetitions have."""
        self.rows += [Row(FACT, level, c.what, arrow(c)) for c in inside.body.changes]
        for entry in entries:
            self.rows.append(_row(entry, level, "", self.legend))
            self.inside(entry, level + 1)

    def key(self, body: Body) -> int:
        """A number, equal for bodies in which the same attributes of the same layers changed."""
        found = self._keys.get(id(body))
        if found is None:
            lines = tuple(
                (
                    e.state,
                    _kinds(e.piece),
                    tuple(c.what for c in e.changes),
                    tuple(self.key(i.body) for i in e.inside),
                )
                for e in body.changed
            )
            key = (tuple(c.what for c in body.changes), lines)
            found = self._keys[id(body)] = self._numbers.setdefault(key, len(self._numbers))
        return found


def arrow(change: Change) -> str:
    """`3 → 5`."""
    return f"{change.before} → {change.after}"


def _where(steady: Inside, has_others: bool, differ: bool) -> str:
    """Which repetitions a body stands for."""
    if not steady.at or (has_others and not differ):
        return "in each repetition"
    if steady.at == "first":
        return "in the first repetition"
    return "in each repetition after the first"


def _line(entry: Entry) -> Key:
    """What a row says without its numbers."""
    changes = tuple((c.what, c.before, c.after) for c in entry.changes)
    return (entry.state, entry.piece.title, changes)


def _kinds(piece: Piece) -> Key:
    if piece.ops:
        return tuple(node.op.name for node in piece.ops)
    return (piece.runs[0][0].name,)


def _row(entry: Entry, level: int, move: str, legend: dict[tuple[str, ...], str]) -> Row:
    notes = [_note(c) for c in entry.changes if c.what not in TITLED and not _is_habit(c)]
    habits = _habits(entry)
    notes += [legend[habits]] if habits in legend else habits
    delta = entry.delta
    return Row(
        MARKS[entry.state],
        level,
        entry.piece.name,
        _title(entry),
        tuple(note for note in (move, _arguments(entry), *notes) if note),
        _shape(entry),
        delta.params,
        delta.total_macs,
    )


def legend(body: Body, deep: bool) -> dict[tuple[str, ...], str]:
    """Signs for what happened to many layers alike, such as another activation everywhere."""
    counts: dict[tuple[str, ...], int] = {}
    seen = {id(body)}
    stack = [body]
    while stack:
        for entry in stack.pop().changed:
            habits = _habits(entry)
            counts[habits] = counts.get(habits, 0) + 1
            below = [i.body for i in entry.inside if deep and id(i.body) not in seen]
            seen.update(map(id, below))
            stack += below
    often = [h for h, n in counts.items() if n >= OFTEN and len("; ".join(h)) > LONG]
    often = sorted(often, key=lambda h: (-counts[h], h))[: len(LETTERS)]
    return {habits: f"({letter})" for letter, habits in zip(LETTERS, often, strict=False)}


def _habits(entry: Entry) -> tuple[str, ...]:
    return tuple(_note(c) for c in entry.changes if _is_habit(c))


def _is_habit(change: Change) -> bool:
    """A change of the norm, the activation or the bias, which whole networks have in common."""
    return change.what in ("act", "norm", "bias") or change.what.split()[-1] in ("eps", "momentum")


def _note(change: Change) -> str:
    if change.before in ("", "none") and change.what in ("norm", "act"):
        return f"with {change.after}"
    if change.after in ("", "none") and change.what in ("norm", "act"):
        return f"without {change.before}"
    if change.what == "name":
        return f"was called {change.before}"
    return f"{change.what} {arrow(change)}"


def _title(entry: Entry) -> str:
    """What it is and was: `conv3-512, relu ×3 → ×4`, `basic → bottleneck ×3`."""
    whats = {c.what: c for c in entry.changes}
    piece = entry.piece
    text = piece.title if entry.state == CHANGED or piece.runs else piece.text
    if "block" in whats:
        text = arrow(whats["block"])
    elif "kind" in whats and entry.before:
        text = f"{entry.before.title} → {text}"
    if "repetitions" in whats:
        return f"{text} {arrow(whats['repetitions'])}"
    return f"{text} ×{piece.count:,}" if piece.count > 1 else text


def _arguments(entry: Entry) -> str:
    """How a block is called that came or went."""
    piece = entry.piece
    if entry.state == CHANGED or piece.ops or piece.runs[0][0].kind == "group":
        return ""
    return piece.text.removeprefix(piece.title)[1:-1]


def _shape(entry: Entry) -> str:
    texts = [" ".join(map(str, piece.out_types)) for piece in (entry.before, entry.after) if piece]
    return " → ".join(dict.fromkeys(texts))


def _move(entry: Entry, seen: set[int]) -> str:
    """Where the other half of a move stands."""
    if entry.moved is None:
        return ""
    seen.add(id(entry.piece))
    came = id(entry.moved) in seen
    if entry.state == ADDED:
        return "moved here from above" if came else "moved here from below"
    return "moved up" if came else "moved down"


def _fold(entries: list[Entry], level: int) -> Row:
    """Pieces that are alike, in one row; what became of their shapes is said once."""
    count = sum(e.piece.cost.layers for e in entries)
    text = f"{count:,} layer{'' if count == 1 else 's'} alike"
    macs = sum(e.delta.total_macs for e in entries)
    if entries[0].state == SAME:
        return Row(FOLD, level, "", text)
    steps = [_types(e) for e in (entries[0], entries[-1])]
    shape = " to ".join(dict.fromkeys(f"{_sizes(a)} → {_sizes(b)}" for a, b in steps))
    return Row(FOLD, level, "", f"{text}, shapes {shape}", macs=macs)


def _types(entry: Entry) -> tuple[TensorType, TensorType]:
    assert entry.before
    assert entry.after
    pairs = list(zip(entry.before.out_types, entry.after.out_types, strict=True))
    ins = list(zip(entry.before.in_types, entry.after.in_types, strict=True))
    return next((p for p in (*pairs, *ins) if p[0] != p[1]), pairs[0])


def _sizes(type: TensorType) -> str:
    return str(type)
