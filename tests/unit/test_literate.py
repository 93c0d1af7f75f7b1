"""Literate specs: the `arch` blocks of a Markdown page are one spec."""

from __future__ import annotations

from pathlib import Path

import pytest

from archdsl.cli import main
from archdsl.pipeline import compile_text
from archdsl.source import SourceFile
from archdsl.syntax.literate import blank, find_fences, lay_out_page, read_literate

PAGE = """# Notes

```arch
input 3x32x32
default conv (norm=bn, act=relu)
stem: conv3-16
```

1. in a list

   ```arch
   conv3-32/2,   relu
   ```

> ~~~~ arch
> gap,FC-10
> ~~~~

````markdown
```arch
nonsense here
```
````

```arch ignore
nope
```

```arch error=syntax
conv3-8 relu
```

```python
print("arch")
```

Behind words, ```arch is prose.

```arch
expect shape == 10
"""


def page(text: str) -> SourceFile:
    return SourceFile("notes.md", text)


def blocks(text: str) -> list[list[str]]:
    """The lines of each block."""
    return [[text[a:b] for _, a, b in f.lines] for f in find_fences(text)]


def test_blocks_are_one_spec() -> None:
    """Lists, quotations, tildes, longer fences, a last one without an end."""
    design, problems = compile_text(page(PAGE))
    assert problems == []
    assert design is not None
    assert [n.name for n in design.networks] == ["notes"]


def test_only_what_is_covered_changes() -> None:
    """Each offset and each line stays where it is."""
    covered = blank(PAGE, find_fences(PAGE))
    assert len(covered) == len(PAGE)
    assert [len(x) for x in covered.split("\n")] == [len(x) for x in PAGE.split("\n")]
    assert all(a in (" ", b) for a, b in zip(covered, PAGE, strict=True))


def test_a_file_keeps_its_text() -> None:
    file = page(PAGE)
    tree, _ = read_literate(file)
    assert file.text == PAGE
    assert tree.source is file


def test_a_mistake_stands_in_the_page(capsys: pytest.CaptureFixture[str], tmp_path: Path) -> None:
    path = tmp_path / "notes.md"
    path.write_text("# A\n\n> ```arch\n> input 3x8x8\n> conv3-8, relo\n> ```\n", encoding="utf-8")
    assert main(["check", str(path)]) == 1
    err = capsys.readouterr().err
    assert "notes.md:5:12: error[unknown-layer]" in err
    assert "5 | > conv3-8, relo\n" in err


def test_a_fix_touches_the_block_only(tmp_path: Path) -> None:
    path = tmp_path / "notes.md"
    path.write_text("Prose, relo.\n\n```arch\ninput 3x8x8\nrelo\n```\nrelo\n", encoding="utf-8")
    assert main(["check", "--fix", str(path)]) == 0
    assert path.read_text("utf-8") == PAGE_FIXED


PAGE_FIXED = "Prose, relo.\n\n```arch\ninput 3x8x8\nrelu\n```\nrelo\n"


def test_a_page_without_blocks_is_an_error() -> None:
    for text in ("", "# only prose\n", "```\ninput 3x8x8\n```\n", "```arch ignore\nx\n```\n"):
        design, problems = compile_text(page(text))
        assert design is None
        assert [p.id for p in problems] == ["no-arch-block"]


def test_an_empty_block_is_a_spec_without_layers() -> None:
    _, problems = compile_text(page("```arch\n```\n"))
    assert "no-arch-block" not in [p.id for p in problems]


@pytest.mark.parametrize(
    ("text", "wanted"),
    [
        ("```arch\na\n```\nb\n", [["a"]]),
        ("~~~arch\na\n```\nb\n~~~\n", [["a", "```", "b"]]),
        ("````arch\na\n```\n````\n", [["a", "```"]]),
        ("``arch\na\n``\n", []),
        ("```archetype\na\n```\n", []),
        ("``` ARCH\na\n```\n", [["a"]]),
        ("```arch from=x.arch\na\n```\n", []),
        ("```arch title=x\na\n```\n", [["a"]]),
        ("- ```arch\n  a\n  ```\n", [["  a"]]),
        ("> ```arch\n> a\nb\n", [["a"]]),
        ("> > ```arch\n> > a\n> b\n", [["a"]]),
        ("```arch\n> a\n```\n", [["> a"]]),
        ("```arch `x`\na\n```\nb\n", []),
    ],
)
def test_fences(text: str, wanted: list[list[str]]) -> None:
    assert blocks(text) == wanted


def test_layout_is_that_of_each_block() -> None:
    """Prose stays, indents and quotation signs too, and a second time changes nothing."""
    text, problems = lay_out_page(page(PAGE))
    assert problems == []
    assert "   conv3-32/2, relu\n" in text
    assert "> gap, FC-10\n" in text
    assert "nonsense here" in text
    assert lay_out_page(page(text)) == (text, [])
    changed = [a for a, b in zip(PAGE.split("\n"), text.split("\n"), strict=True) if a != b]
    assert changed == ["   conv3-32/2,   relu", "> gap,FC-10"]


def test_a_part_of_a_network_stays(tmp_path: Path) -> None:
    """A block that is no whole by itself is left as it is."""
    parts = "```arch\nnetwork N {\ninput 3x8x8\n```\nprose\n```arch\nconv3-8\n}\n```\n"
    assert lay_out_page(page(parts)) == (parts, [])
    design, problems = compile_text(page(parts))
    assert problems == []
    assert design is not None


def test_commands(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """compile, report, list and fmt take a page like any spec."""
    path = tmp_path / "notes.md"
    path.write_text(PAGE, encoding="utf-8")
    for command in ("report", "list", "check", "lint"):
        assert main([command, str(path)]) == 0, command
    assert main(["compile", str(path), "-o", str(tmp_path / "out")]) == 0
    assert (tmp_path / "out" / "notes.py").exists()
    assert main(["fmt", str(path)]) == 0
    assert "> gap, FC-10\n" in path.read_text("utf-8")
    capsys.readouterr()
