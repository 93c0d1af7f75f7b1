"""The documentation is run: every `arch` example, every transcript, and the generated pages.

A fence says what it promises:

- ```` ```arch ```` is a whole spec, and `check` finds nothing wrong with it;
- ```` ```arch error=ID ```` has that mistake and no other;
- ```` ```arch file=blocks.arch ```` is right too, and later examples of the page can `use` it;
- ```` ```arch from=specs/vgg.arch ```` is quoted: its lines stand in that file, in this order;
- ```` ```console ```` holds commands, each with what it prints; a line `…` stands for lines that
  are left out.
"""

from __future__ import annotations

import re
import shlex
from pathlib import Path

import pytest

from archdsl.cli import main
from archdsl.files import read_spec
from archdsl.pipeline import compile_text
from tools.generate_docs import MAKERS

ROOT = Path(__file__).resolve().parents[2]
PAGES = [*sorted((ROOT / "docs").rglob("*.md")), ROOT / "README.md", ROOT / "specs" / "README.md"]
FENCE = re.compile(r"^```(\w+)([^\n]*)\n(.*?)^```$", re.M | re.S)


class Example:
    """A fenced block: what it is, its options, its text, and where it stands."""

    def __init__(self, page: Path, match: re.Match[str]) -> None:
        self.page = page
        self.language = match[1]
        self.options = dict(w.split("=", 1) for w in match[2].split())
        self.text = match[3]
        self.line = page.read_text(encoding="utf-8").count("\n", 0, match.start()) + 1

    def __repr__(self) -> str:
        return f"{self.page.relative_to(ROOT)}:{self.line}"


EXAMPLES = [
    Example(p, m) for p in PAGES if p.exists() for m in FENCE.finditer(p.read_text("utf-8"))
]
SPECS = [e for e in EXAMPLES if e.language == "arch" and "from" not in e.options]
QUOTES = [e for e in EXAMPLES if "from" in e.options]
# Those with a `session` are run by a shell, in test_transcripts.py.
SESSIONS = [e for e in EXAMPLES if e.language == "console" and "session" not in e.options]


@pytest.mark.parametrize("example", SPECS, ids=repr)
def test_example(example: Example, tmp_path: Path) -> None:
    for other in SPECS:
        if other.page == example.page and "file" in other.options:
            (tmp_path / other.options["file"]).write_text(other.text, encoding="utf-8")
    path = tmp_path / example.options.get("file", "example.arch")
    path.write_text(example.text, encoding="utf-8")
    problems = compile_text(read_spec(str(path)))[1]
    wanted = [example.options["error"]] if "error" in example.options else []
    assert [p.id for p in problems] == wanted, [
        (p.primary.span.line, p.message, p.help) for p in problems
    ]


@pytest.mark.parametrize("example", QUOTES, ids=repr)
def test_quote(example: Example) -> None:
    text = (ROOT / example.options["from"]).read_text(encoding="utf-8")
    lines = iter(bare(line) for line in text.splitlines())
    for line in map(bare, example.text.splitlines()):
        if line and line != "…":
            assert line in lines, line  # looks on from the last one found


def bare(line: str) -> str:
    """A line without its comment, and without the blanks around it."""
    return re.sub(r"(^|\s)#.*", "", line).strip()


@pytest.mark.parametrize("example", SESSIONS, ids=repr)
def test_session(
    example: Example, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(ROOT)
    monkeypatch.setenv("NO_COLOR", "1")
    monkeypatch.setenv("COLUMNS", "100")
    for part in re.split(r"^\$ ", example.text, flags=re.M)[1:]:
        command, _, wanted = part.partition("\n")
        words = shlex.split(command)
        assert words[0] == "archdsl", command
        main(words[1:])
        shown = capsys.readouterr()
        assert fits(wanted, shown.err + shown.out), shown.err + shown.out


def fits(wanted: str, shown: str) -> bool:
    """Whether the output is as written, apart from the width of columns and what `…` stands for."""
    rows = [re.escape(" ".join(line.split())) for line in wanted.rstrip().splitlines()]
    pattern = "".join("(?:.*\n)*?" if r == "…" else r + "\n" for r in rows)
    return bool(
        re.fullmatch(pattern, "".join(f"{' '.join(r.split())}\n" for r in shown.splitlines()))
    )


def test_there_are_examples() -> None:
    assert len(SPECS) > 80
    assert len(QUOTES) > 10
    assert len(SESSIONS) >= 4


@pytest.mark.parametrize("path", sorted(MAKERS))
def test_generated_page(path: str) -> None:
    assert (ROOT / path).read_text(encoding="utf-8") == MAKERS[path](), "run `make docs`"


@pytest.mark.parametrize("page", PAGES, ids=lambda p: str(p.relative_to(ROOT)))
def test_links(page: Path) -> None:
    text = page.read_text(encoding="utf-8")
    for target in re.findall(r"\]\((?!https?:|#)([^)#\s]+)", FENCE.sub("", text)):
        assert (page.parent / target).exists(), target


def test_no_page_knows_this_machine() -> None:
    for page in PAGES:
        assert "/work/" not in page.read_text(encoding="utf-8"), page
