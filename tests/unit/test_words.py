"""Words that attributes take, words of the language, and what the messages say of both."""

from __future__ import annotations

import pytest

from archdsl.pipeline import compile_text
from archdsl.source import SourceFile


def said(text: str) -> list[tuple[str, str, str]]:
    """Id, message and help of every error."""
    problems = compile_text(SourceFile("t.arch", text))[1]
    return [(p.id, p.message, p.help) for p in problems]


@pytest.mark.parametrize(
    "text",
    [
        "input 8x4x4\nlet h = 3\nsoftmax(axis=h)",
        "block b(w) { softmax(axis=w), conv3-w }\ninput 8x4x4\nb(16)",
        "input 8x4x4\nsoftmax(axis=c)",
        "block b(axis) { softmax(axis=axis) }\ninput 8x4x4\nb(h)",
        "input 8x4x4\nprelu(single=true)\nexpect params == 1",
        "input 8x4x4\nconv3-8(act=prelu(single=true)), gap\nexpect count(prelu) == 1",
    ],
)
def test_a_word_of_an_attribute_is_that_word(text: str) -> None:
    assert said(text) == []


def test_a_let_that_holds_a_word_of_the_attribute_counts() -> None:
    text = "input seq 4x8\nlet l = features\nglu(axis=l)\nexpect shape == 4x4"
    assert said(text) == []


@pytest.mark.parametrize(
    ("text", "id", "help"),
    [
        ("posembed(sinus)", "unknown-name", "did you mean `sincos`?"),
        ("pad(1, mode=wrap)", "unknown-name", "`mode` takes one of zero, reflect, replicate"),
        ("conv3-8(act=rellu)", "unknown-name", "did you mean `relu`?"),
        ("x: conv3-8", "reserved-word", "choose another name"),
        ("x[0]: conv3-8", "reserved-word", "choose another name"),
        ("softmax(axis=x)", "reserved-word", "choose another name"),
        ("if 1 = 1 { relu }", "syntax", "write `==` for equal"),
        ("let same = 1 = 1", "syntax", "write `==` for equal"),
        ("y = conv3-8", "syntax", "a label is written `name: conv3-64`"),
        ("y[0]: relu\nadd[ @y[1] | identity ]", "unknown-tensor", "there is only `@y[0]`"),
        (
            "y[0]: relu\nadd[ @y ]",
            "unknown-tensor",
            "write `@name[0]` for one of them, `@name[*]` as a branch for all of them",
        ),
        (
            "for i in 0..2 { for j in 0..2 { y[j]: relu } }",
            "repeated-name",
            "each number is given once: in a `for` inside a `for` count through,"
            " as in `y[4*i+j]: …`",
        ),
    ],
)
def test_help_of_a_wrong_word(text: str, id: str, help: str) -> None:
    ((found, _, written),) = said(f"input 8x4x4\n{text}")
    assert (found, written) == (id, help)


def test_a_join_of_two_layouts_names_them() -> None:
    (problem,) = compile_text(SourceFile("t.arch", "input 8x4x4\nconcat[ flatten | identity ]"))[1]
    assert problem.notes[-1] == "image and vector are different layouts"
    assert "flatten" in problem.help


def test_a_wrong_heading_is_one_error_at_the_heading() -> None:
    text = (
        "block b(out, strides=1) { conv3-out/strides }\ninput 3x8x8\n\n"
        "| b | out | stride |\n|---|---|---|\n| s1 | 4 | 2 |\n| s2 | 8 | 2 |\n"
        "\nadd[ @s2 | conv1-8 ]\n"
    )
    (problem,) = compile_text(SourceFile("t.arch", text))[1]
    assert problem.id == "unknown-argument"
    assert (problem.primary.span.line, problem.primary.span.text) == (4, "stride")


@pytest.mark.parametrize(
    ("text", "message", "help"),
    [
        (
            "input image\nconv3-8",
            "an input is given by sizes, not by a word",
            "write `input 3x224x224`",
        ),
        (
            "input seq\nFC-8",
            "an input is given by sizes, not by a word",
            "write `input seq 196x768`",
        ),
        (
            "input 3x8x8\nlet s = h\nupsample(size=s)",
            "`size` of `upsample` takes a positive integer or one per axis such as 1x7, not `h`",
            "no value here is called `h`: a tensor's size is `@t.h`, in a block also `@in.h`",
        ),
        (
            "input 3x8x8\na: conv3-8\nb: conv3-8\noutput y: @a",
            "nothing uses this tensor",
            "a body that ends in an `output` has no main one: write `output b: …` here too, or the"
            " outputs behind it above this line",
        ),
    ],
)
def test_what_to_write_for_sizes_and_outputs(text: str, message: str, help: str) -> None:
    assert [(m, h) for _, m, h in said(text)] == [(message, help)]


def test_what_the_help_for_sizes_says_can_be_written() -> None:
    body = "{ mul[ identity | gap, upsample(size=@in.h) ] }"
    assert said(f"block b {body}\ninput 3x8x8\nb\nt: conv3-8/2\nupsample(size=2*@t.w)") == []


WORD = [("reserved-word", "`x` is a word of the language", "choose another name")]


@pytest.mark.parametrize(
    "text",
    [
        "input 3x8x8\nlet x = 3\nconv3-x, conv3-x",
        "input 3x8x8\noutput x: conv3-8\nconv3-8",
        "input 3x8x8\noutput x[0]: conv3-8\nconv3-8",
        "network x { input 3\nFC-3 }",
        "network x = B(3)\nnetwork B(n) { input 3\nFC-n }",
        "block b(x) {\n    conv3-x\n}\ninput 3x8x8\nb(3)",
    ],
)
def test_a_word_of_the_language_for_a_name_is_told_once(text: str) -> None:
    assert said(text) == WORD


