"""What must hold of one network: everything that the compiler says of it is what torch does."""

from __future__ import annotations

import ast
import linecache
from collections.abc import Callable
from typing import Any

import torch
from torch import Tensor, nn
from torch.nn.attention import SDPBackend, sdpa_kernel

from archdsl.analysis.cost import cost
from archdsl.analysis.walk import layers
from archdsl.backends.torch.code import New
from archdsl.backends.torch.live import build_network
from archdsl.backends.torch.rows import ROWS
from archdsl.backends.torch.source import emit, root_class
from archdsl.diagnostics.render import render_all
from archdsl.ir.model import Network
from archdsl.ir.verify import verify
from archdsl.passes.logits import drop_final_softmax
from archdsl.pipeline import compile_text
from archdsl.source import SourceFile
from archdsl.tensor import TOKENS
from tests.differential.counter import Counter
from tests.differential.flat import Flat
from tests.differential.flatten import compare, flatten
from tests.differential.meaning import interpret
from tests.differential.reference import Reference, lay_out
from tests.differential.tree import Program

BATCH = 2
TOLERANCE = 1e-7
COARSE = 1e10  # of values beyond this a norm may leave nothing but rounding
TOO_LARGE = 1e60  # values beyond this say nothing
TAME = 1e20  # gradients of larger values may overflow
RUNS_AGAIN = 3  # every so many seeds the source is written and run a second time
CUTS = frozenset({"zero"})  # kinds that let no gradient through
IMPORTS = frozenset({"math", "typing", "torch"})


class Mismatch(Exception):
    """Two things that must be equal are not."""


def need(right: bool, what: str) -> None:
    """Raises Mismatch unless it is so."""
    if not right:
        raise Mismatch(what)


def compile_network(text: str) -> Network:
    """The one network of a text; Mismatch where it is refused."""
    design, wrong = compile_text(SourceFile("random", text))
    if design is None:
        raise Mismatch(f"refused: {render_all(wrong)}")
    problems = verify(design)
    need(not problems, f"the verifier says {problems}")
    return design.networks[0]


def check_network(program: Program, text: str, seed: int) -> Network:
    """All checks of one program that need torch; gives the compiled network."""
    network = compile_network(text)
    flat = flatten(network)
    difference = compare(lay_out(program), flat)
    need(not difference, f"the tree means something else: {difference}")
    check_running(network, flat, seed)
    return network


def check_running(network: Network, flat: Reference, seed: int) -> None:
    """All checks of a compiled network as a module: what it holds, counts and computes."""
    torch.default_generator.manual_seed(seed)
    module = build_network(network, spec_name="random")
    start = {name: t.clone() for name, t in module.state_dict().items()}
    check_tensors(module, network, flat)
    train(module, network, flat, seed)
    shake(module)
    inputs = sample(network, seed)
    outputs = check_values(module, network, flat, inputs)
    cls = check_source(network) if seed % RUNS_AGAIN == 0 else type(module)
    torch.default_generator.manual_seed(seed)
    check_twin(module, cls(), start, inputs, outputs)
    check_logits(network, flat, dict(module.state_dict()), inputs)


def sample(network: Network, seed: int) -> list[Tensor]:
    """Inputs of a batch of two; ids for tokens are 0 or 1."""
    made = torch.Generator().manual_seed(seed)
    return [
        torch.randint(0, 2, (BATCH, *p.type.dims), generator=made)
        if p.type.layout == TOKENS
        else torch.randn(BATCH, *p.type.dims, generator=made)
        for p in network.module.inputs
    ]


def shake(module: nn.Module) -> None:
    """Moves weights away from the ones and zeros that they start from."""
    for parameter in module.parameters():
        parameter.data.add_(torch.randn_like(parameter), alpha=0.1)
    for name, buffer in module.named_buffers():
        if name.endswith("running_mean"):
            buffer.uniform_(-0.5, 0.5)
        elif name.endswith("running_var"):
            buffer.uniform_(0.5, 2)


