"""The YAML form: every spec there and back, its schema, and what a wrong or wicked file does."""

from __future__ import annotations

import copy
import itertools
import json
import random
import re
from pathlib import Path

import jsonschema
import pytest
import yaml

from archdsl.cli import main
from archdsl.files import read_spec
from archdsl.ir.text import render as ir_text
from archdsl.pipeline import compile_text
from archdsl.source import SourceFile
from archdsl.syntax.format import render
from archdsl.syntax.format.render import same
from archdsl.syntax.forms import read
from archdsl.syntax.parse import parse
from archdsl.syntax.yaml.convert import convert
from archdsl.syntax.yaml.schema import schema, schema_text

ROOT = Path(__file__).resolve().parents[2]
SPECS = [*sorted((ROOT / "specs").glob("*.arch")), *sorted((ROOT / "archdsl/std").glob("*.arch"))]
UNREADABLE = ("bad_utf8", "nul_byte", "utf16")
MISTAKES = [
    path
    for path in sorted((ROOT / "tests/golden/errors").glob("*.arch"))
    if path.stem not in UNREADABLE
]
SCHEMA = jsonschema.Draft202012Validator(schema())
EXAMPLE = """\
# What the file is about.

archdsl: 1
body:
  - use: std/resnet
    names: [basic]

  - let:
      wide: 64  # beside a value
      deep: 2*wide

  ## What the block is.
  - block: part
    params: [out, stride: 1, "@other", "@more[*]"]
    body:
      - label: sum
        residual: {act: relu, shortcut: conv}
        branches:
          - conv3-out/stride, conv3-out
        repeat: 2
      - add:
        branches: [identity, "@other"]

  - network: Net
    params: [classes: 10]
    body:
      - input: 3x32x32
        name: image
      - default: conv + FC
        args: {norm: bn(eps=1e-3), act: relu}
      - stem: conv3-wide, maxpool
      - y[0]: conv3-wide
      - if: classes == 10
        then: [conv3-wide]
        elif:
          - if: classes > 10
            then: [conv5-wide]
        else: [identity]
      - for: w
        in: [64, 128]
        do:
          - conv3-w  # at each width
      - group:
          - conv3-deep
        repeat: 2
        shared: true
      - steps:
          - conv3-wide
          - concat:
            branches:
              - conv1-8
              - - conv1-8
                - inner: conv3-8
          - basic(32)
      - output: aux
        args: [train, weight: 0.3]
        steps: "@stem, gap, FC-classes"
      - gap, FC-classes
      - train: {optimizer: sgd(lr=0.1), batch: 256}
  - network: Net-100
    of: Net
    args: {classes: 100}
  - expect: params ~ 1M
    of: Net-100
  - use: {file: blocks}
"""


def text_of(path: Path) -> str:
    """A spec in the canonical layout."""
    tree, problems = parse(read_spec(str(path)))
    assert problems == []
    return render(tree)


@pytest.mark.parametrize("path", SPECS, ids=lambda p: p.stem)
def test_there_and_back(path: Path) -> None:
    """A spec as YAML and JSON means the same, and as text again it is the same, byte by byte."""
    text = text_of(path)
    tree = parse(SourceFile(str(path), text))[0]
    data, problems = convert(read_spec(str(path)), "yaml")
    assert problems == []
    again = SourceFile(str(path.with_suffix(".yaml")), data)
    assert same(read(again)[0], tree)
    assert convert(again, "arch") == (text, [])
    assert convert(again, "yaml") == (data, [])
    SCHEMA.validate(yaml.safe_load(data))
    js = SourceFile(str(path.with_suffix(".json")), convert(again, "json")[0])
    assert same(read(js)[0], tree)
    SCHEMA.validate(json.loads(js.text))


def test_mistakes_there_and_back() -> None:
    """A text that parses becomes data and a text again, whatever is wrong with its network."""
    seen = 0
    for path in MISTAKES:
        source = read_spec(str(path))
        tree, problems = parse(source)
        if problems:
            continue
        data, problems = convert(source, "yaml")
        assert problems == [], path
        again = SourceFile(str(path.with_suffix(".yaml")), data)
        assert convert(again, "arch") == (render(tree), []), path
        seen += 1
    assert seen > 100


