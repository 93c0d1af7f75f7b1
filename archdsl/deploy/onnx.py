"""ONNX: the program in operators that many runtimes know, and one of them compares it."""

from __future__ import annotations

import os

from archdsl.deploy.engines import attempt, compare, quiet
from archdsl.deploy.errors import ToolMissing

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable
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
    return attempt(subject, "ONNX", converted)


def require(package: str) -> None:
    """Raises ToolMissing."""
    from importlib.util import find_spec

    if find_spec(package) is None:
        raise ToolMissing(
            f"ONNX needs {package}, which is not installed", help='pip install "archdsl[onnx]"'
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
    model.graph.name = name


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
    held = onnxruntime.InferenceSession(path, options, providers=["CPUExecutionProvider"])
    names = [port.name for port in held.get_inputs()]

    def run(*inputs: Tensor) -> tuple[Tensor, ...]:
        feed = {name: x.numpy() for name, x in zip(names, inputs, strict=True)}
        return tuple(torch.from_numpy(y) for y in held.run(None, feed))

    return run