def check_tensors(module: nn.Module, network: Network, flat: Reference) -> None:
    """Names, shapes, order and kinds of what the module holds; totals; what each layer holds."""
    wanted: dict[str, tuple[tuple[int, ...], str]] = {}
    for layer in flat.layers:
        for w in layer.op.weights(layer.in_types) if layer.path == layer.weights else ():
            wanted[f"{layer.weights}.{w.name}"] = (w.shape, w.role)
    trained = {name: p.requires_grad for name, p in module.named_parameters()}
    held = {}
    for name, t in module.state_dict().items():
        role = "buffer" if name not in trained else "param" if trained[name] else "frozen"
        held[name] = (tuple(t.shape), role)
    need(list(held.items()) == list(wanted.items()), f"holds {held}, not {wanted}")
    total = cost(network.module)
    counted = sum(p.numel() for p in module.parameters())
    need(total.params == counted, f"{total.params} parameters, not {counted}")
    counted = sum(p.numel() for p in module.parameters() if p.requires_grad)
    need(total.trainable == counted, f"{total.trainable} trainable, not {counted}")
    counted = sum(b.numel() for b in module.buffers())
    need(total.buffers == counted, f"{total.buffers} buffers, not {counted}")
    need(total.layers == len(flat.layers), f"{total.layers} layers, not {len(flat.layers)}")
    by_layer: dict[str, int] = {}
    for row, layer in zip(layers(network.module), flat.layers, strict=True):
        need((row.path, row.op) == (layer.path, layer.op), f"row {row.path} for {layer.path}")
        by_layer[row.path] = by_layer.get(row.path, 0) + row.params
    sizes = {name: p.numel() for name, p in module.named_parameters()}
    for path, count in by_layer.items():
        own = sum(size for name, size in sizes.items() if name.startswith(path + "."))
        need(count == own, f"{path} holds {own} parameters, not {count}")


def train(module: nn.Module, network: Network, flat: Reference, seed: int) -> None:
    """A step forwards, counted, and one backwards."""
    module.train()
    hooks = [
        m.register_forward_pre_hook(ask_gradient)
        for m in module.modules()
        if isinstance(m, nn.GroupNorm)
    ]
    inputs = [x.requires_grad_(x.is_floating_point()) for x in sample(network, seed + 1)]
    plain = torch.backends.mkldnn.flags(enabled=False)
    with plain, sdpa_kernel(SDPBackend.MATH), Counter() as counter:
        found = as_list(module(*inputs))
    for hook in hooks:
        hook.remove()
    types = network.module.output_types()
    shapes = [tuple(y.shape) for y in found]
    need(shapes == [(BATCH, *t.dims) for t in types], f"gives {shapes} in training")
    total = cost(network.module).total_macs
    flops = counter.total
    need(flops == 2 * BATCH * total, f"{total} MACs, torch counts {flops / 2 / BATCH}")
    fed = fed_weights(flat)
    learns = any(p.requires_grad for n, p in module.named_parameters() if owner_of(n, fed) in fed)
    if not learns or not all(bool(y.detach().isfinite().all()) for y in found):
        return
    size = max(float(y.detach().abs().max()) for y in found)
    torch.stack([y.sum() for y in found]).sum().backward()
    for name, parameter in module.named_parameters():
        wanted = parameter.requires_grad and owner_of(name, fed) in fed
        need((parameter.grad is not None) == wanted, f"gradient of {name}, wanted: {wanted}")
        if parameter.grad is not None and size < TAME:
            need(bool(parameter.grad.isfinite().all()), f"gradient of {name} is not finite")


def ask_gradient(_: nn.Module, inputs: tuple[Tensor, ...]) -> tuple[Tensor, ...]:
    """Asks for the gradient of a norm's input where none is needed.

    torch 2.13's GroupNorm ends the process on a channels-last input that needs no gradient.
    """
    return tuple(x if x.requires_grad else x.detach().requires_grad_() for x in inputs)


