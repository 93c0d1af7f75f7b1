"""The model card of a hub folder: what the network is, how it is loaded, what its figures are."""

from __future__ import annotations

TYPE_CHECKING = False
if TYPE_CHECKING:
    from archdsl.deploy.subject import Subject

HEAD = """\
---
library_name: pytorch
tags:
- archdsl
- pytorch
---

# {name}

{weights} {softmax}

## Loading it

With PyTorch and safetensors, in this folder:

```python
import torch
from safetensors.torch import load_file

from {module} import build

model = build()
model.load_state_dict(load_file("model.safetensors"))
model.eval()
{inputs}
with torch.no_grad():
    outputs = model({names})
```

`{module}.py` imports nothing but PyTorch; `python {module}.py` checks that its counts and shapes
are those of the specification. `archdsl weights open model.safetensors` checks the specification
inside of the weights, and that the weights are its network's.

## Inputs and outputs

Sizes without the batch, which comes first and is free.

| | name | size | type |
|:--|:--|:--|:--|
{ports}

"""
FRESH = (
    "**The weights are fresh: this network has not been trained.** Figures of accuracy below, if"
    " any, are those that the specification states of trained weights."
)
LOADED = (
    "The weights are those of a checkpoint that the author of this folder gave. Figures of"
    " accuracy below, if any, are those that the specification states; they were not measured on"
    " these weights."
)
SPEC = """
## Specification

The network was written as the text below (`spec/{main}`); archdsl {version} made all files from it.

{fence}
{text}
{fence}
"""


def card(subject: Subject) -> str:
    """The page in Markdown; text of the spec stands in code or is escaped."""
    from archdsl.backends.report import build, render
    from archdsl.deploy.hub import module_name

    ports = subject.network.module.inputs
    head = HEAD.format(
        name=subject.network.name,
        weights=FRESH if subject.weights is None else LOADED,
        softmax="A final softmax is left out: the output is logits." if subject.logits else "",
        module=module_name(subject),
        inputs="\n".join(f"x{i} = {example(port.type)}" for i, port in enumerate(ports)),
        names=", ".join(f"x{i}" for i in range(len(ports))),
        ports="\n".join(port_rows(subject)),
    ).replace(" \n", "\n")
    report = render(build([subject.network], "stage"), "markdown")
    text = subject.bundle.files[subject.bundle.main].rstrip("\n")
    spec = SPEC.format(
        main=plain(subject.bundle.main), version=subject.version, fence=fence(text), text=text
    )
    return head + report + spec


def port_rows(subject: Subject) -> list[str]:
    """A row for each input and output."""
    from archdsl.tensor import TOKENS

    module = subject.network.module
    rows = [("input", port.name, port.type) for port in module.inputs]
    outputs = [o for o in module.outputs if not o.train_only]
    rows += [("output", o.name, module.type_of(o.value)) for o in outputs]
    return [
        f"| {what} | `{name}` | {type} | {'int64' if type.layout == TOKENS else 'float32'} |"
        for what, name, type in rows
    ]


def example(type: object) -> str:
    """Python that makes an input of two examples."""
    from archdsl.tensor import TOKENS, TensorType

    assert isinstance(type, TensorType)
    sizes = ", ".join(map(str, (2, *type.dims)))
    if type.layout == TOKENS:
        return f"torch.zeros({sizes}, dtype=torch.long)"
    return f"torch.randn({sizes})"


def fence(text: str) -> str:
    """A fence that the text cannot close."""
    longest = run = 0
    for char in text:
        run = run + 1 if char == "`" else 0
        longest = max(longest, run)
    return "`" * max(3, longest + 1)


def plain(name: str) -> str:
    """A file's name in a code span."""
    return name.replace("`", "'")
