"""The Python interface: load a spec, ask it, get a live module."""

from __future__ import annotations

from archdsl.diagnostics.model import Diagnostic
from archdsl.files import EncodingProblem, FileProblem, read_spec
from archdsl.ir.model import Network
from archdsl.pipeline import Limits, Request, compile_text
from archdsl.source import SourceFile

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping, Sequence
    from typing import Any

    import torch
    from torch import nn

    from archdsl.analysis.cost import Cost
    from archdsl.analysis.walk import Layer
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


class Net:
    """One network of a spec: its counts, shapes, layers, source, picture and live module."""

    def __init__(
        self, network: Network, spec_name: str, origin: Callable[[], Bundle] | None = None
    ) -> None:
        self._network = network
        self._spec_name = spec_name
        self._origin = origin  # gives the text that it was made of
        self._cost: Cost | None = None

    @property
    def ir(self) -> Network:
        """The network in the typed IR."""
        return self._network

    @property
    def name(self) -> str:
        """The network's name."""
        return self._network.name

    @property
    def cost(self) -> Cost:
        """All totals of one example."""
        if self._cost is None:
            from archdsl.analysis.cost import cost

            self._cost = cost(self._network.module)
        return self._cost

    @property
    def params(self) -> int:
        """Parameters, frozen ones included."""
        return self.cost.params

    @property
    def trainable(self) -> int:
        """Parameters that are trained."""
        return self.cost.trainable

    @property
    def buffers(self) -> int:
        """Elements of buffers, BatchNorm's counters included."""
        return self.cost.buffers

    @property
    def macs(self) -> int:
        """Multiply-accumulates of convolutions, linear layers and attention, for one example."""
        return self.cost.total_macs

    @property
    def inputs(self) -> dict[str, tuple[int, ...]]:
        """Sizes of the inputs by name, without the batch."""
        return {p.name: p.type.dims for p in self._network.module.inputs}

    @property
    def outputs(self) -> dict[str, tuple[int, ...]]:
        """Sizes of the outputs by name, those for training included."""
        module = self._network.module
        return {o.name: module.type_of(o.value).dims for o in module.outputs}

    @property
    def input_shape(self) -> tuple[int, ...]:
        """Sizes of the first input, without the batch."""
        return next(iter(self.inputs.values()))

    @property
    def output_shape(self) -> tuple[int, ...]:
        """Sizes of the main output (the last one), without the batch."""
        return list(self.outputs.values())[-1]

    @property
    def layers(self) -> list[Layer]:
        """The layers in execution order, repeats written out (at most 100,000 of them)."""
        from itertools import islice

        from archdsl.analysis.walk import layers

        found = list(islice(layers(self._network.module), 100_001))
        if len(found) > 100_000:
            raise ValueError(f"{self.name} has more than 100,000 layers")
        return found

    def source(self, logits: bool = False, optimize: str = "none", **defaults: Any) -> str:
        """The PyTorch source; `logits` leaves out a final softmax.

        `optimize` is a level of passes, as for `module`. `defaults` are what the file's `build`
        does where its caller says nothing: `device`, `dtype`, `memory_format`, `compile`,
        `cuda_graphs`, `deterministic`; ValueError for words that there are not.
        """
        from archdsl.backends.torch.settings import Settings, fit_format
        from archdsl.backends.torch.source import emit
        from archdsl.modules import rewrite

        network = rewrite(self._network, optimize, logits).network
        settings = Settings(**defaults)
        settings.memory_format = fit_format(network, settings.memory_format)
        return emit(network, spec_name=self._spec_name, settings=settings, level=optimize)

    def module(
        self,
        *,
        device: str | torch.device | None = None,
        dtype: str | torch.dtype | None = None,
        memory_format: str | torch.memory_format | None = None,
        logits: bool = False,
        optimize: str = "none",
        compile: bool | str = False,
        cuda_graphs: Sequence[int] = (),
        deterministic: bool = False,
        weights: Mapping[str, torch.Tensor] | None = None,
        init: bool = True,
        memory_budget: int | str | None = None,
        batch: int = 1,
        max_bytes: int | None = None,
    ) -> nn.Module:
        """A live module, made by running the source. It needs torch; docs/modules.md has examples.

        `optimize` is "inference", "training" or "none"; `weights` is a state_dict of the plain
        network whatever the level, and without `init` all weights are undefined until they are
        loaded. `compile` may be a mode of torch.compile. `cuda_graphs` are sizes of batches: each
        batch is padded to the next of them. `deterministic` holds for the whole process. With a
        `memory_budget` such as "2GB" the activations of a training step on `batch` examples fit
        into it: the backward pass computes blocks once more, as few as that takes.

        Raises ValueError for words that there are not,
        `archdsl.passes.checkpoint.OverBudget` where activations cannot fit,
        `archdsl.weights.moved.WeightsMissing` where the weights are not the network's, and
        `archdsl.backends.torch.errors.ModuleTooLarge` before it allocates anything where
        parameters and buffers would take more than `max_bytes` (64 GiB), but for the device "meta".
        """
        from archdsl.backends.torch.live import MAX_BYTES
        from archdsl.modules import make_module

        return make_module(
            self._network,
            self._spec_name,
            optimize=optimize,
            logits=logits,
            weights=weights,
            device=device,
            dtype=dtype,
            memory_format=memory_format,
            compile=compile,
            cuda_graphs=tuple(cuda_graphs),
            deterministic=deterministic,
            init=init,
            memory_budget=memory_budget,
            batch=batch,
            max_bytes=MAX_BYTES if max_bytes is None else max_bytes,
        )

    def dot(self, detail: int | None = None, direction: str = "TB", theme: str = "light") -> str:
        """The diagram in Graphviz's language, as `archdsl draw` has it; detail goes from 0 to 9."""
        from archdsl.backends.dot import render_dot, usual_view, view, wrap

        if detail is None:
            shown = usual_view(self._network, direction)
        else:
            shown = view(self._network, detail, direction)
        return render_dot(wrap(shown), theme)

    def svg(self, detail: int | None = None, direction: str = "TB", theme: str = "light") -> str:
        """The diagram as SVG."""
        from archdsl.backends.dot import render_svg

        return render_svg(self.dot(detail, direction, theme))

    def report(self, format: str = "text", by: str = "layer", batch: int = 1) -> str:
        """A report: `text`, `markdown`, `csv`, `json`, `html` or `latex`."""
        from archdsl.backends.report import build, render

        return render(build([self._network], by, batch), format)

    def port(
        self, state_dict: Mapping[str, torch.Tensor], in_order: bool = False
    ) -> dict[str, torch.Tensor]:
        """A published `state_dict` as that of this network's module, by order and shape.

        `in_order` trusts the order of parallel branches of equal shapes. Raises
        `archdsl.weights.errors.PortError` where the weights do not fit, or not in one way only.
        """
        from archdsl.weights.port import keeps_order, port, revive

        module = revive(self._network, self._spec_name)
        ordered = in_order or keeps_order(state_dict)
        return port(
            self._network, module, state_dict, ordered=ordered, trust_order=in_order
        ).tensors

    def export(
        self,
        path: str,
        *,
        form: str | None = None,
        weights: str | None = None,
        optimize: str = "none",
        logits: bool = False,
    ) -> None:
        """Writes a form to ship the network in, compared with the module first.

        The path says which: `.pt2` a torch.export program, `.aoti.pt2` an AOTInductor package,
        `.onnx`, `.safetensors`, and without a suffix a folder for Hugging Face's hub; `form` is
        one of "export", "aoti", "onnx", "safetensors", "hub". `weights` is a checkpoint with the
        network's own keys, else they are fresh (seed 0). `optimize` is a level of passes. Raises
        ValueError for other words, an `archdsl.backends.torch.errors.EmitError` where a tool is
        missing or refuses the network, OSError where it cannot be written, CheckpointProblem and
        PortError of `archdsl.weights.errors` for wrong weights.
        """
        from archdsl import __version__
        from archdsl.deploy.saved import no_text, save

        save(
            self._network,
            path,
            form,
            optimize,
            spec_name=self._spec_name,
            gather=self._origin or no_text,
            version=__version__,
            logits=logits,
            weights=weights,
        )

    def _repr_svg_(self) -> str:
        return self.svg()

    def _repr_html_(self) -> str:
        from archdsl.notebook.html import net_html

        return net_html(self)

    def __repr__(self) -> str:
        ins = ", ".join("x".join(map(str, s)) for s in self.inputs.values())
        outs = ", ".join("x".join(map(str, s)) for s in self.outputs.values())
        return f"<archdsl.Net {self.name}: {ins} -> {outs}, {self.params:,} parameters>"


