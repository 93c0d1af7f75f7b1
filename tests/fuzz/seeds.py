"""The texts that mutations start from: every spec in each of its forms, what the tests hold."""

from __future__ import annotations

from functools import cache
from pathlib import Path

from archdsl.source import SourceFile

ROOT = Path(__file__).resolve().parents[2]
TABLES = ("tests/data/tables",)
SPECS = ("specs", "tests/golden/language", "tests/golden/errors", "archdsl/std")


class Seed:
    """A text, the form that it is in, and the file it comes from."""

    __slots__ = ("form", "name", "text", "wrong")

    def __init__(self, name: str, form: str, text: bytes, wrong: bool = False) -> None:
        self.name = name
        self.form = form  # the suffix that its mutants are read by; "table" for what is imported
        self.wrong = wrong
        self.text = text
        self.wrong = wrong  # whether it is refused as it stands


@cache
def seeds() -> dict[str, list[Seed]]:
    """The seeds of each form: `.arch`, `.yaml`, `.md` and `table`, always in the same order."""
    found: dict[str, list[Seed]] = {".arch": [], ".yaml": [], ".md": [], "table": []}
    for folder in SPECS:
        for path in sorted((ROOT / folder).glob("*.arch")):
            text = path.read_bytes()
            wrong = folder.endswith("errors")
            found[".arch"].append(Seed(path.name, ".arch", text, wrong))
            found[".md"].append(Seed(path.name, ".md", as_page(text), wrong))
            data = as_yaml(path.name, text)
            if data is not None:
                found[".yaml"].append(Seed(path.name, ".yaml", data, wrong))
    for path in sorted((ROOT / "tests/golden/yaml").glob("*.yaml")):
        found[".yaml"].append(Seed(path.name, ".yaml", path.read_bytes()))
    for folder in TABLES:
        for path in sorted(p for p in (ROOT / folder).iterdir() if p.is_file()):
            found["table"].append(Seed(path.name, "table", path.read_bytes()))
    return found


def as_page(text: bytes) -> bytes:
    """A literate page of a spec: two blocks of code with prose around them."""
    lines = text.splitlines(keepends=True)
    half = len(lines) // 2
    first, second = b"".join(lines[:half]), b"".join(lines[half:])
    return (
        b"# A page\n\n```arch\n"
        + first
        + b"```\n\n1. It goes on:\n\n   ~~~ arch\n".join(
            b"   " + line for line in second.splitlines(keepends=True)
        )
        + b"\n   ~~~\n\nEnd.\n"
    )


def as_yaml(name: str, text: bytes) -> bytes | None:
    """The YAML form of a spec; None for a text that is wrong, which has none."""
    from archdsl.syntax.yaml.convert import convert

    try:
        said, problems = convert(SourceFile(name, text.decode()), "yaml")
    except UnicodeDecodeError:
        return None
    return None if problems else said.encode()
