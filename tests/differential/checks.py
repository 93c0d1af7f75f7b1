"""What must hold of one network: everything that the compiler says of it is what torch does."""

from __future__ import annotations

import builtins
import linecache
from typing import Any

import torch
from torch import Tensor, nn
from torch.nn.attention import SDPBackend, sdpa_kernel

from archdsl.analysis.cost import cost
from archdsl.analysis.walk import layers
from archdsl.backends.torch.live import build_network, file_name
from archdsl.backends.torch.source import emit, root_class
from archdsl.diagnostics.render import render_all
from archdsl.ir.model import Network
from archdsl.ir.verify import verify
from archdsl.pipeline import compile_text
from archdsl.source import SourceFile
from archdsl.tensor import TOKENS
from tests.differential.agree import Mismatch, as_list, need
from tests.differential.counter import Counter
from tests.differential.flatten import compare, flatten
from tests.differential.reference import Reference, lay_out
from tests.differential.rewritten import check_logits, check_passes
from tests.differential.tree import Program
from tests.differential.values import Meant, check_values

BATCH = 2
TAME = 1e20  # gradients of larger values may overflow
CUTS = frozenset({"zero"})  # kinds that let no gradient through
IMPORTS = frozenset({"math", "typing", "torch"})


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
    state = {name: t.detach() for name, t in module.state_dict().items()}
    with torch.no_grad():
        meant = Meant(flat, state, inputs)
    outputs = check_values(module, meant)
    source = check_source(network)
    twin: type[nn.Module] = source[root_class(network)]
    torch.default_generator.manual_seed(seed)
    check_twin(module, twin(), start, inputs, outputs)
    check_folded(source, meant)
    check_logits(network, meant)
    check_passes(network, meant, seed)


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
    endless: list[nn.Module] = []

    def watch(m: nn.Module, _: object, y: object) -> None:
        """A max pool of padding alone gives minus infinity, of which no gradient is a number."""
        if isinstance(y, Tensor) and not y.detach().isfinite().all():
            endless.append(m)

    hooks += [m.register_forward_hook(watch) for m in module.modules()]
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
    if not learns or endless or not all(bool(y.detach().isfinite().all()) for y in found):
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


def check_source(network: Network) -> dict[str, Any]:
    """The source is written alike each time and imports torch alone; its names, run again."""
    text = emit(network, spec_name="random")
    name = file_name(text, "random", network.name)
    need(text == "".join(linecache.getlines(name)), "the source differs from one time to the next")
    namespace: dict[str, Any] = {"__name__": "generated", "__builtins__": BUILTINS}
    exec(compile(text, "generated", "exec"), namespace)
    return namespace


def check_folded(source: dict[str, Any], meant: Meant) -> None:
    """Where the written file's `build` folds norms, it computes the same without them."""
    if "NORMS" not in source:
        return
    made = source["build"](weights=meant.state, optimize="inference")
    with torch.no_grad():
        outputs = as_list(made(*meant.inputs))
    kept = [value for _, value, training in meant.flat.outputs if not training]
    for value, y in zip(kept, outputs, strict=True):
        right = meant.is_like(value, meant.values[value], y)
        need(right, "the norms that the file folds change an output")


def import_torch(name: str, *more: Any) -> Any:
    """What an `import` of the source gives; Mismatch for any other module."""
    need(name.split(".", maxsplit=1)[0] in IMPORTS, f"the source imports {name}")
    return __import__(name, *more)


BUILTINS = {**vars(builtins), "__import__": import_torch}


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
