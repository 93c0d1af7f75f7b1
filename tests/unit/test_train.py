"""The `train` section: what it takes, and where its facts arrive."""

from __future__ import annotations

import ast
import json

import pytest

import archdsl
from archdsl.diagnostics.model import Diagnostic
from archdsl.ir.model import Recipe
from archdsl.pipeline import compile_text
from archdsl.source import SourceFile

NET = "input 3x8x8\nconv3-4\n"
SPEC = (
    NET
    + """train {
    optimizer = sgd(0.01, momentum=0.9)
    schedule = milestones([30, 60], factor=1/10)
    loss = cross_entropy(smoothing=0.1)
    batch = 2**8, epochs = 74
    weight_decay = 5e-4
    augmentation = [resize(256, 512), flip]
    warm_start = "vgg.arch:VGG-A"
    loss_weights = [1]
}
"""
)


def problems(facts: str) -> list[Diagnostic]:
    _, found = compile_text(SourceFile("t.arch", NET + f"train {{ {facts} }}\n"))
    return found


def test_facts_are_values() -> None:
    facts = dict(archdsl.loads(SPEC).ir.train)
    assert facts == {
        "optimizer": Recipe("sgd", (("lr", 0.01), ("momentum", 0.9))),
        "schedule": Recipe("milestones", (("at", (30, 60)), ("factor", 0.1))),
        "loss": Recipe("cross_entropy", (("smoothing", 0.1),)),
        "batch": 256,
        "epochs": 74,
        "weight_decay": 5e-4,
        "augmentation": (Recipe("resize", (("low", 256), ("high", 512))), Recipe("flip")),
        "warm_start": "vgg.arch:VGG-A",
        "loss_weights": (1,),
    }


def test_module_holds_them_as_literals() -> None:
    tree = ast.parse(archdsl.loads(SPEC).source())
    (value,) = [
        node.value
        for node in tree.body
        if isinstance(node, ast.Assign) and ast.unparse(node.targets[0]) == "TRAIN"
    ]
    assert ast.literal_eval(value) == {
        "optimizer": {"name": "sgd", "lr": 0.01, "momentum": 0.9},
        "schedule": {"name": "milestones", "at": (30, 60), "factor": 0.1},
        "loss": {"name": "cross_entropy", "smoothing": 0.1},
        "batch": 256,
        "epochs": 74,
        "weight_decay": 5e-4,
        "augmentation": ({"name": "resize", "low": 256, "high": 512}, {"name": "flip"}),
        "warm_start": "vgg.arch:VGG-A",
        "loss_weights": (1,),
    }
    assert "TRAIN" not in archdsl.loads(NET).source()


def test_a_class_of_that_name_makes_room() -> None:
    text = "network TRAIN { input 3x8x8\nconv3-4\ntrain { batch = 2 } }"
    source = archdsl.loads(text).source()
    assert "class TRAINNet(" in source
    assert "TRAIN = {" in source


def test_reports_show_them() -> None:
    net = archdsl.loads(SPEC)
    text = " ".join(net.report("text").split())
    assert "optimizer sgd(lr=0.01, momentum=0.9); schedule milestones(at=[30, 60]" in text
    (found,) = json.loads(net.report("json"))
    assert found["train"]["optimizer"] == {"name": "sgd", "lr": 0.01, "momentum": 0.9}
    assert found["train"]["augmentation"][1] == {"name": "flip"}
    assert json.loads(archdsl.loads(NET).report("json"))[0]["train"] == {}


def test_text_of_a_spec_cannot_become_code() -> None:
    name = "a'''+__import__(1)#.arch"
    source = archdsl.loads(NET + f'train {{ warm_start = "{name}" }}').source()
    calls = [n for n in ast.walk(ast.parse(source)) if isinstance(n, ast.Name)]
    assert all(n.id != "__import__" for n in calls)


def test_a_family_starts_from_one_of_its_members() -> None:
    text = """network N {
    input 3x8x8
    | A       | B                |
    |---------|------------------|
    | conv3-4 | conv3-4, conv3-4 |
    train { warm_start = N-A }
}"""
    assert dict(archdsl.loads(text, network="N-B").ir.train) == {"warm_start": "N-A"}
    assert archdsl.loads(text, network="N-A").ir.train == ()


