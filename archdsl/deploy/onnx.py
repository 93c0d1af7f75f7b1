"""ONNX: the program in operators that many runtimes know, and one of them compares it."""

from __future__ import annotations

import os
from contextlib import contextmanager
from itertools import count

from archdsl.deploy.engines import attempt, compare, quiet
from archdsl.deploy.errors import NotDeployable, ToolMissing

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from typing import Any

    from torch import Tensor

    from archdsl.deploy.subject import Subject

LARGEST = 1_900_000_000  # bytes of weights in one file: a protobuf ends at 2 GiB
PACKAGES = ("onnx", "onnxscript", "onnxruntime")


def onnx(subject: Subject) -> dict[str, bytes]:
    """The model by suffix; very large weights are a file of their own beside it.

    Raises ToolMissing, and NotDeployable where onnxruntime does not agree to 1e-4.
    """
    for package in PACKAGES:
        require(package)
    check_names(subject)
    return attempt(subject, "ONNX", converted)


def require(package: str) -> None:
    """Raises ToolMissing."""
    from importlib.util import find_spec

    if find_spec(package) is None:
        raise ToolMissing(
            f"ONNX needs {package}, which is not installed", help='pip install "archdsl[onnx]"'
        )


def check_names(subject: Subject) -> None:
    """Raises NotDeployable where an input and an output have one name."""
    names = {port.name for port in subject.network.module.inputs}
    both = next((name for name in subject.output_names if name in names), None)
    if both is not None:
        raise NotDeployable(
            f"in ONNX each value has a name of its own, and `{subject.network.name}` has both an"
            f" input and an output `{both}`",
            help="call one of them something else",
        )


def converted(subject: Subject) -> dict[str, bytes]:
    """The files. Raises what the exporter raises, and Differs."""
    import torch

    program = subject.program
    subject.tell(f"converting {subject.network.name} to ONNX")
    with quiet():
        made = torch.onnx.export(
            program,
            (),
            dynamo=True,
            verbose=False,
            input_names=[port.name for port in subject.network.module.inputs],
            output_names=subject.output_names,
        )
    assert made is not None
    clean(made.model, subject.network.name)
    return saved(subject, made)


def clean(model: Any, name: str) -> None:
    """Names the batch, and removes what is about the exporter's insides."""
    old = str(model.graph.inputs[0].shape[0])
    for graph in (model.graph, *(f.graph for f in model.functions.values())):
        graph.metadata_props.clear()
        for node in graph.all_nodes():
            node.metadata_props.clear()
            for value in node.outputs:
                rename_batch(value, old)
        for value in (*graph.inputs, *graph.initializers.values()):
            rename_batch(value, old)
    leave_names(model.graph)
    model.graph.name = name


def leave_names(graph: Any) -> None:
    """Renames values inside that are called as an input or an output is: `relu` to `relu_1`."""
    ports = [*graph.inputs, *graph.outputs]
    named = {port.name for port in ports}
    values = [*graph.initializers.values(), *(v for n in graph.all_nodes() for v in n.outputs)]
    taken = named | {value.name for value in values}
    for value in values:
        if value.name in named and not any(value is port for port in ports):
            value.name = next(n for k in count(1) if (n := f"{value.name}_{k}") not in taken)
            taken.add(value.name)


def rename_batch(value: Any, old: str) -> None:
    """`batch` instead of the tracer's name, in products with it too."""
    value.metadata_props.clear()
    if value.shape is None:
        return
    sizes = [
        size if isinstance(size, int) or size.value is None else size.value.replace(old, "batch")
        for size in value.shape
    ]
    if sizes != list(value.shape):
        value.shape = type(value.shape)(sizes)  # one that is shared may not be changed


def saved(subject: Subject, made: Any) -> dict[str, bytes]:
    """The files of a model, compared with the module."""
    from tempfile import TemporaryDirectory

    weights = sum(t.numel() * t.element_size() for t in subject.module.state_dict().values())
    with TemporaryDirectory() as folder:
        path = os.path.join(folder, subject.stem + ".onnx")
        with quiet():
            made.save(path, external_data=weights > LARGEST)
        subject.tell(f"comparing ONNX with {subject.network.name}")
        compare(subject, session(path))
        found = {}
        for entry in sorted(os.listdir(folder)):
            with open(os.path.join(folder, entry), "rb") as file:
                found[entry.removeprefix(subject.stem)] = file.read()
    return found


def session(path: str) -> Callable[..., tuple[Tensor, ...]]:
    """A model in onnxruntime, called as the module is."""
    import onnxruntime
    import torch

    options = onnxruntime.SessionOptions()
    options.log_severity_level = 4  # what it refuses, it raises
    with refusals():
        held = onnxruntime.InferenceSession(path, options, providers=["CPUExecutionProvider"])
    names = [port.name for port in held.get_inputs()]

    def run(*inputs: Tensor) -> tuple[Tensor, ...]:
        feed = {name: x.numpy() for name, x in zip(names, inputs, strict=True)}
        with refusals():
            return tuple(torch.from_numpy(y) for y in held.run(None, feed))

    return run


@contextmanager
def refusals() -> Iterator[None]:
    """What onnxruntime refuses as RuntimeError: errors of its own have no kind in common."""
    try:
        yield
    except Exception as problem:
        if type(problem).__module__.partition(".")[0] != "onnxruntime":
            raise
        raise RuntimeError(str(problem)) from None
