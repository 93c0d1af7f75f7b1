"""The canonical layout: what it makes of each construct, and of trees that come from no text."""

from __future__ import annotations

import re
import time
from pathlib import Path
from textwrap import dedent

import pytest

from archdsl.source import SourceFile, Span
from archdsl.syntax import ast
from archdsl.syntax.format import render
from archdsl.syntax.format.render import lay_out, same
from archdsl.syntax.parse import parse
from archdsl.syntax.walk import nodes

ROOT = Path(__file__).resolve().parents[2]
SPECS = [
    *sorted((ROOT / "specs").glob("*.arch")),
    *sorted((ROOT / "archdsl" / "std").glob("*.arch")),
    *sorted((ROOT / "tests" / "golden" / "language").glob("*.arch")),
]


def lay(text: str) -> str:
    """A text that is right, laid out; laid out again it stays."""
    laid, problems = lay_out(SourceFile("a.arch", text))
    assert problems == []
    assert lay_out(SourceFile("a.arch", laid)) == (laid, [])
    return laid


@pytest.mark.parametrize(
    ("before", "after"),
    [
        ("conv3 - 64 / 2 ( bias = false ) ×4", "conv3-64/2(bias=false) x4"),
        ("conv3-64 x n shared", "conv3-64 x(n) shared"),
        ("conv3-64 x (4)", "conv3-64 x4"),
        ("conv( k )-64( pad=0, )", "conv(k)-64(pad=0)"),
        ("conv3-( 2*w )/s[ i ]", "conv3-(2*w)/s[i]"),
        ("Soft-Max , FC - 10 ,", "Soft-Max, FC-10"),
        ("y [ i - 1 ] :relu", "y[i-1]: relu"),
        ("input left :seq 196x768", "input left: seq 196x768"),
        ("input 3×8×8", "input 3x8x8"),
        ("input 3x size x 8", "input 3 x size x 8"),
        ("default conv+FC(act=relu)", "default conv + FC (act=relu)"),
        ("use std/se:se,se_to", "use std/se: se, se_to"),
        ('use "a.arch" :b', 'use "a.arch": b'),
        ("block b ( ){ relu }", "block b { relu }"),
        ("block f(@a,@xs[*],out=2) { relu }", "block f(@a, @xs[*], out=2) { relu }"),
        ("network A-1=B( c = 2 )", "network A-1 = B(c=2)"),
        ("expect A-1 :params~60M", "expect A-1: params ~ 60M"),
        ("output(train) a [ i ]: @b , relu", "output(train) a[i]: @b, relu"),
        ("train{a=1,b = 2}", "train { a = 1, b = 2 }"),
        ("if a{b}else if c{d}else{e}", "if a { b } else if c { d } else { e }"),
        ("for i in 0 .. n-1 {relu}", "for i in 0..n-1 { relu }"),
        ("add[a|b,c]", "add[ a | b, c ]"),
        ("{ }", "{}"),
        ("let a = 1_000+2*( b-1 )", "let a = 1_000 + 2*(b-1)"),
        ("let a = (b-4)//6", "let a = (b - 4) // 6"),
        ("let a = b // 6 ** -2", "let a = b//6**-2"),
        ("let a = - ( b + 1 )", "let a = -(b+1)"),
        ("let a = not b and(c or d)==e", "let a = not b and (c or d) == e"),
        ("let a = f( b+1 , c = [ 1,2 ] )[ i+1 ]", "let a = f(b + 1, c=[1, 2])[i+1]"),
        ("let a = 1  if b else(2)", "let a = 1 if b else (2)"),
        ("let a = ( ( 3 ) )", "let a = (3)"),
        ("conv3(stride=2  then 1) x2", "conv3(stride=2 then 1) x2"),
        ("@a . b [ * ] , @in", "@a.b[*], @in"),
        ("| a | b |", "| a | b |\n|---|---|"),
        ("| a | bc\n|:-|--:\n| conv3-64 | | # c", 3),
        ("relu\n\n\n\nrelu\n\n", "relu\n\nrelu"),
        ("{\n\n relu\n\n}", "{\n    relu\n}"),
        ("\ufeffrelu\r\nrelu   \r\n", "relu\nrelu"),
        ("", ""),
        ("# only this\n\n\n", "# only this"),
    ],
)
def test_layout(before: str, after: str | int) -> None:
    if isinstance(after, int):
        after = "| a        | bc |\n|:---------|---:|\n| conv3-64 |    |    # c"
    assert lay(before) == after + ("\n" if after else "")


def test_comments_keep_their_places() -> None:
    """Beside a line, on lines of their own, in brackets, before `else`, in empty bodies."""
    before = """
        relu # a
        conv3-8  # aligned
        # own


        # own too
        network A { # opens
          # first

          relu,# step
          relu
          # last
        }
        network B {
        # alone
        }
        add[ relu # one
            # between
            | conv3-8 # two
        ]
        conv3-8(pad=0, # p
            bias=false
            # end
        )
        if a { relu # yes
        } # beside
        # above
        else { relu }
        let v = # odd
            3
        | a | b | # head
        # row
        | relu | relu | # tail
        # end"""
    after = """\
        relu       # a
        conv3-8    # aligned
        # own

        # own too
        network A {    # opens
            # first

            relu,    # step
                relu
            # last
        }
        network B {
            # alone
        }
        add[ relu    # one
           # between
           | conv3-8    # two
           ]
        conv3-8(
            pad=0,    # p
            bias=false
            # end
        )
        if a {
            relu    # yes
        }    # beside
        # above
        else {
            relu
        }
        let v =    # odd
            3
        | a    | b    |    # head
        |------|------|
        # row
        | relu | relu |    # tail
        # end
        """
    assert lay(dedent(before)) == dedent(after).rstrip(" ")


