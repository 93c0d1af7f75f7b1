"""The text of the emitted source: names, arguments, layout, limits, and what no text can do."""

from __future__ import annotations

import ast
import builtins
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from archdsl.backends.torch import live
from archdsl.backends.torch.errors import (
    ModuleTooLarge,
    NotEmittable,
    SourceTooLarge,
    TorchMissing,
)
from archdsl.backends.torch.layout import lay_out, space_slices
from archdsl.backends.torch.literals import annotation, doc_lines, docstring, literal
from archdsl.backends.torch.names import Namer, class_name, kinds_name, variable
from archdsl.backends.torch.plan import ClassPlan, plan
from archdsl.backends.torch.safety import Parsed, UnsafeSource, verify
from archdsl.backends.torch.source import count_submodules, emit, root_class
from archdsl.ir.model import Module, Network, Output
from tests.ir_builder import Graph, image, vector
from tests.ir_networks import ALL, conv_relu, resnet, vgg


def source(network: Network) -> str:
    """The source under the name of a spec."""
    return emit(network, spec_name="specs/test.arch")


def lines_of(network: Network, start: str) -> list[str]:
    """Lines of the source that begin so, up to what `build` needs."""
    text = source(network).partition("\n\n\nclass Graphed")[0]
    return [line.strip() for line in text.splitlines() if line.strip().startswith(start)]


@pytest.mark.parametrize(
    ("written", "made"),
    [
        ("VGG-E", "VGG_E"),
        ("basic", "Basic"),
        ("dense_block", "DenseBlock"),
        ("ResNet-34", "ResNet_34"),
        ("ShuffleNetV2-x1_0", "ShuffleNetV2_X1_0"),
        ("3d", "Net3d"),
        ("tensor", "TensorNet"),
        ("graphed", "GraphedNet"),
        ("exception", "ExceptionNet"),
        ("__class__", "Class"),
        ("-", "Net"),
        ('a"b\nc', "A_B_C"),
    ],
)
def test_class_names(written: str, made: str) -> None:
    assert class_name(written) == made


@given(st.text())
def test_any_text_makes_valid_names(text: str) -> None:
    for name in (class_name(text), variable(text)):
        assert name.isascii()
        assert name.isidentifier()
        assert not hasattr(builtins, name)
        compile(f"{name} = 1", "test", "exec")


def test_names_are_given_once() -> None:
    namer = Namer({"Basic"})
    assert [namer.take(n) for n in ("Basic", "Basic", "x1", "x1")] == [
        "Basic2",
        "Basic3",
        "x1",
        "x1_2",
    ]
    assert kinds_name(["conv", "bn", "relu"]) == "ConvBNReLU"
    assert variable("in") == "in_"
    assert variable("y[0]") == "y_0"


def test_literals() -> None:
    assert literal((1, (2.0, "same"), None, True)) == '(1, (2.0, "same"), None, True)'
    assert literal((1,)) == "(1,)"
    assert literal(1e-3) == "0.001"
    assert annotation([1, (1, 2)]) == "int | tuple[int, ...]"
    assert annotation([True, None]) == "bool | None"
    for bad in (float("nan"), float("inf"), object(), {1: 2}):
        with pytest.raises(NotEmittable):
            literal(bad)


@given(st.text())
def test_text_cannot_leave_a_docstring(text: str) -> None:
    code = "\n".join(docstring(["First.", "", *doc_lines(text)], 0))
    tree = ast.parse(code)
    assert len(tree.body) == 1
    assert isinstance(ast.get_docstring(tree), str)


def test_lines_break_as_the_formatter_breaks_them(tmp_path: Path) -> None:
    many = ", ".join(f"x{k}" for k in range(40))
    statements = [
        f"x = torch.cat(({many}), dim=1)",
        f"x = self.relu1(self.bn1({many}))",
        f"x = {many.replace(', ', ' + ')}",
        f"x = self.relu1({many.replace(', ', ' + ')})",
        f"x = torch.stack(({many})).mean(0)",
        f"self.x = nn.Sequential(*[{'B' * 50}(64, stride=2, padding=1) for _ in range(12)])",
        f"self.x = nn.Conv2d({many[:58]}, kernel_size=3, padding=(1, 2))",
        f"return {many}",
        f"{many} = self.split(x)",
    ]
    file = tmp_path / "lines.py"
    body = [line for code in statements for line in lay_out(code, 8, "64x56x56")]
    file.write_text("class A:\n    def f(self):\n" + "\n".join(body) + "\n")
    assert tree_of(body) == tree_of([f"        {code}" for code in statements])
    assert ruff("format", "--diff", str(file)) == ""


