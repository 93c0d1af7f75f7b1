"""`python -m tests.fuzz.atheris_yaml`: coverage-guided YAML, raw and built of keys and values."""

from __future__ import annotations

import sys

from archdsl.files import EncodingProblem, decode
from archdsl.source import SourceFile
from archdsl.syntax.yaml.convert import convert
from tests.fuzz.atheris_parse import check_text
from tests.fuzz.drive import drive
from tests.fuzz.words import build_yaml


def try_yaml(data: bytes) -> None:
    """The first byte decides: the bytes as they are, or a document built of the form's keys."""
    if not data:
        return
    try:
        text = decode(data[1:]) if data[0] & 1 else build_yaml(data[1:])
    except EncodingProblem:
        return
    check_text("m.yaml", text)
    spec, problems = convert(SourceFile("m.yaml", text), "arch")
    if not problems:  # what can be read is the same in the language, and comes back
        data_again, wrong = convert(SourceFile("m.arch", spec), "yaml")
        assert not wrong
        assert convert(SourceFile("m.yaml", data_again), "arch") == (spec, [])


if __name__ == "__main__":
    sys.exit(drive(sys.argv, ".yaml", try_yaml))
