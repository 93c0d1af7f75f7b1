"""Numbers and shapes for people: 19.63 G, 574.7 MB, 64x224x224."""

from __future__ import annotations

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable

    from archdsl.tensor import TensorType

_STEPS = ((10**15, "P"), (10**12, "T"), (10**9, "G"), (10**6, "M"), (10**3, "k"))


def short(n: int) -> str:
    """Four significant digits with a decimal prefix: `19.63 G`; below 1,000 as it is."""
    for at, (step, prefix) in enumerate(_STEPS):
        if n >= step:
            text = _digits(n, step)
            if text == "1000" and at > 0:
                return f"1.000 {_STEPS[at - 1][1]}"
            return f"{text} {prefix}"
    return str(n)


def size(n: int) -> str:
    """Bytes in decimal units: `574.7 MB`."""
    text = short(n)
    return f"{text}B" if " " in text else f"{text} B"


def percent(part: int, whole: int) -> str:
    """A share in percent with one decimal; a dash where there is nothing."""
    if part == 0 or whole == 0:
        return "–"
    tenths = (2000 * part + whole) // (2 * whole)
    return f"{tenths // 10}.{tenths % 10}" if tenths else "<0.1"


def fraction(value: float) -> str:
    """A number from 0 to 1 in percent, two decimals at most: `71.59 %`."""
    return f"{100 * value:.2f}".rstrip("0").rstrip(".") + " %"


def shapes(types: Iterable[TensorType]) -> str:
    """Shapes, a space between two."""
    return " ".join(str(t) for t in types)


def _digits(n: int, step: int) -> str:
    """`n / step` with four significant digits, rounded half up in integers."""
    places = 3 if n < 10 * step else 2 if n < 100 * step else 1 if n < 1000 * step else 0
    scaled = (2 * n * 10**places + step) // (2 * step)
    whole, rest = divmod(scaled, 10**places)
    text = f"{whole}.{rest:0{places}d}" if places else str(whole)
    return text if len(str(scaled)) == 4 or not places else text[:-1].rstrip(".")
