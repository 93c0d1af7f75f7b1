"""Texts that are hard on the front end: long in one way each, right ones and wrong ones."""

from __future__ import annotations

from collections.abc import Callable

MAX_BYTES = 1 << 20  # of a spec that the command line reads
HEAD = "input 8x32x32\n"


def lines(template: str, head: str = HEAD) -> Callable[[int], str]:
    """A text of `n` lines made from a template, in which `#` is the line's number."""
    return lambda n: head + "".join(template.replace("#", str(i)) + "\n" for i in range(n))


def join(word: str, sign: str, before: str, after: str) -> Callable[[int], str]:
    """A text with one line of `n` words between signs; `#` in a word is its number."""
    return lambda n: (
        HEAD + before + sign.join(word.replace("#", str(i)) for i in range(n)) + after + "\n"
    )


def chain_of_blocks(n: int) -> str:
    """Each block calls the one below it; only those that nothing calls are read to the limit."""
    blocks = "".join(f"block b{i}_ {{ b{i + 1}_ }}\n" for i in range(n))
    return f"{HEAD}{blocks}block b{n}_ {{ relu }}\nb0_\n"


def chain_of_lets(n: int) -> str:
    """Each `let` uses the one above it."""
    lets = "".join(f"let a{i + 1}_ = a{i}_ + 0\n" for i in range(n))
    return f"let a0_ = 8\n{lets}{HEAD}conv3-a{n}_\n"


def table_of_two(n: int) -> str:
    """Two columns of variants, and many rows."""
    return "input 8x8x8\n| A | B |\n" + "| conv3-8 | conv3-8 |\n" * n


def concat_of_labels(n: int) -> str:
    """Many labels, all of them joined at the end."""
    return lines("t#_: relu")(n) + join("@t#_", " | ", "concat[ ", " ]")(n)[len(HEAD) :]


def unknown_names_among_lets(n: int) -> str:
    """As many names that nothing has as there are names that look like them."""
    return lines("let alpha#_ = 8", "")(n) + lines("conv3-alpha#")(n)


HARD: dict[str, Callable[[int], str]] = {
    "layers, a line each": lines("conv3-8"),
    "layers on one line": join("relu", ", ", "", ""),
    "empty lines": lambda n: HEAD + "\n" * n + "relu\n",
    "blocks, each calling the next": chain_of_blocks,
    "calls of one block": lines("b(8)", HEAD + "block b(w) { conv3-w }\n"),
    "lets, each using the last": chain_of_lets,
    "networks of one layer": lines("network n#_ { input 8x8x8, relu }".replace(", ", "\n"), ""),
    "two-column table": table_of_two,
    "terms of one sum": join("1", "+", "conv3-(", ")"),
    "branches of one concat": join("conv1-8", " | ", "concat[ ", " ]"),
    "labels joined by one concat": concat_of_labels,
    "groups": lines("{ relu }"),
    "repeated groups": lines("{ conv3-8, relu } x3"),
    "else-ifs": join("if 1 == 0 { relu }", " else ", "", ""),
    "inputs": lambda n: lines("input a#_: 8x8x8", "")(n) + concat_inputs(n),
    "outputs": lambda n: lines("relu\noutput o#_: relu")(n) + "relu\n",
    "claims": lines("expect params == 584", HEAD + "conv3-8\n"),
    "unknown layers": lines("convv#3-8"),
    "unknown names": unknown_names_among_lets,
    "one label, again and again": lines("a: conv3-8"),
    "unused tensors": lines("t#_: relu\n@t0_"),
    "unclosed bodies": lines("block b { relu"),
    "false claims": lines("expect params == 585", HEAD + "conv3-8\n"),
    "wrong shapes": lines("conv3-8(groups=3)"),
    "missing commas": lines("conv3-8 relu"),
}
"""By name: a text whose length grows with its number."""


def concat_inputs(n: int) -> str:
    """All inputs joined."""
    return "concat[ " + " | ".join(f"@a{i}_" for i in range(n)) + " ]\n"


def fill(make: Callable[[int], str], size: int = MAX_BYTES - 1024) -> str:
    """The longest such text below a size, about."""
    each = (len(make(3000)) - len(make(1000))) / 2000
    n = max(1, int(size / each))
    while len(text := make(n)) > size:
        n = int(n * 0.97)
    return text