def owner_of(name: str, paths: set[object]) -> str:
    """The layer that holds a tensor of that name."""
    owner = name.rpartition(".")[0]
    while owner not in paths and "." in owner:
        owner = owner.rpartition(".")[0]
    return owner


def fed_weights(flat: Reference) -> set[object]:
    """Paths of the weights that an output depends on by a way that lets gradients through."""
    live = {value for _, value, _ in flat.outputs}
    found: set[object] = set()
    for layer in reversed(flat.layers):
        if live.intersection(layer.outputs):
            dropped = layer.op.name == "droppath" and layer.op.__dict__["p"] == 1
            if layer.op.name not in CUTS and not dropped:
                # of a tensor to be `like` the sizes are read alone
                live.update(layer.inputs[: 1 if "like" in layer.op.tensors else None])
                found.add(layer.weights)
    return found - {None}


def as_list(made: Any) -> list[Tensor]:
    """The outputs of a module."""
    return [made] if isinstance(made, Tensor) else list(made)


def check_values(
    module: nn.Module, network: Network, flat: Reference, inputs: list[Tensor]
) -> list[Tensor]:
    """In eval mode each layer gives the shape that the IR says and the values of its meaning."""
    module.eval()
    with torch.no_grad():
        state = dict(module.state_dict())
        values, ran = interpret(flat, state, inputs)
        seen = watch(module, {layer.kept for layer in flat.layers})
        outputs = as_list(module(*inputs))
        twice = as_list(module(*(torch.cat([x, x.flip(0)]) for x in inputs)))
    live = evaluated(flat)

    def shaky(number: int, difference: Tensor) -> bool:
        """Whether inputs that differ by rounding make as large a difference."""
        largest = 0.0
        for step in (1e-13, -1e-13, 3e-13, -3e-13, 1e-12, -1e-12):
            near = [x * (1 + step) if x.is_floating_point() else x for x in inputs]
            moved, _ = interpret(flat, state, near)
            largest = max(largest, float((moved[number] - values[number]).abs().max()))
        return largest >= float(difference.abs().max())

    def coarse(layer: Flat) -> bool:
        """Whether a norm subtracts from huge values their mean."""
        read = (values[i] for i in layer.inputs)
        return layer.op.family == "norm" and any(float(v.abs().max()) > COARSE for v in read)

    for layer, outs in ran:
        where = f"{layer.path}: {layer.op.text()} on {', '.join(map(str, layer.in_types))}"
        shapes = [tuple(y.shape) for y in outs]
        need(shapes == [(BATCH, *t.dims) for t in layer.out_types], f"{where} gives {shapes}")
        if layer_is_module(layer):
            if not live.intersection(layer.outputs):
                continue  # it runs in training only
            got = seen.get(layer.kept, [])
            need(bool(got), f"{where} did not run")
            for number, y, z in zip(layer.outputs, outs, as_list(got.pop(0)), strict=True):
                alike = close(y, z) or coarse(layer) or shaky(number, y - z)
                need(alike, f"{where}: values differ")
    kept = [value for _, value, training in flat.outputs if not training]
    for value, y, both in zip(kept, outputs, twice, strict=True):
        noise = any(coarse(layer) for layer, _ in ran)
        right = close(values[value], y) or noise or shaky(value, values[value] - y)
        need(right, "values of an output differ")
        need(both.shape == (2 * BATCH, *y.shape[1:]), "twice the batch has another shape")
        half = both[:BATCH]
        right = close(y, half) or noise or shaky(value, y - half)
        need(right, "twice the batch changes its first half")
    return outputs


