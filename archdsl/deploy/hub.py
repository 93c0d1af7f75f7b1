"""A folder as Hugging Face's hub lays it out: weights, model card, config, the module's source."""

from __future__ import annotations

import json

from archdsl.deploy import header
from archdsl.deploy.card import card
from archdsl.deploy.tensors import safetensors

TYPE_CHECKING = False
if TYPE_CHECKING:
    from archdsl.deploy.subject import Subject


def hub(subject: Subject) -> dict[str, bytes]:
    """The files by their paths in the folder; plain PyTorch loads them, as the card says.

    The spec and the files that it uses lie in `spec/`.
    """
    from archdsl.backends.torch.source import emit

    source = emit(subject.network, spec_name=subject.spec_name, logits=subject.logits)
    files = {
        "README.md": card(subject),
        "config.json": config(subject),
        f"{module_name(subject)}.py": source,
        **{f"spec/{name}": text for name, text in subject.bundle.files.items()},
    }
    found = {"model.safetensors": safetensors(subject)}
    found |= {name: text.encode() for name, text in files.items()}
    return found


def module_name(subject: Subject) -> str:
    """The Python module of the source: no file of the folder hides a module of others."""
    return f"modeling_{model_type(subject)}"


def model_type(subject: Subject) -> str:
    """The network's name as programs write it."""
    return subject.network.name.replace("-", "_").lower()


def config(subject: Subject) -> str:
    """What programs ask of a model: its class, sizes of inputs and outputs, its spec."""
    from archdsl.backends.torch.source import root_class

    module = subject.network.module
    outputs = [o for o in module.outputs if not o.train_only]
    bundle = json.loads(header.write(subject.bundle, subject.version, subject.logits))
    bundle["files"] = [f"spec/{name}" for name in bundle["files"]]
    bundle["spec"] = f"spec/{bundle['spec']}"
    held = {
        "architectures": [root_class(subject.network)],
        "model_type": model_type(subject),
        "inputs": {p.name: list(p.type.dims) for p in module.inputs},
        "outputs": {o.name: list(module.type_of(o.value).dims) for o in outputs},
        "archdsl": bundle,
    }
    return json.dumps(held, indent=2, ensure_ascii=False) + "\n"