@pytest.mark.parametrize("name", ["vgg", "resnet", "googlenet", "lenet", "inception", "unet"])
def test_same_network(name: str) -> None:
    """The IR of both forms is one."""
    file = read_spec(str(ROOT / "specs" / f"{name}.arch"))
    data = SourceFile(f"{name}.yaml", convert(file, "yaml")[0])
    one, other = compile_text(file)[0], compile_text(data)[0]
    assert one is not None
    assert other is not None
    assert ir_text(one) == ir_text(other)


def test_every_spec_stays_data() -> None:
    """What must be written as a text of the language is rare: lists that go over several lines,
    as the stated accuracies of a family do, and little else."""
    written = "".join(convert(read_spec(str(p)), "yaml")[0] for p in SPECS)
    lists = len(re.findall(r"accuracy: \|\n", written))
    assert 0 < lists <= len(SPECS) // 8
    assert written.count("|\n") - lists <= len(SPECS) // 8


def test_example_of_everything() -> None:
    """Each kind of statement and step, in the layout that the writer gives it."""
    file = SourceFile("all.yaml", EXAMPLE)
    assert convert(file, "yaml") == (EXAMPLE, [])
    text, problems = convert(file, "arch")
    assert problems == []
    assert same(read(file)[0], parse(SourceFile("all.arch", text))[0])
    SCHEMA.validate(yaml.safe_load(EXAMPLE))


LAYERS = """\
input 3x32x32
conv(kernel=3, out=64, stride=2, norm=bn(eps=0.001))
a: relu
conv1x7-32(pad=[0, 3]) x2
split([16, 16])
concat[
    @a
  | maxpool(3, 1) x1
    relu
]
# a comment
# of two lines
let n = 10
FC(n)
## what
## it is
network B {
    input seq 4x8
    ln
}
"""


def test_layers_as_data() -> None:
    """A program needs no shorthand: names and arguments are data as well."""
    data = {
        "archdsl": 1,
        "body": [
            {"input": [3, 32, 32]},
            {"conv": {"kernel": 3, "out": 64, "stride": 2, "norm": {"bn": {"eps": 0.001}}}},
            {"label": "a", "relu": None},
            {"conv1x7-32": {"pad": [0, 3]}, "repeat": 2},
            {"split": [[16, 16]]},
            {"layer": "concat", "branches": ["@a", [{"maxpool": [3, 1], "repeat": 1}, "relu"]]},
            {"comment": "a comment\nof two lines"},
            {"let": {"n": 10}},
            {"FC": ["n"]},
            {"network": "B", "doc": "what\nit is", "body": [{"input": "seq 4x8"}, "ln"]},
        ],
    }
    SCHEMA.validate(data)
    said = convert(SourceFile("x.json", json.dumps(data)), "arch")
    assert said == (LAYERS, [])


# --- the schema and the reader agree ---------------------------------------------------------


def test_shipped_schema() -> None:
    """The file in the package is the one that the code says."""
    shipped = ROOT / "archdsl" / "syntax" / "yaml" / "archdsl.schema.json"
    assert shipped.read_text(encoding="utf-8") == schema_text(), "run `make docs`"
    jsonschema.Draft202012Validator.check_schema(schema())


def places(node: object) -> list[tuple[object, object]]:
    """Every place of a document: a collection, and a key or index of it."""
    found: list[tuple[object, object]] = []
    if isinstance(node, dict):
        for key, value in node.items():
            found += [(node, key), *places(value)]
    elif isinstance(node, list):
        for i, value in enumerate(node):
            found += [(node, i), *places(value)]
    return found


def test_the_reader_refuses_what_the_schema_refuses() -> None:
    """Documents with one value put in another's place."""
    r = random.Random(1)
    seen = 0
    bases = [
        yaml.safe_load(EXAMPLE),
        *(yaml.safe_load(convert(read_spec(str(p)), "yaml")[0]) for p in SPECS[10:16]),
    ]
    values = ["x", 5, [], {}, ["x"], {"zzz": {"a": 1}}, {"a": 1, "b": 2}, {"if": 1}, {"repeat": 2}]
    for _ in range(600):
        data = copy.deepcopy(r.choice(bases))
        holder, key = r.choice(places(data))
        if isinstance(holder, dict) and r.random() < 0.3:
            holder["unknownkey"] = holder.pop(key)
        else:
            holder[key] = copy.deepcopy(r.choice(values))  # type: ignore[index]
        if SCHEMA.is_valid(data):
            continue
        seen += 1
        problems = read(SourceFile("x.json", json.dumps(data)))[1]
        assert problems, json.dumps(data)
    assert seen > 150