@pytest.mark.parametrize(
    "written",
    ["x[..., 0 : self.b, self.a :]", "x[:, : self.b]", "x[:, 1:2, :, 3:]", "x[self.a : self.b]"],
)
def test_slices_are_spaced_as_the_formatter_spaces_them(written: str) -> None:
    bare = written.replace(" :", ":").replace(": ", ":").replace(",:", ", :")
    assert space_slices(bare.replace(",self", ", self")) == written


def tree_of(body: list[str]) -> str:
    """What indented lines mean."""
    return ast.dump(ast.parse("def f():\n" + "\n".join(body)))


def ruff(*arguments: str) -> str:
    """What ruff with its own settings has to say on standard output."""
    command = [sys.executable, "-m", "ruff", arguments[0], "--isolated", *arguments[1:]]
    return subprocess.run(command, capture_output=True, text=True, check=False).stdout


def test_source_passes_ruff(tmp_path: Path) -> None:
    for make in ALL:
        (tmp_path / f"{make.__name__}.py").write_text(source(make()))
    assert ruff("check", str(tmp_path)) == "All checks passed!\n"
    assert ruff("format", "--diff", str(tmp_path)) == ""


@pytest.mark.parametrize("make", ALL)
def test_source_is_the_same_each_time(make: Callable[[], Network]) -> None:
    assert source(make()) == source(make())


def test_source_does_not_depend_on_the_hash_seed(root: Path) -> None:
    code = (
        "from tests.ir_networks import ALL\n"
        "from archdsl.backends.torch.source import emit\n"
        "print(*[emit(f(), spec_name='s') for f in ALL])"
    )
    made = {
        subprocess.run(
            [sys.executable, "-c", code],
            cwd=root,
            env={"PYTHONHASHSEED": seed},
            capture_output=True,
            text=True,
            check=True,
        ).stdout
        for seed in ("0", "1")
    }
    assert len(made) == 1


def test_emitting_needs_no_torch(root: Path) -> None:
    code = (
        "import sys; sys.modules['torch'] = None\n"
        "from tests.ir_networks import vgg\n"
        "from archdsl.backends.torch.source import emit\n"
        "emit(vgg(), spec_name='s')"
    )
    subprocess.run([sys.executable, "-c", code], cwd=root, check=True)


# --- classes and their arguments -----------------------------------------------------------------


def test_one_class_per_block_with_the_literals_that_differ() -> None:
    assert lines_of(resnet(), "class ") == [
        "class Bottleneck(nn.Module):",
        "class Bottleneck2(nn.Module):",
        "class ResNet_29(nn.Sequential):",
    ]
    assert lines_of(resnet(), "def __init__") == [
        "def __init__(self, in_channels: int, mid: int, out: int, stride: int) -> None:",
        "def __init__(self, mid: int, out: int) -> None:",
        "def __init__(self) -> None:",
    ]


def chain(*blocks: Module) -> Network:
    """A network of calls, one after the other."""
    g = Graph(blocks[0].inputs[0].type)
    for block in blocks:
        g.call(block, name="part")
    return g.network("Chain")


def block(channels: int, params: tuple[tuple[str, object], ...] = (), **attrs: Any) -> Module:
    """A block of one layer."""
    g = Graph(image(channels, 8, 8))
    kind = str(attrs.pop("kind", "conv"))
    g.op(kind, **attrs)
    return g.module("part", origin=7, params=params)


def test_equal_columns_share_an_argument_and_a_stride_is_no_padding() -> None:
    parts = [
        block(4, kernel=3, out=4, stride=1, pad=1),
        block(4, kernel=5, out=4, stride=2, pad=2),
    ]
    init = "def __init__(self, kernel_size: int, stride: int) -> None:"
    assert init in lines_of(chain(*parts), "def __init__")
    assert "padding=kernel_size // 2" in source(chain(*parts))


def test_arguments_are_called_as_in_the_block() -> None:
    parts = [
        block(4, (("width", 4), ("rate", 0.1)), kernel=3, out=4),
        block(4, (("width", 6), ("rate", 0.2)), kernel=3, out=6),
    ]
    assert "def __init__(self, width: int) -> None:" in source(chain(*parts))


