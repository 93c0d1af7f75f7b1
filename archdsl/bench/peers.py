"""The same network as torchvision or timm publish it, to run beside ours. Needs torch."""

from __future__ import annotations

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable
    from typing import Any

    import torch
    from torch import nn

    from archdsl.ir.model import Network

LIBRARIES = ("torchvision", "timm")

ALIASES = {
    "vgga": "vgg11",
    "vggb": "vgg13",
    "vggd": "vgg16",
    "vgge": "vgg19",
    "alexnetsingle": "alexnet",
    "googlenetbn": "googlenet",
    "mnasnet": "mnasnet10",
    "mobilenetv1relu6": "mobilenetv1100",
    "seresnet50v1": "legacyseresnet50",
    "vits16": "vitsmallpatch16224",
    "vitti16": "vittinypatch16224",
    "xception": "legacyxception",
}
"""Names of papers and what libraries call the same; `-deploy` at the end is left out before."""

WITHOUT_INITIALIZATION = {"init_weights": False}
OPTIONS: dict[str, dict[str, Any]] = {
    "vgg": WITHOUT_INITIALIZATION,
    "googlenet": WITHOUT_INITIALIZATION | {"transform_input": False, "aux_logits": False},
    "inception": WITHOUT_INITIALIZATION | {"transform_input": False, "aux_logits": False},
}
"""Arguments of torchvision's builders, by how the name of the model begins."""

_STUBS: list[torch.library.Library] = []  # declared operators live as long as their library


class Peer:
    """A library's module of the same network: `library`, its `version`, and what it calls it."""

    __slots__ = ("library", "model", "module", "version")

    def __init__(self, library: str, version: str, model: str, module: nn.Module) -> None:
        self.library = library
        self.version = version
        self.model = model
        self.module = module

    def __str__(self) -> str:
        return f"{self.library} {self.version}, {self.model}"


def find_peer(network: Network) -> Peer | None:
    """The module of the library that knows the network by name and has as many parameters.

    Names are compared by their letters and digits: `ResNet-50` is `resnet50`. None where neither
    library is installed or knows it.
    """
    from archdsl.analysis.cost import cost

    params = cost(network.module).params
    for library in LIBRARIES:
        models = _models(library)
        model = match_name(network.name, models)
        if model is None:
            continue
        module = create(library, model)
        if sum(p.numel() for p in module.parameters()) == params:
            return Peer(library, _version(library), model, module)
    return None


def match_name(name: str, models: Iterable[str]) -> str | None:
    """The library's name of a network, if it has one."""
    key = _key(name).removesuffix("deploy")
    key = ALIASES.get(key, key)
    return next((model for model in models if _key(model) == key), None)


def create(library: str, model: str) -> nn.Module:
    """A library's module with random weights."""
    import torch

    with torch.random.fork_rng(devices=[]):
        if library == "torchvision":
            options = next((o for head, o in OPTIONS.items() if model.startswith(head)), {})
            made: nn.Module = _torchvision().get_model(model, weights=None, **options)
        else:
            import timm

            made = timm.create_model(model, pretrained=False)
    return made


def _models(library: str) -> list[str]:
    """What a library has; nothing where it is not installed."""
    try:
        models = _torchvision()
        if library == "torchvision":
            return sorted(models.list_models(module=models))
        import timm
    except ImportError:
        return []
    return sorted(timm.list_models())


def _torchvision() -> Any:
    """`torchvision.models`.

    Where its compiled operators do not fit the installed torch, the two that importing it asks
    for are declared: the networks use none of them.
    """
    try:
        from torchvision import models
    except RuntimeError:
        import torch

        library = torch.library.Library("torchvision", "FRAGMENT")
        library.define("nms(Tensor dets, Tensor scores, float iou_threshold) -> Tensor")
        library.define("qnms(Tensor dets, Tensor scores, float iou_threshold) -> Tensor")
        _STUBS.append(library)
        from torchvision import models
    return models


def _version(library: str) -> str:
    from importlib.metadata import version

    return version(library)


def _key(name: str) -> str:
    return "".join(c for c in name.lower() if c.isalnum())


def weights_of(peer: Peer, network: Network, spec_name: str) -> dict[str, torch.Tensor]:
    """The peer's weights as the `state_dict` of our plain module. Raises PortError.

    Branches that could change places are taken in the peer's order: `difference` tells.
    """
    from archdsl.weights.port import port, revive

    state = peer.module.state_dict()
    return port(network, revive(network, spec_name), state, trust_order=True).tensors


def difference(ours: nn.Module, theirs: nn.Module, inputs: tuple[torch.Tensor, ...]) -> float:
    """The largest difference of the outputs in evaluation, as a share of the largest number."""
    import torch

    with torch.inference_mode():
        a, b = (module.eval()(*inputs).double() for module in (ours, theirs))
    return float((a - b).abs().max() / b.abs().max().clamp_min(1e-30))