@pytest.mark.parametrize("use", ["use std/se: se as y", "use std/se as y", 'use "a.arch" as y'])
def test_no_other_name_for_what_is_used(use: str) -> None:
    help = "what a file defines keeps the name that it has there"
    assert said(f"{use}\ninput 16x8x8\nse(4)") == [("syntax", "`as` gives no other name", help)]


@pytest.mark.parametrize(
    ("layer", "help"),
    [
        ("relu-6", "write `relu6`"),
        ("leakyrelu-0.2", "write `leakyrelu(0.2)`"),
        ("elu-1", "write `elu(1)`"),
        ("upsample-2", "write `upsample(2)`"),
        ("gap-7", "write `gap`"),
        ("tanh/2", "write `tanh`"),
        ("leakyrelu/2", "`archdsl kinds leakyrelu` tells how it is written"),
        ("softmax-1", "`archdsl kinds softmax` tells how it is written"),
        ("prelu-0.25", "`archdsl kinds prelu` tells how it is written"),
    ],
)
def test_a_number_where_a_kind_takes_none(layer: str, help: str) -> None:
    sign = "-" if "-" in layer else "/"
    kind = layer.partition(sign)[0]
    message = f"`{kind}` gives `{sign}` no meaning"
    assert said(f"input 3x8x8\n{layer}") == [("no-shorthand", message, help)]
    written = help.removeprefix("write ").strip("`")
    assert help.startswith("`archdsl") or said(f"input 3x8x8\n{written}") == []


@pytest.mark.parametrize(
    ("claims", "message", "help", "fixed"),
    [
        (
            "expect params == 224, macs < 9",
            "a `,` follows a claim",
            "each claim stands on a line of its own, behind an `expect`",
            "expect params == 224\nexpect macs < 9",
        ),
        (
            "expect params ~ 224, macs < 9",
            "a `,` follows a claim",
            "each claim stands on a line of its own, behind an `expect`",
            "expect params ~ 224\nexpect macs < 9",
        ),
        ("expect macs ~ 1,5", "`,` is no decimal point", "write `1.5`", "expect macs ~ 1.5"),
    ],
)
def test_commas_in_claims(claims: str, message: str, help: str, fixed: str) -> None:
    file = SourceFile("t.arch", f"input 3x8x8\nconv3-8\n{claims}")
    (problem,) = compile_text(file)[1]
    assert (problem.id, problem.message, problem.help) == ("syntax", message, help)
    assert problem.fix is not None
    (edit,) = problem.fix.edits
    text = file.text[: edit.span.start] + edit.text + file.text[edit.span.end :]
    assert text == f"input 3x8x8\nconv3-8\n{fixed}"


@pytest.mark.parametrize(
    ("table", "id", "message", "help"),
    [
        (
            "| conv | out |\n|---|---|\n| conv3 | 64 |",
            "bad-table",
            "the first cell is a label of its row",
            "the heading says that it is a `conv`, and sizes have columns of their own",
        ),
        (
            "| conv | kernel | oputput |\n|---|---|---|\n| | 3 | 64x8x8 |",
            "unknown-argument",
            "`conv` has no attribute `oputput`",
            "did you mean `output`?",
        ),
        (
            "| layer | out |\n|---|---|\n| conv3 | 64 |",
            "bad-table",
            "a cell of a variant is a line of layers",
            "a table whose first column names layers has `operator` above it",
        ),
        (
            "| port | out |\n|---|---|\n| a | 64 |",
            "bad-table",
            "a cell of a variant is a line of layers",
            "did you mean `part`?",
        ),
        (
            "| A | B |\n|---|---|\n| conv3-8 | 64 |",
            "bad-table",
            "a cell of a variant is a line of layers",
            "the first heading of a table of parameters names a block or a kind",
        ),
    ],
)
def test_tables_that_are_taken_for_others(table: str, id: str, message: str, help: str) -> None:
    network = f"block part(out) {{ conv3-out }}\nnetwork A {{ input 3x8x8\n{table}\n}}"
    assert said(network) == [(id, message, help)]


@pytest.mark.parametrize(
    ("line", "fact"),
    [
        ("lr = 0.1", "optimizer = sgd(lr=…)"),
        ("epochs 90", "epochs = …"),
        ("batch_size = 32", "batch = …"),
        ("loss cross_entropy", "loss = …"),
        ("optimizer sgd(lr=0.1)", "optimizer = …"),
    ],
)
def test_facts_of_training_among_the_layers(line: str, fact: str) -> None:
    help = f"facts of training stand in a `train`: `train {{ {fact} }}`"
    expected = [("syntax", "this is said of the training", help)]
    assert said(f"input 3x8x8\nconv3-8\n{line}") == expected


def test_words_of_training_may_be_labels() -> None:
    assert said("input 3x8x8\nloss: conv3-8\nepochs: relu\nadd[ identity | @loss ]") == []


@pytest.mark.parametrize("line", ["default (act=relu)", "default act=relu"])
def test_a_default_names_its_kinds(line: str) -> None:
    help = "name the kinds that it is for: `default conv + FC (act=relu)`"
    assert said(f"{line}\ninput 3x8x8\nconv3-8") == [("syntax", "a `default` of no kind", help)]