def test_true_and_one_are_different_literals() -> None:
    parts = [block(4, kind="scale", value=1), block(4, kind="scale", value=1.5)]
    text = source(chain(*parts))
    assert "def __init__(self, value: int | float) -> None:" in text
    assert "return self.value * x" in text


def test_layers_that_grow_evenly_are_a_loop() -> None:
    g = Graph(image(4, 6, 6))
    runs = []
    for k in range(5):
        body = Graph(image(4 + 2 * k, 6, 6))
        y = body.op("conv", kernel=3, out=2)
        body.op("concat", (-1, 0), y)
        runs.append((body.module("dense", origin=3), 1))
    g.repeat(*runs, name="block")
    (line,) = lines_of(g.network("DenseNet"), "self.block = ")
    loop = "nn.Sequential(*[Dense(4 + 2 * i) for i in range(5)])"
    assert line == f"self.block = {loop}  # 14x6x6"


def test_depth_is_the_block_s_argument() -> None:
    def stage(channels: int, depth: int) -> Module:
        x = image(4, 8, 8)
        first = conv_relu(x, channels)
        rest = conv_relu(first.output_types()[0], channels)
        g = Graph(x)
        g.repeat((first, 1), (rest, depth - 1), name="layers")
        g.op("conv", kernel=1, out=4)
        return g.module("stage", origin=9, params=(("width", channels), ("depth", depth)))

    text = source(chain(stage(6, 3), stage(8, 5)))
    assert "for _ in range(depth - 1)]" in text
    assert "Stage(width=8, depth=5)" in text


def test_numbers_of_a_spread_that_torch_names_are_formulas() -> None:
    g = Graph(vector(8))
    for out, spread in ((8, ("uniform", (6 / 16) ** 0.5)), (4, ("normal", (1 / 8) ** 0.5))):
        g.op("fc", out=out, init=(("weight", spread[0], (spread[1],)),))
    assert lines_of(g.network("Net"), "nn.init") == [
        "nn.init.xavier_uniform_(self.fc.weight)",
        'nn.init.kaiming_normal_(self.fc2.weight, nonlinearity="linear")',
    ]


# --- what is refused ---------------------------------------------------------------------------


def test_shared_weights_of_different_layers_are_refused() -> None:
    g = Graph(image(4, 8, 8))
    g.op("conv", kernel=3, out=4)
    g.op("conv", kernel=3, out=4, stride=2, shares=0)
    with pytest.raises(NotEmittable, match="`conv2` shares the weights of `conv` and differs"):
        source(g.network("Net"))


def test_tied_repetitions_that_differ_are_refused() -> None:
    x = image(4, 8, 8)
    g = Graph(x)
    first = conv_relu(x, 4)
    other = Graph(x)
    other.op("conv", kernel=5, out=4)
    g.repeat((first, 1), (other.module(kind="group"), 1), name="tied", tied=True)
    with pytest.raises(NotEmittable, match="`tied` differ"):
        source(g.network("Net"))


def test_a_network_needs_an_output_outside_training() -> None:
    g = Graph(image(4, 8, 8))
    g.op("conv", kernel=3, out=4)
    with pytest.raises(NotEmittable, match="no output outside training"):
        source(g.network("Net", Output("aux", (0, 0), True), Output("aux2", (0, 0), True)))


@pytest.mark.parametrize("name", ["forward", "eval", "lambda", "__init__", "a b"])
def test_names_that_would_break_a_module_are_refused(name: str) -> None:
    g = Graph(image(4, 8, 8))
    g.op("relu", name=name)
    with pytest.raises(NotEmittable, match="cannot be the name"):
        source(g.network("Net"))


def test_very_long_source_is_refused() -> None:
    g = Graph(vector(4))
    for k in range(10_001):
        g.op("relu", name=f"relu{k}x")
    with pytest.raises(SourceTooLarge, match="more than 10,000 layers"):
        source(g.network("Net"))


def test_long_repeats_cost_nothing_until_they_are_built() -> None:
    g = Graph(image(4, 8, 8))
    g.repeat((conv_relu(image(4, 8, 8), 4), 1_000_000), name="layers")
    network = g.network("Net")
    start = time.process_time()
    assert "range(1000000)" in source(network)
    assert time.process_time() - start < 2
    assert count_submodules(network) == 3_000_001
    with pytest.raises(ModuleTooLarge, match="3,000,001 submodules"):
        live.build_network(network, spec_name="s")


def test_without_torch_one_line_says_so(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "torch", None)
    with pytest.raises(TorchMissing, match="not installed") as caught:
        live.build_network(vgg(), spec_name="s")
    assert caught.value.help == 'pip install "archdsl[torch]"'


