"""What is deployed: a network, its weights, and the live module that each form is made from."""

from __future__ import annotations

from archdsl.deploy.errors import NotDeployable
from archdsl.weights.errors import PortError

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    import torch
    from torch import Tensor, nn

    from archdsl.deploy.bundle import Bundle
    from archdsl.ir.model import Network

SEED = 0  # of fresh weights and of the inputs that forms are compared on
TRACED = 2  # examples that are traced: a batch of one would be taken for a constant


class Subject:
    """A network on its way out.

    `weights` is the path of a checkpoint with the module's own keys, or None for fresh ones;
    `gather` makes the bundle of its spec, `version` is that of archdsl, `passes` are names of
    passes that programs go through, `stem` is what its files are called; `tell` is told
    what is done next.
    """

    __slots__ = (
        "_bundle",
        "_gather",
        "_module",
        "_program",
        "logits",
        "network",
        "passes",
        "spec_name",
        "stem",
        "tell",
        "version",
        "weights",
    )

    def __init__(
        self,
        network: Network,
        spec_name: str,
        gather: Callable[[], Bundle],
        *,
        version: str,
        logits: bool = False,
        weights: str | None = None,
        passes: Sequence[str] = (),
        stem: str = "",
        tell: Callable[[str], None] = lambda text: None,
    ) -> None:
        self.network = network
        self.spec_name = spec_name
        self.logits = logits
        self.weights = weights
        self.passes = tuple(passes)
        self.stem = stem or network.name.replace("-", "_")
        self.tell = tell
        self.version = version
        self._gather = gather
        self._bundle: Bundle | None = None
        self._module: nn.Module | None = None
        self._program: torch.export.ExportedProgram | None = None

    @property
    def bundle(self) -> Bundle:
        """The text of its spec. Raises BrokenBundle."""
        if self._bundle is None:
            self._bundle = self._gather()
        return self._bundle

    @property
    def module(self) -> nn.Module:
        """The module with its weights, on the CPU, in eval mode.

        Raises EmitError, CheckpointProblem, and PortError where the weights are not its own.
        """
        if self._module is None:
            self.tell(f"making {self.network.name}")
            self._module = make_module(self)
        return self._module

    @property
    def program(self) -> torch.export.ExportedProgram:
        """The module as a program of tensors, for any batch. Raises NotDeployable."""
        from archdsl.deploy.program import trace

        if self._program is None:
            self.tell(f"tracing {self.network.name}")
            self._program = trace(self)
        return self._program

    @property
    def output_names(self) -> list[str]:
        """Names of the outputs that there are outside of training."""
        return [o.name for o in self.network.module.outputs if not o.train_only]


def make_module(subject: Subject) -> nn.Module:
    """A module with the subject's weights, after its passes."""
    if not subject.output_names:
        raise NotDeployable(f"`{subject.network.name}` has no output outside of training")
    plain = make_plain(subject).eval()
    if not subject.passes:
        return plain
    from archdsl.backends.torch.live import build_network
    from archdsl.deploy.engines import Differs, check_equal
    from archdsl.passes.run import apply
    from archdsl.weights.moved import to_rewritten

    done = apply(without_softmax(subject), subject.passes)
    module = build_network(done.network, spec_name=subject.spec_name, device="cpu").eval()
    module.load_state_dict(to_rewritten(done.moves, plain.state_dict()))
    try:
        check_equal(subject, plain, module)
    except Differs as problem:
        raise NotDeployable(
            f"after the passes `{subject.network.name}` gives other numbers: {problem}"
        ) from problem
    return module


def make_plain(subject: Subject) -> nn.Module:
    """The module as the spec has it; the state of random numbers stays what it was."""
    from archdsl.backends.torch.errors import TorchMissing
    from archdsl.backends.torch.live import build_network
    from archdsl.weights.checkpoint import read_checkpoint

    try:
        import torch
    except ImportError:
        raise TorchMissing(
            "this form needs torch, which is not installed", help='pip install "archdsl[torch]"'
        ) from None
    network = without_softmax(subject)
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(SEED)
        module = build_network(network, spec_name=subject.spec_name, device="cpu")
    if subject.weights is not None:
        tensors = read_checkpoint(subject.weights).tensors
        fill(module, tensors, subject.network.name, subject.weights)
    return module


def without_softmax(subject: Subject) -> Network:
    """The network, without its final softmax where logits are wanted."""
    from archdsl.passes.logits import drop_final_softmax

    return drop_final_softmax(subject.network) if subject.logits else subject.network


def fill(module: nn.Module, tensors: Mapping[str, Tensor], name: str, path: str) -> None:
    """Loads tensors that have the module's own keys. Raises PortError; nothing is loaded then."""
    own = module.state_dict()
    held = {own[key].data_ptr() for key in own if key in tensors}
    for key, tensor in own.items():
        if key not in tensors:
            if tensor.numel() and tensor.data_ptr() in held:
                continue  # shared weights that stand in the file once
            raise PortError(f"{path!r} has no `{key}`, which {name} has{port_hint(path)}")
        check_tensor(key, tensor, tensors[key].shape, tensors[key].dtype, path)
    for key in tensors:
        if key not in own:
            raise PortError(f"{path!r} has `{key}`, which {name} has not{port_hint(path)}")
    module.load_state_dict(dict(tensors), strict=False)


def check_tensor(
    key: str, own: Tensor, shape: tuple[int, ...], dtype: torch.dtype, path: str
) -> None:
    """Raises PortError where a stored tensor is not one like `own`."""
    if tuple(own.shape) != tuple(shape):
        raise PortError(
            f"{path!r} has `{key}` as {sizes(shape)}, and the network has it as {sizes(own.shape)}"
        )
    if own.is_floating_point() != dtype.is_floating_point or own.is_complex() != dtype.is_complex:
        raise PortError(f"{path!r} has `{key}` as {dtype}, and the network has it as {own.dtype}")


def port_hint(path: str) -> str:
    """What to do with weights of other names."""
    return f": `archdsl weights port {path} --to FILE -o F.safetensors` gives them its keys"


def sizes(shape: tuple[int, ...]) -> str:
    """`64x3x7x7`; a single number has no sizes."""
    return "x".join(map(str, shape)) or "a single number"


def examples(network: Network, module: nn.Module, batch: int) -> tuple[Tensor, ...]:
    """Random inputs, the same each time; token ids are those that every embedding knows."""
    import torch
    from torch import nn

    from archdsl.tensor import TOKENS

    generator = torch.Generator().manual_seed(SEED + batch)
    tables = (m for m in module.modules() if isinstance(m, nn.Embedding))
    words = min((table.num_embeddings for table in tables), default=1)
    found = []
    for port in network.module.inputs:
        shape = (batch, *port.type.dims)
        if port.type.layout == TOKENS:
            found.append(torch.randint(words, shape, generator=generator))
        else:
            found.append(torch.randn(shape, generator=generator))
    return tuple(found)
