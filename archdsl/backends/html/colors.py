"""The colours of the page: those of the diagrams, as variables of its style sheet."""

from __future__ import annotations

from archdsl.backends.dot.style import find_theme

TYPE_CHECKING = False
if TYPE_CHECKING:
    from archdsl.backends.dot.style import Theme


def color_rules() -> str:
    """Both themes: the system's choice, unless the page's own switch says otherwise."""
    light, dark = (_variables(find_theme(name)) for name in ("light", "dark"))
    roles = "".join(
        f".r-{role} {{ --fill: var(--{role}); --line: var(--{role}-line) }}\n"
        for role in find_theme("light").boxes
    )
    return (
        f":root {{ color-scheme: light; {light} }}\n"
        f'@media (prefers-color-scheme: dark) {{ :root:not([data-theme="light"])'
        f" {{ color-scheme: dark; {dark} }} }}\n"
        f':root[data-theme="dark"] {{ color-scheme: dark; {dark} }}\n{roles}'
    )


def _variables(theme: Theme) -> str:
    pairs = {
        "paper": theme.paper,
        "text": theme.text,
        "muted": theme.muted,
        "edge": theme.edge,
        "skip": theme.skip,
        "cluster": theme.cluster[0],
        "cluster-line": theme.cluster[1],
    }
    for role, (fill, line) in theme.boxes.items():
        pairs[role], pairs[f"{role}-line"] = fill, line
    return "; ".join(f"--{name}: {value}" for name, value in pairs.items())
