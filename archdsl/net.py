"""A network with its facts, forms and live module, as Python has it."""

from __future__ import annotations

from archdsl.ir.model import Network

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping, Sequence
    from os import PathLike
    from typing import Any

    import torch
    from torch import nn

    from archdsl.analysis.cost import Cost
    from archdsl.analysis.walk import Layer
    from archdsl.deploy.bundle import Bundle


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
        unknown = [name for name in defaults if name not in Settings.__slots__]
        if unknown:
            names = ", ".join(Settings.__slots__)
            raise ValueError(f"`build` has no {unknown[0]!r}: one of {names}")
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
        max_bytes: int | str | None = None,
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
        `archdsl.weights.moved.WeightsMissing` or torch's RuntimeError where the weights are not
        the network's, and
        `archdsl.backends.torch.errors.ModuleTooLarge` before it allocates anything where
        parameters and buffers would take more than `max_bytes` (64 GiB), but for the device "meta".
        """
        from archdsl.backends.torch.live import MAX_BYTES
        from archdsl.backends.torch.settings import read_bytes
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
            cuda_graphs=cuda_graphs,
            deterministic=deterministic,
            init=init,
            memory_budget=memory_budget,
            batch=batch,
            max_bytes=read_bytes(MAX_BYTES if max_bytes is None else max_bytes),
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
        from archdsl.modules import check_state
        from archdsl.weights.port import keeps_order, port, revive

        check_state(state_dict, {})
        module = revive(self._network, self._spec_name)
        ordered = in_order or keeps_order(state_dict)
        return port(
            self._network, module, state_dict, ordered=ordered, trust_order=in_order
        ).tensors

    def export(
        self,
        path: str | PathLike[str],
        *,
        form: str | None = None,
        weights: str | PathLike[str] | None = None,
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
        import os

        from archdsl import __version__
        from archdsl.deploy.saved import no_text, save

        if weights is not None and not isinstance(weights, (str, os.PathLike)):
            raise TypeError(
                "weights are the path of a checkpoint here, and not of type"
                f" {type(weights).__name__}: save a state_dict with torch.save first"
            )
        save(
            self._network,
            os.fspath(path),
            form,
            optimize,
            spec_name=self._spec_name,
            gather=self._origin or no_text,
            version=__version__,
            logits=logits,
            weights=None if weights is None else os.fspath(weights),
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
