"""The totals of two networks side by side, and numbers with their sign."""

from __future__ import annotations

from archdsl.backends.report.numbers import short

TYPE_CHECKING = False
if TYPE_CHECKING:
    from archdsl.analysis.diff.model import Difference

SHOWN = (
    ("parameters", "params"),
    ("trained", "trainable"),
    ("buffers", "buffers"),
    ("MACs", "total_macs"),
    ("activations", "activations"),
    ("layers", "layers"),
)


def totals(difference: Difference) -> list[tuple[str, str, str, str, str]]:
    """(what, before, after, difference, in percent); what neither has is left out."""
    one, other = difference.totals
    rows = [(word, getattr(one.cost, name), getattr(other.cost, name)) for word, name in SHOWN]
    if all(t.cost.trainable == t.cost.params for t in (one, other)):
        del rows[1]
    rows.append(("depth", one.depth, other.depth))
    return [
        (word, f"{a:,}", f"{b:,}", signed(b - a) or "same", share(a, b))
        for word, a, b in rows
        if a or b
    ]


def signed(n: int) -> str:
    """With its sign and thousands separators; nothing where it is 0."""
    return f"{n:+,}".replace("-", "−") if n else ""


def signed_short(n: int) -> str:
    """With its sign and a prefix: `+4.162 G`."""
    return ("+" if n > 0 else "−") + short(abs(n)) if n else ""


def share(before: int, after: int) -> str:
    """The difference in percent of the first: `+26.9 %`; by factors where it is larger: `×3.4`."""
    if before == after or not before or not after:
        return ""
    if after >= 3 * before:
        return f"×{after / before:.3g}"
    tenths = round(1000 * (after - before) / before)
    if tenths == 0:
        return "<0.1 %"
    return f"{tenths / 10:+.1f} %".replace("-", "−")


def heading(difference: Difference) -> str:
    """The two networks: `VGG-D → VGG-E`."""
    return f"{difference.before.name} → {difference.after.name}"


def verdict(difference: Difference) -> str:
    """One sentence on two networks that are alike."""
    same = difference.before.name == difference.after.name
    names = (
        difference.after.name if same else (f"{difference.before.name} and {difference.after.name}")
    )
    text = f"{names}: the same layers, shapes and weights"
    if difference.regrouped:
        text += ", repeated, grouped or named in other ways (so keys of a state_dict may differ)"
    return text
