"""The words of papers for layers: `conv3-64`, `7x7, 64, stride 2`, `[3x3, 64; 3x3, 64] x 2`."""

from __future__ import annotations

import re

from archdsl.importers.table.clean import words_of


class Step:
    """A layer as a cell says it; 0 is a number that the cell leaves out."""

    __slots__ = ("groups", "kernel", "kind", "out", "rate", "stride", "text")

    def __init__(
        self,
        kind: str,
        text: str,
        kernel: tuple[int, int] = (0, 0),
        out: int = 0,
        stride: int = 0,
        groups: int = 1,
        rate: str = "",
    ) -> None:
        self.kind = kind
        self.text = text
        self.kernel = kernel
        self.out = out
        self.stride = stride
        self.groups = groups
        self.rate = rate


class Group:
    """Layers in brackets, and how often they are repeated."""

    __slots__ = ("steps", "text", "times")

    def __init__(self, steps: list[Step], times: int, text: str) -> None:
        self.steps = steps
        self.times = times
        self.text = text


class Unclear(Exception):
    """What is not understood begins here: the rest of the text."""

    def __init__(self, rest: str) -> None:
        super().__init__(rest)
        self.rest = rest


NUMBER = r"\d{1,7}"
SIDES = r"(?P<k>\d{1,3})(?:x(?P<l>\d{1,3}))?"
SQUARE = r"(?P<k>\d{1,3})x(?P<l>\d{1,3})"
STRIDE = r"(?:(?:, ?| )?(?:stride[ =:]*|s ?= ?|/ ?s?)(?P<s>\d{1,2})(?:x(?P<t>\d{1,2}))?)?"
OUT = rf"(?P<o>{NUMBER})(?![\dx.]|-?d\b)"
GROUPS = rf"(?:, ?(?:c|groups?|cardinality) ?= ?(?P<g>{NUMBER}))?"
PATTERNS = tuple(
    (kind, re.compile(pattern))
    for kind, pattern in (
        ("conv", rf"conv\.?{SIDES}-{OUT}{STRIDE}"),
        ("conv", rf"{SQUARE}(?: conv(?:olution)?\.?)?,? {OUT}{STRIDE}{GROUPS}"),
        ("conv", rf"conv(?:olution)?\.? {SQUARE},? {OUT}{STRIDE}{GROUPS}"),
        ("conv", rf"{SQUARE} conv(?:olution)?\b{STRIDE}"),
        ("gap", r"(?:\d{1,3}x\d{1,3} )?(?:global (?:avg|average)[- ]?pool(?:ing)?|gap)\b"),
        ("maxpool", rf"(?:{SQUARE} )?max[- ]?pool(?:ing)?\b(?! ?\d){STRIDE}"),
        ("maxpool", rf"max[- ]?pool(?:ing)?,? {SQUARE}(?!,? \d){STRIDE}"),
        ("avgpool", rf"(?:{SQUARE} )?(?:avg|average)[- ]?pool(?:ing)?\b(?! ?\d){STRIDE}"),
        ("avgpool", rf"(?:avg|average)[- ]?pool(?:ing)?,? {SQUARE}(?!,? \d){STRIDE}"),
        ("fc", rf"(?:fc|linear|fully[- ]connected|dense)(?: layer)?(?:-|, ?| ){OUT}"),
        ("fc", rf"(?P<o>{NUMBER})(?:-| )?d(?:im(?:ensional)?)? (?:fc|fully[- ]connected|linear)\b"),
        ("softmax", r"soft-?max\b"),
        ("lrn", r"lrn\b|local response norm(?:ali[sz]ation)?\b"),
        ("dropout", r"drop-?out(?:[ -]?\(?(?P<r>0?\.\d{1,4}|\d{1,2}%)\)?)?"),
        ("bn", r"bn\b|batch ?norm(?:ali[sz]ation)?\b"),
        ("relu", r"relu\b"),
        ("flatten", r"flatten\b"),
    )
)
BETWEEN = " ,;+"
TIMES = re.compile(r"\s*x ?(\d{1,6})(?!\d)|\s*\((?:x|repeat) ?(\d{1,6})\)")
BEFORE = re.compile(r"(\d{1,6}) ?x ?(?=\[)")


def read_words(text: str) -> list[Step | Group]:
    """The layers of a cell. Raises Unclear."""
    text = words_of(text)
    out: list[Step | Group] = []
    at = skip(text, 0)
    while at < len(text):
        before = BEFORE.match(text, at)
        start = at
        if before:
            at = before.end()
        if text[at] == "[":
            group, at = read_group(text, at)
            if before:
                if group.times != 1:
                    raise Unclear(text[start:])
                group.times = int(before[1])
                if not group.times:
                    raise Unclear(text[start:])
            out.append(group)
        else:
            step, at = read_word(text, at)
            out.append(step)
        at = skip(text, at)
    return out


def skip(text: str, at: int) -> int:
    """Where the next word begins."""
    while at < len(text) and text[at] in BETWEEN:
        at += 1
    return at


def read_group(text: str, at: int) -> tuple[Group, int]:
    """`[ … ] x 3` at a place, and where it ends. Raises Unclear."""
    close = text.find("]", at)
    if close < 0:
        raise Unclear(text[at:])
    steps: list[Step] = []
    inner = text[at + 1 : close]
    place = skip(inner, 0)
    while place < len(inner):
        step, place = read_word(inner, place)
        steps.append(step)
        place = skip(inner, place)
    if not steps:
        raise Unclear(text[at:])
    times = TIMES.match(text, close + 1)
    end = times.end() if times else close + 1
    count = int(times[1] or times[2]) if times else 1
    if not count:
        raise Unclear(text[at:end])
    return Group(steps, count, text[at:end]), end


def read_word(text: str, at: int) -> tuple[Step, int]:
    """A layer at a place of the text, and where it ends. Raises Unclear."""
    for kind, pattern in PATTERNS:
        found = pattern.match(text, at)
        if found is not None and (found.end() == len(text) or text[found.end()] in " ,;+]"):
            return make_step(kind, found), found.end()
    raise Unclear(text[at:])


def make_step(kind: str, found: re.Match[str]) -> Step:
    """The step of a match. Raises Unclear."""
    part = found.groupdict()
    if has_zero(part) or part.get("t") not in (None, part.get("s")):
        raise Unclear(found[0])  # no layer has 0 of anything; one stride, the same on both axes
    k = int(part.get("k") or 0)
    rate = part.get("r") or ""
    if rate.endswith("%"):
        rate = f"{int(rate[:-1]) / 100:g}"
    return Step(
        kind,
        found[0],
        (k, int(part.get("l") or k)),
        int(part.get("o") or 0),
        int(part.get("s") or 0),
        int(part.get("g") or 1),
        rate,
    )


def has_zero(part: dict[str, str | None]) -> bool:
    """Whether a number of a match is written and 0: a kernel, channels, a stride, a count."""
    return any(name != "r" and re.fullmatch(r"0+", written or "") for name, written in part.items())


UNDERSTOOD = (
    "understood are words such as `conv3-64`, `7x7, 64, stride 2`, `3x3 max pool, stride 2`, "
    "`[3x3, 64; 3x3, 64] x 2`, `FC-4096`, `1000-d fc`, `average pool`, `soft-max`, `LRN`, "
    "`dropout 0.5`"
)


def is_layer(text: str) -> bool:
    """Whether a cell begins like a layer (its rest may be wrong)."""
    try:
        return bool(read_words(text))
    except Unclear as problem:
        return problem.rest != words_of(text)