class Nets:
    """The networks of a spec in order: `nets[0]`, `nets["VGG-D"]`, `for net in nets`."""

    def __init__(self, nets: list[Net]) -> None:
        self._nets = nets

    def __len__(self) -> int:
        return len(self._nets)

    def __iter__(self) -> Iterator[Net]:
        return iter(self._nets)

    def __getitem__(self, which: int | str) -> Net:
        """One network by place or name; KeyError says which names there are."""
        if not isinstance(which, str):
            return self._nets[which]
        for net in self._nets:
            if net.name == which:
                return net
        raise KeyError(f"{which!r} is none of {', '.join(self.names)}")

    @property
    def names(self) -> list[str]:
        """Names of the networks."""
        return [net.name for net in self._nets]

    def report(self, format: str = "text", by: str = "network", batch: int = 1) -> str:
        """A report on all of them, side by side."""
        from archdsl.backends.report import build, render

        return render(build([net.ir for net in self._nets], by, batch), format)

    def _repr_html_(self) -> str:
        from archdsl.notebook.html import nets_html

        return nets_html(self)

    def __repr__(self) -> str:
        return "\n".join(map(repr, self._nets)) or "<archdsl.Nets: none>"


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


def load(path: str, network: str | None = None, **settings: object) -> Net:
    """The network of a file; `network` names one of several, `settings` are its parameters.

    Raises SpecError where the spec is wrong, OSError where the file cannot be read, and
    ValueError where the file has several networks and none is named.
    """
    return only(*compile_file(read(path), network, settings))


