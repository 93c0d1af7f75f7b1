"""Notebooks: the magics through IPython itself, what networks show, and a notebook that is run."""

from __future__ import annotations

import re
from collections.abc import Iterator
from html.parser import HTMLParser
from pathlib import Path

import pytest
from IPython.core.error import UsageError
from IPython.core.interactiveshell import InteractiveShell

import archdsl
from archdsl.notebook.html import from_terminal

ROOT = Path(__file__).parents[2]
SPEC = "input 3x32x32\nconv3-8, relu, gap, FC-10\n"
TWO = "network A { input 3x8x8\nconv3-8 }\nnetwork B { input 3x8x8\nconv3-16 }\n"


@pytest.fixture
def shell() -> Iterator[InteractiveShell]:
    InteractiveShell.clear_instance()
    made = InteractiveShell.instance()
    made.run_line_magic("load_ext", "archdsl")
    yield made
    InteractiveShell.clear_instance()


class Page(HTMLParser):
    """Tags of a page, each closed; and the text."""

    def __init__(self, html: str) -> None:
        super().__init__()
        self.open: list[str] = []
        self.tags: list[str] = []
        self.text = ""
        self.feed(html)
        self.close()
        assert self.open == []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append(tag)
        assert not [name for name, _ in attrs if name.startswith("on")]
        if tag not in ("img", "br"):
            self.open.append(tag)

    def handle_endtag(self, tag: str) -> None:
        assert self.open.pop() == tag

    def handle_data(self, data: str) -> None:
        self.text += data


def test_a_cell_gives_its_network(shell: InteractiveShell) -> None:
    net = shell.run_cell_magic("arch", "", SPEC)
    assert isinstance(net, archdsl.Net)
    assert net.name == "cell"
    assert net.params == 224 + 90


def test_a_cell_assigns_it(shell: InteractiveShell) -> None:
    shell.run_cell_magic("arch", "small", SPEC)
    net = shell.user_ns["small"]
    assert (net.name, net.output_shape) == ("small", (10,))
    result = shell.run_cell("%%arch tiny\n" + SPEC)
    assert result.success
    assert result.result is shell.user_ns["tiny"]


def test_several_networks(shell: InteractiveShell) -> None:
    nets = shell.run_cell_magic("arch", "both", TWO)
    assert nets is shell.user_ns["both"]
    assert nets.names == ["A", "B"]
    assert (len(nets), nets["B"].params, nets[0].name) == (2, 448, "A")
    with pytest.raises(KeyError, match="none of A, B"):
        nets["C"]
    assert shell.run_cell_magic("arch", "--network B", TWO).name == "B"


def test_settings(shell: InteractiveShell) -> None:
    text = "network N(w=8) { input 3x8x8\nconv3-w }\n"
    assert shell.run_cell_magic("arch", "--set w=16", text).output_shape == (16, 8, 8)


def test_a_file(shell: InteractiveShell) -> None:
    net = shell.run_line_magic("arch", f"{ROOT}/specs/vgg.arch:VGG-E vgg")
    assert net is shell.user_ns["vgg"]
    assert net.params == 143_667_240
    assert len(shell.run_line_magic("arch", f"{ROOT}/specs/vgg.arch")) == 6


@pytest.mark.parametrize("line", ["", "a b c", "none.arch 1x"])
def test_a_wrong_line_is_a_usage_error(shell: InteractiveShell, line: str) -> None:
    with pytest.raises(UsageError):
        shell.run_line_magic("arch", line)


def test_an_error_shows_the_place_in_the_cell(
    shell: InteractiveShell, capsys: pytest.CaptureFixture[str]
) -> None:
    result = shell.run_cell("%%arch net\ninput 3x8x8\nconv9-8(pad=0)\n")
    assert isinstance(result.error_in_exec, archdsl.SpecError)
    shown = capsys.readouterr()
    text = shown.out + shown.err
    assert "\x1b[1;31m" in text
    plain = re.sub("\x1b\\[[0-9;]*m", "", text)
    assert "net.arch:2:1: error[kernel-too-large]" in plain
    assert "^^^^^" in plain
    assert "Traceback" not in plain
    assert "net" not in shell.user_ns


def test_an_error_as_html() -> None:
    with pytest.raises(archdsl.SpecError) as caught:
        archdsl.loads("input 3x8x8\nconv3-8(<b>)\n")
    html = caught.value._repr_html_()
    assert "<b>" not in html
    assert "&lt;b&gt;" in html
    assert 'class="b c31"' in html
    Page(html)


def test_colours_become_spans() -> None:
    text = "a\x1b[1;31m<b>\x1b[0mc\x1b[34md\x1b[0m"
    assert from_terminal(text) == (
        'a<span class="b c31">&lt;b&gt;</span>c<span class="c34">d</span>'
    )


def test_a_network_shows_itself(shell: InteractiveShell) -> None:
    net = archdsl.load(f"{ROOT}/specs/resnet.arch", network="ResNet-50")
    data, _ = shell.display_formatter.format(net)
    assert set(data) >= {"text/plain", "text/html", "image/svg+xml"}
    page = Page(data["text/html"])
    assert "25,557,032 parameters" in page.text
    assert page.tags.count("img") == 2  # for light and for dark
    assert page.tags.count("details") == 2
    assert "conv4_x.0.conv1" in page.text
    assert "script" not in page.tags


def test_networks_show_a_table() -> None:
    nets = archdsl.load_all(f"{ROOT}/specs/vgg.arch")
    page = Page(nets._repr_html_())
    assert page.tags.count("summary") == 3 * len(nets)
    assert "143,667,240" in page.text
    assert "VGG-A-LRN" in nets.report()
    assert repr(nets).count("archdsl.Net ") == 6


def test_names_of_a_spec_are_escaped() -> None:
    net = archdsl.loads("## <img src=x onerror=alert(1)>\nnetwork N { input 3x8x8\nconv3-8 }\n")
    page = Page(net._repr_html_())
    assert page.tags.count("img") == 2
    assert "<img src=x" in page.text


def test_a_huge_network_still_shows() -> None:
    net = archdsl.loads("input 8x8x8\nconv3-8 x1000000\n")
    assert "584,000,000 parameters" in net._repr_html_()


def test_the_notebook_of_the_docs_runs() -> None:
    import nbformat
    from nbclient import NotebookClient

    path = ROOT / "docs" / "examples" / "vgg.ipynb"
    notebook = nbformat.read(path, as_version=4)
    nbformat.validate(notebook)
    folder = {"metadata": {"path": str(ROOT)}}
    NotebookClient(notebook, timeout=60, kernel_name="python3", resources=folder).execute()
    cells = [cell for cell in notebook.cells if cell.cell_type == "code"]
    shown = [[o.get("data", {}) for o in cell.outputs] for cell in cells]
    assert "143,667,240 parameters" in shown[1][0]["text/html"]
    assert any("5309696" in d.get("text/plain", "") for outs in shown for d in outs)
