"""The function `build` of the generated file, and the functions that it calls."""

from __future__ import annotations

from archdsl.backends.torch import folding
from archdsl.backends.torch.forward import output_class
from archdsl.backends.torch.layout import lay_out, signature
from archdsl.backends.torch.literals import literal
from archdsl.ir.model import CallNode, OpNode

TYPE_CHECKING = False
if TYPE_CHECKING:
    from archdsl.backends.torch.plan import ClassPlan
    from archdsl.backends.torch.settings import Settings
    from archdsl.ir.model import Module

_CONVOLUTIONS = frozenset(("conv", "dwconv"))

_LAY_OUT = '''
def lay_out_inputs(net: nn.Module, inputs: tuple[Tensor, ...]) -> tuple[Tensor, ...]:
    """Puts channels last, once for all layers that read an input."""
    formats = {4: torch.channels_last, 5: torch.channels_last_3d}
    wanted = [formats.get(x.dim(), torch.contiguous_format) for x in inputs]
    return tuple(x.contiguous(memory_format=f) for x, f in zip(inputs, wanted))
'''

_GRAPHED = '''
class Graphed(nn.Module):
    """Runs `net` as CUDA graphs for inference, batches padded to the next size."""

    def __init__(self, net: nn.Module, sizes: tuple[int, ...]) -> None:
        super().__init__()
        self.net = net
        self.sizes = sorted(sizes)
        self.graphs = {}

FORWARD
        batch = len(inputs[0])
        if self.training or batch > self.sizes[-1]:
            return self.net(*inputs)
        size = min(n for n in self.sizes if n >= batch)
        rests = [x.new_zeros(size - batch, *x.shape[1:]) for x in inputs]
        full = tuple(torch.cat(pair) for pair in zip(inputs, rests))
        if full[0].is_cuda and size not in self.graphs:
            run = self.net.__call__
            self.graphs[size] = torch.cuda.make_graphed_callables(run, full)
        outputs = self.graphs.get(size, self.net)(*full)
RESULT
'''

_NAME_WORDS = """
Graphed NORMS fold_norms lay_out_inputs memory_format optimize compile cuda_graphs deterministic
weights init fresh home net inputs formats wanted f x zip sizes batch size sorted min n rests full
pair run outputs parts y block norm name norm_name dict ValueError type
"""

_ATTRIBUTE_WORDS = """
channels_last channels_last_3d contiguous_format preserve_format memory_format contiguous dim get
net sizes graphs is_cuda cuda make_graphed_callables __call__ new_zeros cat clone
use_deterministic_algorithms backends cudnn benchmark requires_grad_ to_empty load_state_dict
compile register_forward_pre_hook modules get_submodule register_module utils fuse_conv_bn_eval
fuse_linear_bn_eval promote_types Identity Linear ConvTranspose1d ConvTranspose2d ConvTranspose3d
float64 float32 float16 bfloat16
"""

NAMES = frozenset(_NAME_WORDS.split())
"""Names that these functions use, beside those of the rest of the file."""

ATTRIBUTES = frozenset(_ATTRIBUTE_WORDS.split())
"""Attributes that these functions use, beside those of the rest of the file."""


def lines(classes: list[ClassPlan], settings: Settings, level: str) -> list[list[str]]:
    """Blocks of source, `build` last; `level` is that of the passes that the network took."""
    root = classes[-1]
    folds = folding.lines(classes) if level == "none" else []
    hook = not _starts_with_convolutions(root.module)
    layout = [_LAY_OUT.strip().splitlines()] if hook else []
    return [*folds, *layout, _graphed(root), _build(root, settings, level, bool(folds), hook)]


def _starts_with_convolutions(module: Module) -> bool:
    """Whether each image that goes in is read by one convolution, which lays it out itself."""
    return all(
        _is_read_by_convolution(module, k)
        for k, port in enumerate(module.inputs)
        if port.type.rank > 1
    )


def _is_read_by_convolution(module: Module, k: int) -> bool:
    readers = [node for node in module.nodes if (-1, k) in node.inputs]
    if len(readers) != 1 or any(o.value == (-1, k) for o in module.outputs):
        return False
    (node,) = readers
    if isinstance(node, CallNode):
        return node.inputs.count((-1, k)) == 1 and _is_read_by_convolution(
            node.module, node.inputs.index((-1, k))
        )
    return isinstance(node, OpNode) and node.op.name in _CONVOLUTIONS


