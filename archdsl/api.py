"""The Python interface: specs are loaded, and weights."""

from __future__ import annotations

from archdsl.diagnostics.model import Diagnostic
from archdsl.files import EncodingProblem, FileProblem, read_spec
from archdsl.ir.model import Network
from archdsl.net import Net, Nets
from archdsl.pipeline import Limits, Request, compile_text
from archdsl.source import SourceFile

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from os import PathLike

    import torch
    from torch import nn

    from archdsl.deploy.bundle import Bundle


class SpecError(Exception):
    """A spec that is wrong; `diagnostics` says what, where and why."""

    def __init__(self, diagnostics: list[Diagnostic]) -> None:
        from archdsl.diagnostics.render import render_all

        super().__init__("\n" + render_all(diagnostics))
        self.diagnostics = diagnostics

    def _render_traceback_(self) -> list[str]:
        """What IPython shows instead of a traceback: the places in the spec, in colour."""
        from archdsl.diagnostics.render import render_all

        return render_all(self.diagnostics, color=True).splitlines()

    def _repr_html_(self) -> str:
        from archdsl.notebook.html import errors_html

        return errors_html(self.diagnostics)


def load_plain(module: nn.Module, state_dict: Mapping[str, torch.Tensor]) -> None:
    """Loads a state_dict of the plain network into a module of `Net.module`, optimized or not."""
    from archdsl.modules import load_plain as load_moved

    load_moved(module, state_dict)


def plain_state_dict(
    module: nn.Module, base: Mapping[str, torch.Tensor] | None = None
) -> dict[str, torch.Tensor]:
    """The state_dict of the plain network that computes what a module of `Net.module` does.

    Weights of layers that its level left out are those of `base`, another state_dict of the plain
    network; `archdsl.weights.moved.WeightsMissing` where they are needed and there is none.
    """
    from archdsl.modules import plain_state_dict as move_back

    return move_back(module, base)


def load(path: str | PathLike[str], network: str | None = None, **settings: object) -> Net:
    """The network of a file; `network` names one of several, `settings` are its parameters.

    Raises SpecError where the spec is wrong, OSError where the file cannot be read, and
    ValueError where the file has several networks and none is named.
    """
    return only(*compile_file(read(path), network, settings))


def loads(text: str, network: str | None = None, **settings: object) -> Net:
    """The network of a text; see `load`."""
    return only(*compile_file(SourceFile("<text>", as_text(text)), network, settings))


def load_all(path: str | PathLike[str], network: str | None = None, **settings: object) -> Nets:
    """All networks of a file; raises what `load` raises, but for several networks."""
    return compile_file(read(path), network, settings)[0]


def loads_all(
    text: str, network: str | None = None, name: str = "text", **settings: object
) -> Nets:
    """All networks of a text; one without a header gets `name`, which stands in messages too."""
    return compile_file(SourceFile(f"{name}.arch", as_text(text)), network, settings)[0]


def load_weights(path: str) -> tuple[Net, dict[str, torch.Tensor]]:
    """The network that a safetensors file of ours brings along, and its weights.

    The file may be anybody's: its text is checked as every spec is, uses no other file of this
    machine, and every tensor is compared with the network before any is read. Raises SpecError
    where the text is wrong, ValueError where the file is broken or brings no spec or weights of
    something else. Where the file was written with `logits`, the network is without its final
    softmax.
    """
    from archdsl.backends.torch.errors import EmitError
    from archdsl.deploy.opened import WrongText, open_weights
    from archdsl.passes.logits import drop_final_softmax
    from archdsl.weights.errors import CheckpointProblem, PortError

    try:
        found = open_weights(path)
        tensors = found.tensors()
    except WrongText as problem:
        raise SpecError(problem.diagnostics) from None
    except (CheckpointProblem, PortError, EmitError) as problem:
        raise ValueError(str(problem)) from None
    bundle = found.bundle
    network = drop_final_softmax(found.network) if found.logits else found.network
    return Net(network, bundle.main.rsplit("/", 1)[-1], lambda: bundle), tensors


def read(path: str | PathLike[str]) -> SourceFile:
    """The text of a file."""
    path = as_path(path)
    try:
        return read_spec(path)
    except FileProblem as problem:
        raise OSError(str(problem)) from None
    except EncodingProblem as problem:
        raise ValueError(f"{path}: {problem.message}") from None


def as_path(path: str | PathLike[str]) -> str:
    """A path as text; TypeError for what is none."""
    import os

    found = os.fspath(path)
    if not isinstance(found, str):
        raise TypeError(f"a path is a text, and not of type {type(found).__name__}")
    return found


def as_text(text: str) -> str:
    """The text itself; TypeError for bytes and other things."""
    if not isinstance(text, str):
        raise TypeError(f"a spec is a text, and not of type {type(text).__name__}")
    return text


def compile_file(
    file: SourceFile, network: str | None, settings: dict[str, object]
) -> tuple[Nets, str]:
    """The networks that are meant, and the file's name."""
    values = {k: tuple(v) if isinstance(v, list) else v for k, v in settings.items()}
    design, diagnostics = compile_text(file, Request(network, values), Limits())
    if design is None:
        raise SpecError(diagnostics)
    return Nets([Net(n, *origin_of(file, n, values)) for n in design.networks]), file.name


def origin_of(
    file: SourceFile, network: Network, settings: dict[str, object]
) -> tuple[str, Callable[[], Bundle]]:
    """The name of a network's file, and what gives its text with all that it uses."""

    def gather() -> Bundle:
        from archdsl.deploy.bundle import gather

        return gather(file, network, Request(network.name, settings))

    return file.name.rsplit("/", 1)[-1], gather


def only(nets: Nets, name: str) -> Net:
    """The one network that there is."""
    if len(nets) != 1:
        names = ", ".join(nets.names) or "none"
        raise ValueError(f"{name} has these networks: {names}; give network=…")
    return nets[0]