def evaluated(flat: Reference) -> set[int]:
    """The tensors that outputs need outside of training."""
    live = {value for _, value, training in flat.outputs if not training}
    for layer in reversed(flat.layers):
        if live.intersection(layer.outputs):
            live.update((*layer.inputs, *layer.outputs))
    return live


def layer_is_module(layer: Any) -> bool:
    """Whether the source has a submodule for the layer (a tied embedding's FC has none)."""
    if layer.op.name == "FC" and layer.path != layer.weights:
        return False
    return isinstance(ROWS[type(layer.op)](layer.op, layer.in_types), New)


def close(a: Tensor, b: Tensor) -> bool:
    """Equal up to rounding; where values are beyond all sense, of equal shape."""
    if a.shape != b.shape:
        return False
    size = float(a.abs().max()) if a.numel() else 0.0
    if not size < TOO_LARGE:
        return True
    return bool((a - b).abs().max() <= TOLERANCE * max(size, 1.0))


def watch(module: nn.Module, paths: set[object]) -> dict[str, list[Tensor]]:
    """What every submodule of these paths gives, in the order of its calls."""
    seen: dict[str, list[Tensor]] = {}

    def hook(path: str) -> Callable[..., None]:
        def note(_: nn.Module, __: object, out: Any) -> None:
            seen.setdefault(path, []).append(out.clone() if isinstance(out, Tensor) else out)

        return note

    for path, child in module.named_modules():
        if path in paths:
            child.register_forward_hook(hook(path))
    return seen


def check_source(network: Network) -> type[nn.Module]:
    """The source is written alike each time and imports torch alone; its class, run again."""
    text = emit(network, spec_name="random")
    name = f"<archdsl random:{network.name}>"
    need(text == "".join(linecache.getlines(name)), "the source differs from one time to the next")
    tree = ast.parse(text)
    for node in tree.body:
        names = [a.name for a in node.names] if isinstance(node, ast.Import) else []
        names += [str(node.module)] if isinstance(node, ast.ImportFrom) else []
        need(all(n.split(".")[0] in IMPORTS for n in names), f"the source imports {names}")
    namespace: dict[str, Any] = {"__name__": "generated"}
    exec(compile(tree, "generated", "exec"), namespace)
    cls: type[nn.Module] = namespace[root_class(network)]
    return cls


def check_twin(
    module: nn.Module,
    twin: nn.Module,
    start: dict[str, Tensor],
    inputs: list[Tensor],
    outputs: list[Tensor],
) -> None:
    """A second module of the same seed starts alike, and computes the same with the same weights.

    `start` is what the first one held when it was made.
    """
    made = twin.state_dict()
    need(list(made) == list(start), "the source holds other tensors than the live module")
    need(all(torch.equal(made[n], start[n]) for n in made), "one seed, two starts")
    twin.load_state_dict(module.state_dict(), strict=True)
    twin.eval()
    with torch.no_grad():
        found = as_list(twin(*inputs))
    same = [torch.equal(a, b) for a, b in zip(found, outputs, strict=True)]
    finite = all(bool(y.isfinite().all()) for y in outputs)
    need(all(same) or not finite, "source and live module compute different things")


def check_logits(
    network: Network, flat: Reference, state: dict[str, Tensor], inputs: list[Tensor]
) -> None:
    """Without its final softmax a network gives what went into that, and all else as before."""
    bare = drop_final_softmax(network)
    makers = {layer.outputs[0]: layer for layer in flat.layers}
    if bare is network:
        return
    with torch.no_grad():
        before, _ = interpret(flat, state, inputs)
        other = flatten(bare)
        after, _ = interpret(other, state, inputs)
    for (_, old, _), (_, new, _) in zip(flat.outputs, other.outputs, strict=True):
        maker = makers.get(old)
        fitting = [before[old]]
        if maker is not None and maker.op.name in ("softmax", "logsoftmax"):
            fitting.append(before[maker.inputs[0]])
        need(any(close(v, after[new]) for v in fitting), "logits differ")
