"""Cell texts without the marks of their form: HTML, Markdown and LaTeX become plain ASCII words."""

from __future__ import annotations

import html
import re
import unicodedata

SUPERSCRIPTS = str.maketrans("⁰¹²³⁴⁵⁶⁷⁸⁹", "0123456789")
SUPERSCRIPT = re.compile("[⁰¹²³⁴⁵⁶⁷⁸⁹]+")
BRACKETS = str.maketrans(dict.fromkeys("⎡⎢⎣", "[") | dict.fromkeys("⎤⎥⎦", "]"))
SIGNS = str.maketrans(
    dict.fromkeys("×✕✖⨯⨉∗", "x")
    | dict.fromkeys("−–—‐‑‒―", "-")
    | dict.fromkeys("\xad\u200b\u200c\u200d\u2060\ufeff†‡§¶")
    | {"✓": "yes", "✔": "yes", "✗": "-", "✘": "-", "÷": "/", "⁄": "/", "∼": "~"}
)
SUP = re.compile(r"<sup>\s*(.{0,20}?)\s*</sup>", re.I | re.S)
LONG_REFERENCE = re.compile(r"&#(?:\d{9}|x[0-9a-f]{8})\w*;?", re.I)  # beyond all characters
BREAK = re.compile(r"<br\s*/?>|</p>|</li>|</div>", re.I)
TAG = re.compile(
    r"</?(?:b|i|u|em|strong|span|font|sub|small|code|p|div|ul|li|tt|a|center|mark)(?:\s[^<>]*)?>",
    re.I,
)
DOUBLE_MARK = re.compile(r"\*\*|__|`")
STAR = re.compile(r"(?<=\d)\s*\*\s*(?=\d)")
ITALIC = re.compile(r"(?<![\w*])[*_]([^*_\n]+)[*_](?![\w*])")


def clean(text: str) -> str:
    """A cell's text in plain words: one blank between them, a new line where the cell has one."""
    if "<" in text:
        text = BREAK.sub("\n", text)
        text = TAG.sub("", SUP.sub(superscript, text))
    if "&" in text:
        text = html.unescape(LONG_REFERENCE.sub("?", text))
    if not text.isascii():
        text = SUPERSCRIPT.sub(lambda m: "^" + m[0].translate(SUPERSCRIPTS), text)
        text = text.translate(BRACKETS).translate(SIGNS)
        text = unicodedata.normalize("NFKC", text).translate(SIGNS)
    if "*" in text or "_" in text or "`" in text:
        text = ITALIC.sub(r"\1", DOUBLE_MARK.sub("", STAR.sub("x", text)))
        text = text.strip().strip("*")
    text = text.replace("\\_", "_").replace("\\*", "").replace("\\#", "#")
    lines = (" ".join(line.split()) for line in text.split("\n"))
    return "\n".join(line for line in lines if line)


def superscript(match: re.Match[str]) -> str:
    """A power is kept as `^2`; a footnote sign is dropped."""
    return "^" + match[1] if match[1].isdecimal() and match[1].isascii() else ""


def words_of(text: str) -> str:
    """A clean text for reading: small letters, `3x3` without blanks, lines joined by semicolons."""
    text = "; ".join(text.lower().split("\n"))
    text = re.sub(r"(?<=\d) ?x ?(?=\d)", "x", text)
    return " ".join(text.split())