def loads(text: str, network: str | None = None, **settings: object) -> Net:
    """The network of a text; see `load`."""
    return only(*compile_file(SourceFile("<text>", text), network, settings))


def load_all(path: str, network: str | None = None, **settings: object) -> Nets:
    """All networks of a file; raises what `load` raises, but for several networks."""
    return compile_file(read(path), network, settings)[0]


def loads_all(
    text: str, network: str | None = None, name: str = "text", **settings: object
) -> Nets:
    """All networks of a text; one without a header gets `name`, which stands in messages too."""
    return compile_file(SourceFile(f"{name}.arch", text), network, settings)[0]


def load_weights(path: str) -> tuple[Net, dict[str, torch.Tensor]]:
    """The network that a safetensors file of ours brings along, and its weights.

    The file may be anybody's: its text is checked as every spec is, uses no other file of this
    machine, and every tensor is compared with the network before any is read. Raises SpecError
    where the text is wrong, ValueError where the file is broken or brings no spec or weights of
    something else.
    """
    from archdsl.backends.torch.errors import EmitError
    from archdsl.deploy.opened import WrongText, open_weights
    from archdsl.weights.errors import CheckpointProblem, PortError

    try:
        found = open_weights(path)
        tensors = found.tensors()
    except WrongText as problem:
        raise SpecError(problem.diagnostics) from None
    except (CheckpointProblem, PortError, EmitError) as problem:
        raise ValueError(str(problem)) from None
    bundle = found.bundle
    return Net(found.network, bundle.main.rsplit("/", 1)[-1], lambda: bundle), tensors


def read(path: str) -> SourceFile:
    """The text of a file."""
    try:
        return read_spec(path)
    except FileProblem as problem:
        raise OSError(str(problem)) from None
    except EncodingProblem as problem:
        raise ValueError(f"{path}: {problem.message}") from None


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
