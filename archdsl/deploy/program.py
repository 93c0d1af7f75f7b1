"""`torch.export` programs: the network as a graph of tensors, for any batch."""

from __future__ import annotations

from archdsl.deploy.engines import attempt, quiet
from archdsl.deploy.subject import TRACED, examples

TYPE_CHECKING = False
if TYPE_CHECKING:
    import torch
    from torch import Tensor, nn

    from archdsl.deploy.subject import Subject


def trace(subject: Subject) -> torch.export.ExportedProgram:
    """The module as a program whose batch is free. Raises NotDeployable."""
    return attempt(subject, "torch.export", traced)


def traced(subject: Subject) -> torch.export.ExportedProgram:
    """The program of a module, without the places of this machine's files."""
    import torch

    inputs = examples(subject.network, subject.module, TRACED)
    batch = torch.export.Dim("batch", min=1)
    with quiet(), torch.no_grad():
        program = torch.export.export(
            with_tuples(subject.module), inputs, dynamic_shapes=tuple({0: batch} for _ in inputs)
        )
    for module in program.graph_module.modules():
        for node in getattr(module, "graph", torch.fx.Graph()).nodes:
            node.meta.pop("stack_trace", None)
    return program


def with_tuples(module: nn.Module) -> nn.Module:
    """The same module, with outputs as a plain tuple: readers know no class of named tuples."""
    from functools import wraps

    kind = type(module)

    @wraps(kind.forward)
    def forward(self: nn.Module, *inputs: Tensor) -> Tensor | tuple[Tensor, ...]:
        found = kind.forward(self, *inputs)
        return tuple(found) if isinstance(found, tuple) else found

    plain: nn.Module = object.__new__(type(kind.__name__, (kind,), {"forward": forward}))
    plain.__dict__ = module.__dict__
    return plain


def export(subject: Subject) -> bytes:
    """The program as a file that `torch.export.load` reads, compared with the module."""
    return attempt(subject, "torch.export", exported)


def exported(subject: Subject) -> bytes:
    """The file. Raises what torch raises, and Differs."""
    from io import BytesIO

    import torch

    from archdsl.deploy.engines import compare

    program = subject.program
    inputs, file = program.example_inputs, BytesIO()
    program.example_inputs = None  # random numbers are of no use to readers
    try:
        with quiet():
            torch.export.save(program, file)
    finally:
        program.example_inputs = inputs
    file.seek(0)
    subject.tell(f"comparing the program of {subject.network.name}")
    with quiet():
        again = torch.export.load(file).module()
        compare(subject, again, exact=True)
    return file.getvalue()
