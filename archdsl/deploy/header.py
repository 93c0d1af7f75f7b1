"""A bundle as the metadata of a safetensors file: written, and read from files of strangers."""

from __future__ import annotations

import json

from archdsl.deploy.bundle import (
    LARGEST_INPUT,
    MOST_FILES,
    MOST_SETTINGS,
    Bundle,
    is_plain,
)
from archdsl.deploy.errors import BrokenBundle
from archdsl.files import MAX_BYTES, EncodingProblem, decode

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Mapping
    from typing import Any

KEY = "archdsl"
FORMAT = 1


def write(bundle: Bundle, version: str, logits: bool) -> str:
    """A bundle as one text, with the version of archdsl that writes it.

    `logits`: the network is meant without its final softmax.
    """
    held = {
        "format": FORMAT,
        "version": version,
        "network": bundle.network,
        "spec": bundle.main,
        "files": bundle.files,
        "settings": bundle.settings,
        "input": bundle.input,
        "logits": logits,
    }
    return json.dumps(held, ensure_ascii=False)


def read(metadata: Mapping[str, str]) -> tuple[Bundle, bool]:
    """The bundle of a file's metadata, and whether softmax is left out. Raises BrokenBundle."""
    text = metadata.get(KEY)
    if text is None:
        raise BrokenBundle(
            "this file brings no spec along",
            help="`archdsl weights port` puts such weights into a network of yours",
        )
    try:
        held = json.loads(text)
    except (ValueError, RecursionError):
        raise BrokenBundle("what this file says of its spec is no JSON") from None
    if not isinstance(held, dict) or held.get("format") != FORMAT:
        raise BrokenBundle(
            f"what this file says of its spec is not of format {FORMAT}",
            help="a newer archdsl may read it",
        )
    logits = held.get("logits", False)
    if not isinstance(logits, bool) or not isinstance(held.get("network"), str):
        raise broken("network")
    files = _files(held)
    return Bundle(files, held["network"], _settings(held), _input(held)), logits


def broken(part: str) -> BrokenBundle:
    """The error of a part that is not what it must be."""
    return BrokenBundle(f"what this file says of its spec is broken: {part}")


def _files(held: dict[str, Any]) -> dict[str, str]:
    files, main = held.get("files"), held.get("spec")
    if not isinstance(files, dict) or not isinstance(main, str) or len(files) > MOST_FILES:
        raise broken("files")
    if main not in files:
        raise broken("files")
    for name, text in files.items():
        if not is_plain(name):
            raise broken("the name of a file")
        if not isinstance(text, str) or len(text) > MAX_BYTES:
            raise broken("the text of a file")
        try:
            decode(text.encode())
        except (EncodingProblem, UnicodeEncodeError):
            raise broken("the text of a file") from None
    return {main: files[main], **files}


def _settings(held: dict[str, Any]) -> dict[str, str]:
    settings = held.get("settings", {})
    if not isinstance(settings, dict) or len(settings) > MOST_SETTINGS:
        raise broken("settings")
    for name, value in settings.items():
        if not name.isidentifier() or not isinstance(value, str):
            raise broken("settings")
    return settings


def _input(held: dict[str, Any]) -> tuple[int, ...] | None:
    sizes = held.get("input")
    if sizes is None:
        return None
    if not isinstance(sizes, list) or not 0 < len(sizes) < 8:
        raise broken("input")
    if not all(type(n) is int and 1 <= n <= LARGEST_INPUT for n in sizes):
        raise broken("input")
    return tuple(sizes)