def _graphed(root: ClassPlan) -> list[str]:
    several = sum(not o.train_only for o in root.module.outputs) > 1
    name = output_class(root, training=False)
    result = "outputs[:batch].clone()"
    lines = []
    if several:
        lines = ["        parts = (y[:batch].clone() for y in outputs)"]
        result = f"{name}(*parts)"
    lines += lay_out(f"return {result}", 8)
    head = signature("forward", ["self", "*inputs: Tensor"], name if several else "Tensor", 4)
    text = _GRAPHED.replace("FORWARD", "\n".join(head)).replace("RESULT", "\n".join(lines))
    return text.strip().splitlines()


def _build(root: ClassPlan, settings: Settings, level: str, folds: bool, hook: bool) -> list[str]:
    return [
        *_signature(settings, level),
        *_doc(level, folds),
        *(_CHECK if level == "none" else ()),
        *(_FOLD_CHECK if level == "none" and folds else ()),
        "    if deterministic:",
        "        torch.use_deterministic_algorithms(True)",
        "        torch.backends.cudnn.benchmark = False",
        "    home = device or torch.get_default_device()",
        "    fresh = init and weights is None",
        '    with torch.device(home if fresh else "meta"):',
        f"        net = {root.name}()",
        "    if not fresh:",
        "        net.to_empty(device=home)",
        "    if weights is not None:",
        "        if dtype is not None:  # so that wide weights are not rounded on their way",
        "            net.to(torch.promote_types(dtype, torch.float32))",
        "        net.load_state_dict(weights)",
        *_evaluation(level, folds),
        "    net.to(dtype=dtype, memory_format=memory_format)",
        *(_HOOK if hook else ()),
        "    if compile:",
        "        net.compile(mode=compile if isinstance(compile, str) else None)",
        "    if cuda_graphs:",
        "        return Graphed(net, cuda_graphs).eval().requires_grad_(False)",
        "    return net",
    ]


_CHECK = (
    '    if optimize not in ("none", "inference"):',
    '        raise ValueError(f"optimize is none or inference, not {optimize!r}")',
)

_FOLD_CHECK = (
    '    if optimize == "inference" and weights is None and not init:',
    '        raise ValueError("norms fold into weights: without init give them")',
)

_HOOK = (
    "    if memory_format in (torch.channels_last, torch.channels_last_3d):",
    "        net.register_forward_pre_hook(lay_out_inputs)",
)


def _evaluation(level: str, folds: bool) -> list[str]:
    if level == "inference":
        return ["    net.eval().requires_grad_(False)"]
    if level == "training":
        return []
    fold = ["        fold_norms(net)"] if folds else []
    return ['    if optimize == "inference":', "        net.eval().requires_grad_(False)", *fold]


def _signature(settings: Settings, level: str) -> list[str]:
    dtype = f"torch.{settings.dtype}" if settings.dtype else "None"
    layout = f"torch.{settings.memory_format or 'preserve_format'}"
    optimize = ['optimize: str = "none"'] if level == "none" else []
    arguments = [
        f"device: torch.device | str | None = {literal(settings.device)}",
        f"dtype: torch.dtype | None = {dtype}",
        f"memory_format: torch.memory_format = {layout}",
        *optimize,
        f"compile: bool | str = {literal(settings.compile)}",
        f"cuda_graphs: tuple[int, ...] = {literal(settings.cuda_graphs)}",
        f"deterministic: bool = {literal(settings.deterministic)}",
        "weights: dict[str, Tensor] | None = None",
        "init: bool = True",
    ]
    return ["def build(", *(f"    {argument}," for argument in arguments), ") -> nn.Module:"]


def _doc(level: str, folds: bool) -> list[str]:
    """The docstring: what the arguments mean that PyTorch has not."""
    told = ["The network with fresh weights, or with those of a state_dict.", ""]
    if level == "none":
        what = ", BatchNorms folded" if folds else ""
        told.append(f'`optimize="inference"` makes it one for evaluation alone{what}.')
    told += [
        "`compile` may name a mode of torch.compile. `cuda_graphs` are the sizes of",
        "batches that are captured. `deterministic` holds for the whole process.",
        "Without `init` weights are undefined until they are loaded.",
    ]
    first, *rest = told
    return [f'    """{first}', *(f"    {line}" if line else "" for line in rest), '    """']