def test_words_for_types_are_checked() -> None:
    with pytest.raises(ValueError, match="no dtype 'int8': one of float64"):
        live.build_network(vgg(), spec_name="s", dtype="int8")
    net = live.build_network(
        vgg(), spec_name="s", dtype="bfloat16", memory_format="channels_last", device="meta"
    )
    weight = next(net.parameters())
    assert (str(weight.dtype), str(weight.device)) == ("torch.bfloat16", "meta")


# --- trust -------------------------------------------------------------------------------------

HOSTILE = [
    '"""\nimport os\n"""',
    "# model: coding: raw_unicode_escape\\u000aimport os",
    "x\rimport os",
    "\\",
    '"',
    "'''",
    "{params}",
    "\u202eevil\u2066",
    "\x00\x1b[2J",
    "\ud800",
]


@pytest.mark.parametrize("text", HOSTILE)
def test_hostile_text_stays_text(text: str, tmp_path: Path) -> None:
    body = Graph(image(4, 8, 8))
    at = body.op("split", parts=2)[0]
    body.labels[text] = (at, 0)
    body.op("conv", (at, 1), kernel=3, out=2)
    body.op("concat", (at, 0), body.last)
    g = Graph(image(4, 8, 8))
    module = body.module(text, params=((text, 4),), doc=text)
    x = g.call(module, name="part")
    y = g.op("relu", x)
    network = g.network(text, Output(text, x), Output("other" + text, y), doc=text)
    made = emit(network, spec_name=text)
    file = tmp_path / "net.py"
    file.write_text(made, encoding="utf-8")
    assert "import os" not in [line.strip() for line in code_lines(made)]
    assert not any("coding" in line for line in made.splitlines()[:2])
    assert "\x1b" not in made
    done = subprocess.run([sys.executable, str(file)], capture_output=True, check=False)
    assert done.returncode == 0, done.stderr
    assert done.stdout.startswith(b"OK: ")
    assert ruff("format", "--diff", str(file)) == ""


def code_lines(text: str) -> list[str]:
    """The source without its docstrings, written anew."""
    tree = ast.parse(text)
    for node in ast.walk(tree):
        if isinstance(node, (ast.Module, ast.ClassDef)) and ast.get_docstring(node):
            node.body = node.body[1:] or [ast.Pass()]
    return ast.unparse(tree).splitlines()


@settings(max_examples=30, deadline=None)
@given(st.text(), st.text(), st.text())
def test_any_text_gives_source_that_passes_the_check(name: str, doc: str, spec: str) -> None:
    g = Graph(image(4, 8, 8))
    g.labels[name] = g.op("relu")
    g.op("add", g.last, (-1, 0))
    made = emit(g.network(name, doc=doc), spec_name=spec)
    assert ast.get_docstring(ast.parse(made))


@pytest.mark.parametrize(
    "line",
    [
        "import os",
        "exec('1')",
        "torch.hub.load('a', 'b')",
        "x = ().__class__",
        "open = 1",
        "lambda: 1",
        "def f(): yield 1",
        "try:\n    pass\nfinally:\n    pass",
    ],
)
def test_the_last_check_refuses_foreign_code(line: str) -> None:
    network = vgg()
    head, _, code = source(network).partition("\n\n\n")
    code = code.removesuffix("\n")
    classes = plan_of(network)
    verify(f"{head}\n\n\n{code}\n", Parsed(code), classes, [])
    for first, last in ((f"{head}\n{line}", code), (head, f"{code}\n{line}")):
        with pytest.raises(UnsafeSource):
            verify(f"{first}\n\n\n{last}\n", Parsed(last), classes, [])


def test_the_last_check_reads_what_is_written() -> None:
    classes = plan_of(vgg())
    with pytest.raises(UnsafeSource):
        verify("import math\n\n\nimport os\n", Parsed("x = 1"), classes, [])
    with pytest.raises(UnsafeSource):
        verify("\n\n\nclass B: pass\n\n\nx = 1\n", Parsed("x = 1"), classes, ["class A: pass"])


def plan_of(network: Network) -> list[ClassPlan]:
    """The classes of a network."""
    from archdsl.backends.torch.rows import ROWS
    from archdsl.backends.torch.unify import unify

    classes = plan(network, lambda node: ROWS[type(node.op)](node.op, node.in_types))
    for one in classes:
        unify(one)
    assert classes[-1].name == root_class(network)
    return classes
