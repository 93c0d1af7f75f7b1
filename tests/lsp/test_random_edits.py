"""Random typing: whatever the text, the server lives, answers, and never with an internal error.

`LSP_EDITS=5000` types longer; the seed is printed with a failure.
"""

from __future__ import annotations

import asyncio
import os
import random
from pathlib import Path
from typing import Any

from lsprotocol import types
from pygls.exceptions import JsonRpcException

from archdsl.diagnostics.model import Diagnostic
from archdsl.pipeline import compile_text
from archdsl.source import SourceFile
from tests.lsp.client import Editor

ROOT = Path(__file__).resolve().parents[2]
SPECS = ["vgg.arch", "googlenet.arch", "unet.arch", "mobilenet.arch", "vit.arch", "resnet.arch"]
PIECES = [
    *'(){}[]|,:@#"-/=.x*~\n \t\r',
    "\r\n",
    "conv3-64",
    "network N {\n",
    "block b(a, @t) {\n",
    "@in.c",
    "@stem.",
    "for i in 0..3 {",
    "let a = a\n",
    "use std/",
    "use std/resnet: basic\n",
    "expect params == 1\n",
    "x3",
    "| a | b |\n",
    "residual[",
    "😀",
    "\u2028",
    "\x0c",
    "é",
    "1e999",
    "9" * 30,
    "share=",
    "soft-max",
    "output aux: ",
    "train { optimizer = sgd(",
]
CONTENT_MODIFIED, REQUEST_FAILED = -32801, -32803


class Mirror:
    """The text as the editor has it: a list of UTF-16 lines, edited as LSP says."""

    def __init__(self, text: str) -> None:
        self.text = text

    def starts(self) -> list[int]:
        found, at = [0], 0
        while at < len(self.text):
            if self.text.startswith("\r\n", at):
                at += 2
                found.append(at)
            elif self.text[at] in "\r\n":
                at += 1
                found.append(at)
            else:
                at += 1
        return found

    def position(self, offset: int) -> types.Position:
        starts = self.starts()
        if self.text[offset - 1 : offset + 1] == "\r\n":
            offset -= 1  # between the two is the line's end
        line = max(i for i, s in enumerate(starts) if s <= offset)
        return types.Position(line, len(self.text[starts[line] : offset].encode("utf-16-le")) // 2)


def change(mirror: Mirror, rng: random.Random) -> tuple[int, int, str]:
    """A random edit that does not tear a CRLF apart: editors never do."""
    size = len(mirror.text)
    start = rng.randint(0, size)
    end = min(size, start + rng.choice([0, 0, 0, 1, 2, 5, 40]))
    for at in (start, end):
        if mirror.text[at - 1 : at + 1] == "\r\n":
            return (0, 0, "")
    new = "".join(rng.choice(PIECES) for _ in range(rng.choice([0, 1, 1, 2])))
    if mirror.text[start - 1 : start] == "\r" or new.endswith("\r"):
        new = ""
    if mirror.text[start - 1 : start] == "\r" and mirror.text[end : end + 1] == "\n":
        return (0, 0, "")
    return start, end, new


def requests(editor: Editor, uri: str, mirror: Mirror, rng: random.Random) -> list[Any]:
    """A few requests at random places."""
    file = editor.file(uri)
    at = mirror.position(rng.randint(0, len(mirror.text)))
    everything = types.Range(types.Position(0, 0), types.Position(10**6, 0))
    both = types.ReferenceContext(include_declaration=True)
    context = types.CodeActionContext([])
    options = types.FormattingOptions(4, True)
    ask = [
        ("hover", types.HoverParams(file, at)),
        ("completion", types.CompletionParams(file, at)),
        ("signature_help", types.SignatureHelpParams(file, at)),
        ("definition", types.DefinitionParams(file, at)),
        ("references", types.ReferenceParams(both, file, at)),
        ("document_highlight", types.DocumentHighlightParams(file, at)),
        ("prepare_rename", types.PrepareRenameParams(file, at)),
        ("rename", types.RenameParams(file, at, rng.choice(["q", "conv3", "in", "x3", "a-b"]))),
        ("inlay_hint", types.InlayHintParams(file, everything)),
        ("semantic_tokens_full", types.SemanticTokensParams(file)),
        ("document_symbol", types.DocumentSymbolParams(file)),
        ("folding_range", types.FoldingRangeParams(file)),
        ("code_lens", types.CodeLensParams(file)),
        ("code_action", types.CodeActionParams(file, everything, context)),
        ("formatting", types.DocumentFormattingParams(file, options)),
    ]
    return [
        getattr(editor, f"text_document_{name}_async")(params)
        for name, params in rng.sample(ask, 3)
    ]


def is_here(d: Diagnostic) -> bool:
    """Whether a mistake is one of the text itself."""
    return d.primary.span.file.name == "<editor>"


async def type_at_random(seed: int, count: int, folder: Path) -> None:
    rng = random.Random(seed)
    async with Editor() as editor:
        await editor.begin(folder)
        for number in range(count):
            if number % 40 == 0:
                uri = f"untitled:{seed}-{number}"
                mirror = Mirror((ROOT / "specs" / rng.choice(SPECS)).read_text("utf-8"))
                if rng.random() < 0.3:
                    mirror.text = mirror.text.replace("\n", "\r\n")
                editor.open(uri, mirror.text)
            start, end, new = change(mirror, rng)
            first, last = mirror.position(start), mirror.position(end)
            mirror.text = mirror.text[:start] + new + mirror.text[end:]
            editor.edit(uri, first, last, new)
            for answer in await asyncio.gather(
                *requests(editor, uri, mirror, rng), return_exceptions=True
            ):
                if isinstance(answer, BaseException):
                    assert isinstance(answer, JsonRpcException), (seed, number, answer)
                    assert answer.code in (CONTENT_MODIFIED, REQUEST_FAILED), (seed, number, answer)
            if number % 40 == 39:
                found = await editor.problems(uri)
                wrong = compile_text(SourceFile("<editor>", mirror.text))[1]
                wrong.sort(key=lambda d: (not is_here(d), d.primary.span.start))
                if wrong:  # it holds the text that we hold: the same mistakes at the same places
                    at = [mirror.position(d.primary.span.start) for d in wrong if is_here(d)]
                    assert [d.code for d in found] == [d.id for d in wrong], (seed, number)
                    assert [d.range.start for d in found][: len(at)] == at, (seed, number)
                editor.replace(uri, "input 3x8x8\nconv3-8 # é\n")
                assert await editor.problems(uri) == []
        assert editor.messages == [], seed


def test_random_edits(tmp_path: Path) -> None:
    count = int(os.environ.get("LSP_EDITS", "120"))
    asyncio.run(asyncio.wait_for(type_at_random(7, count, tmp_path), 60 + count))
