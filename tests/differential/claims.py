"""Claims that must hold, computed from what a program means, false ones, and training facts."""

from __future__ import annotations

from math import prod
from random import Random

from tests.differential.flat import Frame
from tests.differential.reference import Reference
from tests.differential.tree import Line, Program
from tests.differential.write import write

FACTS: dict[str, tuple[tuple[str, object], ...]] = {
    "optimizer": (
        ("sgd(lr=0.1, momentum=0.9)", {"name": "sgd", "lr": 0.1, "momentum": 0.9}),
        ("adam(0.001)", {"name": "adam", "lr": 0.001}),
    ),
    "batch": (("128", 128), ("2*8", 16)),
    "epochs": (("90", 90),),
    "weight_decay": (("0.0005", 0.0005), ("5e-4", 0.0005)),
    "clip": (("1.0", 1.0),),
    "seed": (("7", 7),),
}
"""What may stand in a `train` section, and what it must be in the module's `TRAIN`."""


def with_claims(program: Program, r: Random) -> tuple[str, str]:
    """The text with claims that hold, and with one of them made false."""
    text = write(program)
    made = Reference()
    frame = made.run_program(program)
    found = claims(made, program, frame)
    r.shuffle(found)
    at = r.randrange(len(found))
    left, right = found[at]
    false = [*found[:at], (left, wrong(right, r)), *found[at + 1 :]]
    lines = [f"expect {a} == {b}\n" for a, b in found]
    return text + "".join(lines), text + "".join(f"expect {a} == {b}\n" for a, b in false)


def claims(made: Reference, program: Program, frame: Frame) -> list[tuple[str, str]]:
    """Both sides of what can be claimed of a network."""
    seen: set[object] = set()
    numbers = {"param": 0, "frozen": 0, "buffer": 0}
    kinds: dict[str, int] = {}
    for layer in made.layers:
        kinds[layer.op.name] = kinds.get(layer.op.name, 0) + 1
        if layer.weights is not None and layer.weights not in seen:
            seen.add(layer.weights)
            for w in layer.op.weights(layer.in_types):
                numbers[w.role] += prod(w.shape)
    found = [
        ("params", str(numbers["param"] + numbers["frozen"])),
        ("trainable", str(numbers["param"])),
        ("buffers", str(numbers["buffer"])),
        ("layers", str(len(made.layers))),
        *((f"count({kind})", str(n)) for kind, n in kinds.items()),
    ]
    main = [end for name, end, _ in made.outputs if name == "out"]
    found += [("shape", "x".join(map(str, made.types[end].dims))) for end in main]
    for stmt in program.body:
        label = stmt.label if isinstance(stmt, Line) else None
        end = frame.labels.get(label) if label is not None else None
        if isinstance(end, int):
            found.append((f"shape(@{label})", "x".join(map(str, made.types[end].dims))))
    return found


def wrong(right: str, r: Random) -> str:
    """A value near a right one."""
    *rest, last = right.split("x")
    return "x".join([*rest, str(int(last) + r.choice([1, 2, 100]))])


def with_training(program: Program, r: Random) -> tuple[str, dict[str, object]]:
    """The text with a `train` section, and what that must become."""
    names = r.sample(sorted(FACTS), r.randint(1, len(FACTS)))
    facts = {name: r.choice(FACTS[name]) for name in names}
    between = r.choice(["\n    ", ", "])
    inside = between.join(f"{name} = {said}" for name, (said, _) in facts.items())
    text = write(program) + f"train {{\n    {inside}\n}}\n"
    return text, {name: value for name, (_, value) in facts.items()}