@pytest.mark.parametrize(
    ("facts", "error", "words"),
    [
        ("optimiser = sgd", "unknown-name", "did you mean `optimizer`?"),
        ("optimizer = sdg(lr=1)", "unknown-name", "did you mean `sgd`?"),
        ("optimizer = 3", "unknown-name", "it takes sgd, adam"),
        ("optimizer = sgd(momentun=0.9)", "unknown-argument", "did you mean `momentum`?"),
        ("optimizer = sgd(1, 0.9, true, 4)", "too-many-arguments", "3 values"),
        ("optimizer = sgd(lr=1, lr=2)", "repeated-argument", "`lr`"),
        ("optimizer = sgd(1, lr=2)", "repeated-argument", "`lr`"),
        ("optimizer = sgd(lr=-1)", "bad-value", "a positive number, not `-1`"),
        ("optimizer = sgd(momentum=2)", "bad-value", "from 0 to 1"),
        ("optimizer = adam(betas=[0.9])", "bad-value", "two numbers"),
        ("schedule = cosine(every=3)", "unknown-argument", "its options: end, restart"),
        ("schedule = milestones(at=[])", "bad-value", "a list of numbers"),
        ("augmentation = [flip, flop]", "unknown-name", "did you mean `flip`?"),
        ("batch = 2.5", "bad-value", "a positive integer"),
        ("batch = true", "bad-value", "a positive integer"),
        ("epochs = 0", "bad-value", "a positive number"),
        ("weight_decay = relu", "bad-value", "a number of at least 0"),
        ("weight_decay = wd", "unknown-name", "`wd`"),
        ("loss_weights = [1, 0.3]", "bad-value", "2 loss weights for 1 output"),
        ("warm_start = VGG-A", "unknown-network", "`VGG-A`"),
        ('warm_start = "weights.pt"', "unknown-network", "`weights.pt`"),
    ],
)
def test_refused(facts: str, error: str, words: str) -> None:
    (problem,) = problems(facts)
    assert problem.id == error
    assert words in problem.message + (problem.help or "")
    assert problem.primary.span.file.name == "t.arch"
    assert problem.primary.span.text in facts


def test_accuracy_is_a_number_or_one_for_each_network() -> None:
    assert dict(archdsl.loads(NET + "train { accuracy = 1/4 }").ir.train) == {"accuracy": 0.25}
    family = (
        "network N(w) { input 3x8x8\nconv3-w\n"
        'train { batch = 2, accuracy = [["N-a", 0.5], ["N-b", 0.6]] } }\n'
        "network N-a = N(w=1)\nnetwork N-b = N(w=2)\nnetwork N-c = N(w=3)\n"
    )
    design, found = compile_text(SourceFile("t.arch", family))
    assert not found
    assert [dict(n.train).get("accuracy") for n in design.networks] == [0.5, 0.6, None]


@pytest.mark.parametrize(
    ("value", "id", "words"),
    [
        ("76.1", "bad-value", "`accuracy` is a number from 0 to 1, not `76.1`"),
        ("[]", "bad-value", "`accuracy` is a number from 0 to 1"),
        ("[0.5]", "bad-value", "`accuracy` is a number from 0 to 1"),
        ('[["t", true]]', "bad-value", "`accuracy` is a number from 0 to 1"),
        ('[["u", 0.5]]', "unknown-network", "no network is called `u`"),
        ('[["t", 0.5], ["t", 0.6]]', "repeated-name", "the accuracy of `t` is given twice"),
    ],
)
def test_wrong_accuracies(value: str, id: str, words: str) -> None:
    (problem,) = problems(f"accuracy = {value}")
    assert problem.id == id
    assert words in problem.message


def test_a_section_behind_the_outputs_adds_none() -> None:
    text = "input 4\ns: FC-3\noutput a: @s, FC-2\noutput b: @s, FC-2\n"
    assert archdsl.loads(text).outputs.keys() == {"a", "b"}
    assert archdsl.loads(text + "train { loss_weights = [1, 0.3] }\n").outputs.keys() == {"a", "b"}
