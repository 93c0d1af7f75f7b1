"""Mutators: each makes another text of a text, as a pure function of a random generator."""

from __future__ import annotations

import random
import re
from collections.abc import Callable

from tests.fuzz.pieces import BYTES, NUMBERS, PAYLOADS, SIGNS, WORDS

Mutator = Callable[[random.Random, bytes, list[bytes]], bytes]
MAX_BYTES = 1 << 20
TOKEN = re.compile(rb"[A-Za-z_][A-Za-z_0-9]*|[0-9]+|\s+|[\x80-\xff]+|.", re.S)


def mutate(rng: random.Random, text: bytes, others: list[bytes]) -> tuple[list[str], bytes]:
    """One to six mutations of a text: their names, and what comes of them."""
    names = list(MUTATORS)
    weights = [weight for _, weight in MUTATORS.values()]
    used = rng.choices(names, weights, k=min(6, 1 + int(rng.expovariate(1.2))))
    for name in used:
        text = MUTATORS[name][0](rng, text, others)[:MAX_BYTES]
    return used, text


def span(rng: random.Random, text: bytes) -> tuple[int, int]:
    """A place in a text, mostly short."""
    if not text:
        return 0, 0
    start = rng.randrange(len(text))
    return start, min(len(text), start + 1 + int(rng.expovariate(1 / 8)) % 64)


def flip_bits(rng: random.Random, text: bytes, others: list[bytes]) -> bytes:
    changed = bytearray(text)
    for _ in range(rng.randint(1, 4)):
        if changed:
            changed[rng.randrange(len(changed))] ^= 1 << rng.randrange(8)
    return bytes(changed)


def replace_byte(rng: random.Random, text: bytes, others: list[bytes]) -> bytes:
    start, _ = span(rng, text)
    return text[:start] + bytes([rng.randrange(256)]) + text[start + 1 :]


def insert_bytes(rng: random.Random, text: bytes, others: list[bytes]) -> bytes:
    start, _ = span(rng, text)
    return text[:start] + rng.choice(BYTES) * rng.choice([1, 1, 1, 3]) + text[start:]


def delete(rng: random.Random, text: bytes, others: list[bytes]) -> bytes:
    start, end = span(rng, text)
    return text[:start] + text[end:]


def double(rng: random.Random, text: bytes, others: list[bytes]) -> bytes:
    start, end = span(rng, text)
    return text[:end] + text[start:end] * rng.choice([1, 1, 2, 8, 64]) + text[end:]


def cut_end(rng: random.Random, text: bytes, others: list[bytes]) -> bytes:
    return text[: rng.randrange(len(text) + 1)]


def cut_begin(rng: random.Random, text: bytes, others: list[bytes]) -> bytes:
    return text[rng.randrange(len(text) + 1) :]


def splice(rng: random.Random, text: bytes, others: list[bytes]) -> bytes:
    other = rng.choice(others)
    return text[: rng.randrange(len(text) + 1)] + other[rng.randrange(len(other) + 1) :]


def delete_tokens(rng: random.Random, text: bytes, others: list[bytes]) -> bytes:
    tokens = TOKEN.findall(text)
    for _ in range(rng.randint(1, 3)):
        if tokens:
            del tokens[rng.randrange(len(tokens))]
    return b"".join(tokens)


def double_token(rng: random.Random, text: bytes, others: list[bytes]) -> bytes:
    tokens = TOKEN.findall(text)
    if tokens:
        i = rng.randrange(len(tokens))
        tokens[i:i] = [tokens[i]] * rng.choice([1, 1, 2, 50])
    return b"".join(tokens)


def swap_tokens(rng: random.Random, text: bytes, others: list[bytes]) -> bytes:
    tokens = TOKEN.findall(text)
    if len(tokens) > 1:
        i, j = rng.randrange(len(tokens)), rng.randrange(len(tokens))
        tokens[i], tokens[j] = tokens[j], tokens[i]
    return b"".join(tokens)


def replace_token(rng: random.Random, text: bytes, others: list[bytes]) -> bytes:
    tokens, other = TOKEN.findall(text), TOKEN.findall(rng.choice(others))
    if tokens:
        new = [rng.choice(other or [b"x"]), rng.choice(SIGNS), rng.choice(WORDS)]
        tokens[rng.randrange(len(tokens))] = rng.choice(new)
    return b"".join(tokens)


def insert_token(rng: random.Random, text: bytes, others: list[bytes]) -> bytes:
    tokens = TOKEN.findall(text)
    new = rng.choice([rng.choice(SIGNS), b" " + rng.choice(WORDS) + b" "])
    tokens.insert(rng.randrange(len(tokens) + 1), new)
    return b"".join(tokens)


def change_number(rng: random.Random, text: bytes, others: list[bytes]) -> bytes:
    tokens = TOKEN.findall(text)
    places = [i for i, token in enumerate(tokens) if token.isdigit()]
    if places:
        i = rng.choice(places)
        old = tokens[i]
        choices = [rng.choice(NUMBERS), old + b"0" * rng.choice([1, 3, 9, 20])]
        choices += [old * rng.choice([2, 5, 400]), b"%d" % (int(old[:18]) + 1), old + b".5"]
        choices += [b"%d" % (int(old[:18]) - 1), b"-" + old, b"0" + old]
        tokens[i] = rng.choice(choices)
    return b"".join(tokens)


