"""Which tensors a piece reads, said so that both networks can be compared."""

from __future__ import annotations

TYPE_CHECKING = False
if TYPE_CHECKING:
    from archdsl.analysis.diff.pieces import Piece
    from archdsl.ir.model import Module, Value

    Anchor = tuple[object, ...]


class Wires:
    """The tensors of one module by the pairs of pieces that make them.

    A piece without partner is transparent: who reads it reads what it reads first. So a layer put
    in or taken out changes nothing but itself.
    """

    __slots__ = ("_memo", "_names", "_owner", "_pair", "module", "pieces")

    def __init__(self, module: Module, pieces: list[Piece], pair: dict[int, int]) -> None:
        self.module = module
        self.pieces = pieces
        self._pair = pair  # index of a piece -> number of its pair
        self._owner = {
            node: k for k, piece in enumerate(pieces) for node in range(piece.first, piece.last + 1)
        }
        self._memo: dict[int, Anchor] = {}
        self._names: dict[Value, str] = {value: name for name, value in module.labels.items()}

    def sources(self, index: int) -> tuple[Anchor, ...]:
        """What a piece reads."""
        piece = self.pieces[index]
        if piece.chained:
            return (self._of_piece(index - 1),)
        return tuple(map(self.anchor, piece.inputs))

    def anchor(self, value: Value) -> Anchor:
        """Where a tensor comes from: an input or a pair of pieces."""
        node, port = value
        if node < 0:
            return ("input", port)
        owner = self._owner[node]
        piece = self.pieces[owner]
        if owner in self._pair and node != piece.last:
            return ("inside", self._pair[owner], self._inner(piece, node))
        return self._of_piece(owner, port)

    def _of_piece(self, index: int, port: int = 0) -> Anchor:
        """What a piece gives; one without partner gives what it reads first."""
        passed = []
        while index not in self._pair and index not in self._memo:
            piece = self.pieces[index]
            passed.append(index)
            if piece.chained:
                index, port = index - 1, 0
                continue
            if not piece.inputs:
                self._memo[index] = ("source", piece.unit)
                break
            node, port = piece.inputs[0]
            if node < 0:
                self._memo[index] = ("input", port)
                break
            index = self._owner[node]
        found = self._memo.get(index) or ("piece", self._pair[index], port)
        for other in passed:
            self._memo[other] = found
        return found

    def describe(self, values: tuple[Value, ...]) -> str:
        """Their names, as the text gives them."""
        return ", ".join(map(self._name, values)) or "nothing"

    def _inner(self, piece: Piece, node: int) -> str:
        """Which layer of a piece it is that somebody reads from outside."""
        at = node - piece.first
        return piece.ops[at].op.name if at < len(piece.ops) else "inner"

    def _name(self, value: Value) -> str:
        node, port = value
        if value in self._names:
            return self._names[value]
        if node < 0:
            return f"the input {self.module.inputs[port].name}"
        name = self.module.nodes[node].name
        return f"{name}[{port}]" if len(self.module.nodes[node].outputs) > 1 else name