# --- the page of the form ---------------------------------------------------------------------

PAGE = (ROOT / "docs" / "yaml.md").read_text(encoding="utf-8")
FENCES = re.findall(r"^```(\w+)\n(.*?)^```$", PAGE, re.M | re.S)


def test_the_page_is_true(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """YAML below text of the language says the same; every document fits the schema."""
    pairs = 0
    for (before, text), (language, data) in itertools.pairwise([("", ""), *FENCES]):
        if language == "yaml" and "archdsl: 1" in data:
            SCHEMA.validate(yaml.safe_load(data))
            assert read(SourceFile("x.yaml", data))[1] == []
            if before == "arch":
                pairs += 1
                assert convert(SourceFile("x.arch", text), "yaml") == (data, [])
                assert convert(SourceFile("x.yaml", data), "arch") == (text, [])
    assert pairs == 1
    monkeypatch.chdir(tmp_path)
    programs = [text for language, text in FENCES if language == "python"]
    assert programs
    for program in programs:
        exec(compile(program, "docs/yaml.md", "exec"), {})


def test_rows_of_the_page() -> None:
    """The two columns of the table of statements are one statement."""
    rows = re.findall(r"^\| `(.+?)` \| `(.+?)` \|$", PAGE, re.M)
    assert len(rows) > 20
    for said, data in rows:
        text = said.replace("\\|", "|")
        body = data.replace("\\|", "|").replace("⏎", "\n    ")
        one = read(SourceFile("x.yaml", f"archdsl: 1\nbody:\n  - {body}\n"))
        assert one[1] == [], data
        assert same(one[0], parse(SourceFile("x.arch", text))[0]), data


# --- files that are wrong or wicked ----------------------------------------------------------

HEAD = "archdsl: 1\nbody:\n"
WICKED = {
    "billion laughs": "a: &a [x, x]\n"
    + "".join(
        f"{chr(98 + i)}: &{chr(98 + i)} [*{chr(97 + i)}, *{chr(97 + i)}]\n" for i in range(20)
    ),
    "merge bomb": HEAD + "  - &a {x: 1}\n" + "  - {<<: [*a, *a, *a]}\n" * 2000,
    "sequences": HEAD + "  - " + "[" * 50_000,
    "mappings": "{a: " * 50_000,
    "block sequences": "- " * 50_000,
    "keys": "? " * 50_000,
    "tags": HEAD + "  - !!python/object/apply:os.system ['touch pwned']\n",
    "long tag": HEAD + "  - !" + "a" * 500_000 + " x\n",
    "local tag": HEAD + "  - !include /etc/passwd\n",
    "binary": HEAD + "  - !!binary aGVsbG8=\n",
    "timestamp": HEAD + "  - !!timestamp 2001-99-99\n",
    "huge anchor": HEAD + "  - &" + "a" * 500_000 + " x\n",
    "digits": HEAD + "  - let: {a: " + "9" * 5_000 + "}\n",
    "binary digits": HEAD + "  - let: {a: 0b_}\n",
    "tabs": "archdsl: 1\nbody:\n\t- relu\n",
    "directive": "%YAML 3.0\n---\narchdsl: 1\n",
    "tag directive": "%TAG ! tag:evil,2000:\n---\n" + HEAD + "  - !x y\n",
    "surrogate": HEAD + '  - "\\ud800"\n',
    "hidden": HEAD + '  - "conv3-8\\u202e"\n',
    "nul": HEAD + '  - "conv3-8\\0"\n',
    "escape": HEAD + '  - "conv3-8\\q"\n',
    "open quote": HEAD + '  - "' + "x" * 500_000,
    "long plain": HEAD + "  - " + "x" * 900_000 + "\n",
    "long key": HEAD + "  - " + "x" * 2_000 + ": 1\n",
    "complex key": HEAD + "  - {[a, b]: c}\n",
    "many items": HEAD + "  - relu\n" * 3_000,
    "many wrong": HEAD + "  - {zzz: 1, yyy: 2}\n" * 3_000,
    "many keys": HEAD + "  - let:\n" + "".join(f"      a{i}: {i}\n" for i in range(5_000)),
    "comments": "#" * 900_000,
    "many comments": HEAD + "  - relu\n" + "  # x\n" * 50_000,
    "document end": "...\n" * 10_000,
    "carriage": "archdsl: 1\rbody: []\r",
    "scalars": "x\n" * 100_000,
    "escapes": HEAD + '  - "' + "\\x20" * 200_000 + '"\n',
    "folded": HEAD + "  - >\n" + "    a\n\n" * 500,
    "nested groups": HEAD + "  - {group: [" * 30 + "relu" + "]}" * 30,
}


@pytest.mark.parametrize("name", sorted(WICKED))
def test_wicked_file(
    name: str, tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    """A located error (or nothing wrong), no traceback, in bounded time."""
    monkeypatch.chdir(tmp_path)
    (tmp_path / "x.yaml").write_text(WICKED[name], encoding="utf-8", newline="")
    code = main(["check", "x.yaml"])
    said = capsys.readouterr().err
    assert code in (0, 1)
    assert code == 0 or "x.yaml:" in said
    assert "Traceback" not in said
    assert not (tmp_path / "pwned").exists()
    for form in ("arch", "json") if len(WICKED[name]) < 300_000 else ():
        assert main(["convert", "x.yaml", "--to", form]) in (0, 1)
    capsys.readouterr()


def test_deep_texts_in_deep_lists() -> None:
    """Brackets of the language inside of as many lists as there may be."""
    inner = "{ " * 60 + "relu" + " }" * 60
    text = "archdsl: 1\nbody: [{input: 4}, " + "{group: [" * 30 + f"'{inner}'" + "]}" * 30 + "]\n"
    design, problems = compile_text(SourceFile("x.yaml", text))
    assert design is not None or problems


# --- the commands ----------------------------------------------------------------------------


def test_convert(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """Files in all forms are read by every command."""
    source = str(ROOT / "specs" / "vgg_e.arch")
    for form in ("yaml", "json"):
        assert main(["convert", source, "--to", form, "-o", str(tmp_path / f"vgg_e.{form}")]) == 0
    for file in (source, str(tmp_path / "vgg_e.yaml"), str(tmp_path / "vgg_e.json")):
        assert main(["check", file]) == 0
        assert main(["report", file, "--format", "csv"]) == 0
        assert main(["convert", file, "--to", "arch"]) == 0
    said = capsys.readouterr().out
    assert said.count(text_of(Path(source))) == 2  # JSON has no empty lines
    assert said.count("conv3-512 x4, maxpool\n") == 6
    assert (
        main(
            [
                "convert",
                str(tmp_path / "vgg_e.yaml"),
                "--to",
                "arch",
                "-o",
                str(tmp_path / "vgg_e.yaml"),
            ]
        )
        == 2
    )
    assert main(["convert", "--schema"]) == 0
    assert json.loads(capsys.readouterr().out) == schema()


def test_convert_refuses(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """Wrong text is told and nothing is written; a command without a form is a wrong command."""
    (tmp_path / "x.yaml").write_text("archdsl: 1\nbody: [conv3-8 relu]\n")
    out = tmp_path / "y.arch"
    assert main(["convert", str(tmp_path / "x.yaml"), "--to", "arch", "-o", str(out)]) == 1
    assert "x.yaml:2:16: error[syntax]" in capsys.readouterr().err
    assert not out.exists()
    assert main(["convert", str(tmp_path / "x.yaml")]) == 2


def test_use_of_data(tmp_path: Path) -> None:
    """`use` reads blocks from YAML, and YAML uses those of the language."""
    (tmp_path / "a.yaml").write_text("archdsl: 1\nbody: [{block: one, body: [conv3-8]}]\n")
    (tmp_path / "b.arch").write_text("block two { conv3-8 }\n")
    text = 'use "a.yaml": one\nuse "b.arch": two\ninput 3x8x8\none, two\nexpect params == 808\n'
    arch = SourceFile(str(tmp_path / "main.arch"), text)
    data = SourceFile(str(tmp_path / "main.yaml"), convert(arch, "yaml")[0])
    for file in (arch, data):
        assert compile_text(file)[1] == []


def test_json_with_tabs() -> None:
    """JSON may be indented with tabs."""
    text = json.dumps({"archdsl": 1, "body": [{"input": "3x8x8"}, "conv3-8"]}, indent="\t")
    assert read(SourceFile("x.json", text))[1] == []


@pytest.mark.parametrize("style", ["plain", "'", '"', "|", ">"])
def test_places_in_every_style(style: str) -> None:
    """A mistake is found at its own characters, however the text is quoted."""
    said = "conv3-8, relu(y=1), bn bn"
    written = {
        "plain": said,
        "'": f"'{said}'",
        '"': '"' + said.replace(" bn bn", "\\x20bn \\\n      \\u0062n") + '"',
        "|": "|\n    " + said,
        ">": ">\n    " + said.replace(" bn bn", "\n    bn\n    bn"),
    }[style]
    problems = read(SourceFile("x.yaml", f"archdsl: 1\nbody:\n  - {written}\n"))[1]
    assert len(problems) == 1
    span = problems[0].primary.span
    assert span.text == ("\\u0062n" if style == '"' else "bn")
    assert span.start == span.file.text.rindex(span.text)


def test_a_key_that_yaml_cannot_take() -> None:
    """A label of more than 1,024 letters is no key of YAML: the text stands there instead."""
    text = f"input 3x8x8\n{'a' * 1500}: relu\n"
    found, problems = convert(SourceFile("long.arch", text), "yaml")
    assert problems == []
    again, problems = convert(SourceFile("long.yaml", found), "arch")
    assert (again, problems) == (text, [])


@pytest.mark.parametrize("text", ["n(depths=[2, 03])", "n(03) x03", "n(-010)"])
def test_numbers_that_begin_with_a_zero(text: str) -> None:
    """YAML quotes them, because they are octal to some of its readers."""
    whole = f"input 3x8x8\n{text}\n"
    found, problems = convert(SourceFile("zero.arch", whole), "yaml")
    assert problems == []
    assert convert(SourceFile("zero.yaml", found), "arch") == (whole, [])


@pytest.mark.parametrize(
    ("item", "text"),
    [
        ('group: ["relu # why"]', "{\n    relu    # why\n}"),
        (
            '{if: a, then: ["relu # why"], else: [relu]}',
            "if a {\n    relu    # why\n} else {\n    relu\n}",
        ),
        ('for: i\n    in: 0..2\n    do: ["relu # why"]', "for i in 0..2 {\n    relu    # why\n}"),
        ("'use \"a#b.arch\"'", 'use "a#b.arch"'),
    ],
)
def test_comments_in_whole_statements(item: str, text: str) -> None:
    """What stands behind a statement in brackets goes on the line below its comment."""
    source = SourceFile("x.yaml", f"archdsl: 1\nbody:\n  - {item}\n")
    assert convert(source, "arch") == (f"{text}\n", [])


def test_comments_in_a_table() -> None:
    """Only a text can hold them; its first line is a row of the table."""
    text = """\
input 3x8x8
| A       | B       |    # of two
|---------|---------|
| conv3-8 | conv3-9 |

# for both
| relu |
gap
"""
    found, problems = convert(SourceFile("x.arch", text), "yaml")
    assert problems == []
    assert "\n  - |\n    | A       | B       |    # of two\n" in found
    assert convert(SourceFile("x.yaml", found), "arch") == (text, [])
    design = compile_text(SourceFile("x.yaml", found))[0]
    assert design is not None
    assert [network.name for network in design.networks] == ["x-A", "x-B"]


@pytest.mark.parametrize(
    "text", ["# a\x0cb\n\ninput 3x8x8\nrelu\n", "input 3x8x8\nrelu    # \uffff\n"]
)
def test_characters_that_yaml_only_escapes(text: str) -> None:
    """Not even its comments have them: such a text is written in quotes."""
    assert convert(SourceFile("x.arch", text), "arch") == (text, [])
    found, problems = convert(SourceFile("x.arch", text), "yaml")
    assert problems == []
    assert convert(SourceFile("x.yaml", found), "arch") == (text, [])