def change_all_numbers(rng: random.Random, text: bytes, others: list[bytes]) -> bytes:
    new = rng.choice(NUMBERS)
    return b"".join(new if token.isdigit() else token for token in TOKEN.findall(text))


PAIRS = [
    *((b"(", b")"), (b"[", b"]"), (b"{", b"}"), (b"(", b")x2"), (b"{", b"} x2"), (b"{", b"} x 2")),
    *((b"add[", b"]"), (b"residual[", b"]"), (b"if true {", b"}"), (b"- ", b""), (b"(", b"")),
    *((b"", b")"), (b"not ", b""), (b"{a: ", b"}"), (b"-", b""), (b"add[relu|", b"]")),
]


def nest(rng: random.Random, text: bytes, others: list[bytes]) -> bytes:
    start, end = span(rng, text)
    deep = rng.choice([1, 2, 10, 60, 64, 65, 100, 199, 201, 300, 1000, 5000, 50000])
    before, behind = rng.choice(PAIRS)
    return text[:start] + before * deep + text[start:end] + behind * deep + text[end:]


def nest_repeats(rng: random.Random, text: bytes, others: list[bytes]) -> bytes:
    deep = rng.choice([2, 5, 10, 20])
    times = rng.choice([b"10", b"100", b"1000", b"1000000000"])
    start, end = span(rng, text)
    return text[:start] + b"{ " * deep + text[start:end] + (b" } x" + times) * deep + text[end:]


def delete_line(rng: random.Random, text: bytes, others: list[bytes]) -> bytes:
    lines = text.splitlines(keepends=True)
    if lines:
        del lines[rng.randrange(len(lines))]
    return b"".join(lines)


def double_line(rng: random.Random, text: bytes, others: list[bytes]) -> bytes:
    lines = text.splitlines(keepends=True)
    if lines:
        i = rng.randrange(len(lines))
        lines[i:i] = [lines[i]] * rng.choice([1, 1, 2, 100, 5000])
    return b"".join(lines)


def swap_lines(rng: random.Random, text: bytes, others: list[bytes]) -> bytes:
    lines = text.splitlines(keepends=True)
    if len(lines) > 1:
        i, j = rng.randrange(len(lines)), rng.randrange(len(lines))
        lines[i], lines[j] = lines[j], lines[i]
    return b"".join(lines)


def shuffle_lines(rng: random.Random, text: bytes, others: list[bytes]) -> bytes:
    lines = text.splitlines(keepends=True)
    rng.shuffle(lines)
    return b"".join(lines)


def indent(rng: random.Random, text: bytes, others: list[bytes]) -> bytes:
    lines = text.splitlines(keepends=True)
    if lines:
        i = rng.randrange(len(lines))
        blank = rng.choice([b" ", b"  ", b"\t", b" " * 1000])
        lines[i] = blank + lines[i].lstrip(rng.choice([b"", b" \t"]))
    return b"".join(lines)


LINE_ENDS = [b"\r\n", b"\r", b" ", b"", b"\n\n\n", "\u2028".encode(), b"\\\n", b";"]


def change_line_ends(rng: random.Random, text: bytes, others: list[bytes]) -> bytes:
    return text.replace(b"\n", rng.choice(LINE_ENDS))


def swap_case(rng: random.Random, text: bytes, others: list[bytes]) -> bytes:
    start, end = span(rng, text)
    return text[:start] + text[start:end].swapcase() + text[end:]


LONG = [b"a", b"9", b" ", b"-", b"(", b"\\", b"'", b"#", b"a-", b"1x", b"\n", b"|", b"`", b"@a,"]


def lengthen(rng: random.Random, text: bytes, others: list[bytes]) -> bytes:
    start, _ = span(rng, text)
    return text[:start] + rng.choice(LONG) * rng.choice([1000, 10000, 100000]) + text[start:]


def inject(rng: random.Random, text: bytes, others: list[bytes]) -> bytes:
    tokens = TOKEN.findall(text)
    at = rng.randrange(len(tokens) + 1)
    new = rng.choice(PAYLOADS)
    tokens.insert(at, rng.choice([new, b'"' + new + b'"', b"'" + new + b"'", b"#" + new]))
    return b"".join(tokens)


def change_encoding(rng: random.Random, text: bytes, others: list[bytes]) -> bytes:
    codec = rng.choice(["utf-16", "utf-16-le", "utf-32", "utf-8-sig", "utf-7", "cp037"])
    return text.decode("utf-8", "replace").encode(codec, "replace")


MUTATORS: dict[str, tuple[Mutator, int]] = {
    mutator.__name__: (mutator, weight)
    for mutator, weight in [
        *((flip_bits, 4), (replace_byte, 4), (insert_bytes, 6), (delete, 5), (double, 4)),
        *((cut_end, 4), (cut_begin, 2), (splice, 3), (delete_tokens, 8), (double_token, 6)),
        *((swap_tokens, 8), (replace_token, 10), (insert_token, 8), (change_number, 12)),
        *((change_all_numbers, 2), (nest, 5), (nest_repeats, 4), (delete_line, 6)),
        *((double_line, 5), (swap_lines, 6), (shuffle_lines, 2), (indent, 3)),
        *((change_line_ends, 2), (swap_case, 2), (lengthen, 2), (inject, 5), (change_encoding, 1)),
    ]
}