def test_long_lines() -> None:
    """Chains break behind commas; branches, arguments and lists as they do."""
    long = "conv3-(divisible(64*width, 8))"
    call = long[6:]
    numbers = [str(n * 111) for n in range(1, 30)]
    before = "\n".join(
        [
            f"a: {', '.join([long] * 4)}",
            f"add[ {long}, {long} | {long}, relu | maxpool ], relu",
            f"residual(act=relu)[ {long}, {long}, {long} ]",
            f"block_with_name({call}, {call}, {call}, {call}) x2",
            f"let widths = [{', '.join(numbers)}]",
        ]
    )
    after = [
        f"a: {long}, {long}, {long},",
        f"    {long}",
        f"add[ {long}, {long}",
        f"   | {long}, relu",
        "   | maxpool ], relu",
        "residual(act=relu)[",
        f"    {long}, {long}, {long}",
        "]",
        f"block_with_name({call}, {call}, {call},",
        f"                {call}) x2",
        "let widths = [",
        f"    {', '.join(numbers[:17])},",
        f"    {', '.join(numbers[17:])}",
        "]",
    ]
    assert lay(before).split("\n") == [*after, ""]


def test_lines_of_the_author_stay() -> None:
    """Steps, branches, rows of a list and bodies that were broken by hand but would fit."""
    text = """\
        residual[
            conv3-8
            relu
        ]
        concat[ conv1-8
              | conv3-8 ]
        concat[
            conv1-8
          | conv3-8, relu
            relu
        ]
        conv3-8,
            relu, relu,
            conv3-8
        let table = [
            [1, 2],
            [3, 4]
        ]
        if a {
            relu
        }
        """
    assert lay(dedent(text)) == dedent(text).rstrip(" ")


def test_a_comment_that_documents_stays_one_and_no_other_becomes_one() -> None:
    for text in ("## a\nblock b { relu }\n", "## a\n\nblock b { relu }\n"):
        assert lay(text) == text
    text = "network A {    ## a\n\n    block b { relu }\n}\n"
    assert lay(text) == text


def test_tables_that_stand_together_stay_apart() -> None:
    text = "| a |\n|---|\n| relu |\n\n| b |\n|---|\n| relu |\n"
    assert lay(text) == "| a    |\n|------|\n| relu |\n\n| b    |\n|------|\n| relu |\n"


def test_cells_keep_branches_and_comments() -> None:
    text = "| a | b |\n|-|-|\n| add[ relu\\|conv3-8 ] | {relu}x2| # x | y\n"
    rows = lay(text).split("\n")
    assert rows[2] == "| add[ relu \\| conv3-8 ] | { relu } x2 |    # x | y"


@pytest.mark.parametrize("path", SPECS, ids=lambda p: p.stem)
def test_a_tree_without_a_text(path: Path) -> None:
    """As other forms make them: no spans, no brackets that were written, no comments."""
    tree = parse(SourceFile("a.arch", path.read_text(encoding="utf-8")))[0]
    nowhere = SourceFile("b.yaml", "")
    for node in nodes(tree):
        node.span = Span(nowhere, 0, 0)
        if isinstance(node, ast.Layer):
            node.head = node.span
        if isinstance(node, ast.Binary):
            node.closed = False
    tree.source, tree.comments, tree.written = nowhere, [], False
    again, problems = parse(SourceFile("a.arch", render(tree)))
    assert problems == []
    documented = [(type(n), n.doc) for n in nodes(again) if hasattr(n, "doc")]
    assert documented == [(type(n), n.doc) for n in nodes(tree) if hasattr(n, "doc")]
    for node in nodes(again):
        if isinstance(node, ast.Binary):
            node.closed = False
    assert same(tree, again)


def test_a_broken_statement_has_no_text() -> None:
    text = "relu )\n"
    assert lay_out(SourceFile("a.arch", text))[0] == text
    assert [d.id for d in lay_out(SourceFile("a.arch", text))[1]] == ["unmatched-bracket"]
    with pytest.raises(TypeError):
        render(parse(SourceFile("a.arch", text))[0])


@pytest.mark.parametrize(
    "text",
    [
        "add[ " * 63 + "relu" + " ]" * 63,
        "add[\n" * 63 + "relu" + " ]" * 63,
        "{ " * 63 + "relu" + " }" * 63,
        "let a = " + "[" * 63 + "1" + ", 1]" * 63,
        "let a = " + "f(" * 63 + "1" + ", 1)" * 63,
        "let a = " + "- " * 90 + "1",
    ],
)
def test_deep(text: str) -> None:
    """As deep as the parser takes it."""
    lay(text)


@pytest.mark.parametrize(
    "piece",
    ["relu,", "relu # c\n", "| a |\n", "{ relu\n}\n", "# c\n", "add[ relu | relu ]\n"],
)
def test_time_is_linear(piece: str) -> None:
    """Four times the text takes about four times as long, at best: others collect garbage here."""
    times = []
    for count in (500, 2_000):
        tree = parse(SourceFile("a.arch", piece * count + "\nrelu"))[0]
        spent = []
        for _ in range(5):
            begin = time.process_time()
            render(tree)
            spent.append(time.process_time() - begin)
        times.append(min(spent))
    assert times[1] < 10 * times[0] + 0.1


def test_the_page_shows_it() -> None:
    """docs/fmt.md: a text before and after."""
    page = (ROOT / "docs" / "fmt.md").read_text(encoding="utf-8")
    before, after = re.findall(r"```arch\n(.*?)```", page, re.S)
    assert lay(before) == after
