"""What a launcher trains with: random examples, a loss and an optimizer, from the IR."""

from __future__ import annotations

import builtins
import textwrap

from archdsl.analysis.walk import layers
from archdsl.backends.torch.layout import lay_out, signature
from archdsl.backends.torch.literals import literal
from archdsl.backends.torch.names import Namer, variable
from archdsl.backends.torch.registers import port_names
from archdsl.distributed.errors import NotDistributable
from archdsl.ir.model import CallNode, OpNode, Recipe
from archdsl.ops.embedding import Embed
from archdsl.tensor import SEQUENCE, TOKENS

TYPE_CHECKING = False
if TYPE_CHECKING:
    from archdsl.ir.model import Module, Network, Value
    from archdsl.tensor import TensorType

_ACROSS = {"mse": "mse_loss", "l1": "l1_loss", "binary_cross_entropy": "binary_cross_entropy"}
_PROBABILITIES = frozenset(("sigmoid", "hardsigmoid", "softmax"))
_OPTIONS = {
    "sgd": ("SGD", {"momentum": "momentum", "nesterov": "nesterov"}),
    "adam": ("Adam", {"betas": "betas", "eps": "eps", "amsgrad": "amsgrad"}),
    "adamw": ("AdamW", {"betas": "betas", "eps": "eps", "amsgrad": "amsgrad"}),
    "rmsprop": ("RMSprop", {"decay": "alpha", "momentum": "momentum", "eps": "eps"}),
    "adagrad": ("Adagrad", {"eps": "eps"}),
    "adadelta": ("Adadelta", {"decay": "rho", "eps": "eps"}),
}

_HELD = frozenset(("optimizer", "loss", "weight_decay", "loss_weights", "warm_start", "accuracy"))
"""Facts that launchers keep to, and those that are no part of a run."""

_OURS = """
    DistributedDataParallel F GIVES PipelineStage SCHEDULES STAGES StateDictOptions Tensor _
    argparse args batch blank build device dist examples generator get_model_state_dict gives
    inputs last loss loss_of losses mean model net nn optimizer outputs pack pipe rank save
    schedule shard size stage step t takes target tensors torch whole world
"""
_TAKEN = frozenset((*_OURS.split(), *dir(builtins)))
"""Names that the functions of launchers use beside those of inputs and outputs."""


class Lesson:
    """The lines of a launcher that depend on what a network takes, gives and learns by."""

    def __init__(self, network: Network) -> None:
        self.module = network.module
        self.facts = dict(network.train)
        types = self.module.output_types()
        if any(type != types[-1] for type in types):
            shapes = ", ".join(map(str, types))
            raise NotDistributable(
                f"the outputs of `{network.name}` differ in shape ({shapes}), and a launcher"
                " knows one target",
                help="train one output, or write the program by hand",
            )
        self.type = types[-1]
        namer = Namer(_TAKEN)
        self.inputs = [namer.take(name) for name in port_names(self.module)]

    @property
    def loss(self) -> str:
        """The function of torch that the loss is."""
        recipe = self.facts.get("loss")
        name = recipe.name if isinstance(recipe, Recipe) else ""
        one = self.type.channels == 1
        return _ACROSS.get(name, "mse_loss" if one else "cross_entropy")

    def example_lines(self) -> list[str]:
        """The function `examples(step, batch)`."""
        tensors = ", ".join(["Tensor"] * (len(self.inputs) + 1))
        out = [
            f"def examples(step: int, batch: int) -> tuple[{tensors}]:",
            '    """Inputs and targets of a step: random ones. Put your own data here."""',
            "    generator = torch.Generator().manual_seed(step)",
        ]
        for name, port in zip(self.inputs, self.module.inputs, strict=True):
            out += lay_out(f"{name} = {self._random(port.type)}", 4)
        out += lay_out(f"target = {self._target()}", 4)
        return [*out, f"    return {', '.join(self.inputs)}, target"]

    def _random(self, type: TensorType) -> str:
        sizes = ", ".join(map(str, type.dims))
        if type.layout != TOKENS:
            return f"torch.randn(batch, {sizes}, generator=generator)"
        return f"torch.randint({_vocabulary(self.module)}, (batch, {sizes}), generator=generator)"

    def _target(self) -> str:
        dims = list(self.type.dims)
        if self.loss == "binary_cross_entropy":
            sizes = ", ".join(map(str, dims))
            return f"torch.randint(2, (batch, {sizes}), generator=generator).float()"
        if self.loss != "cross_entropy":
            return f"torch.randn(batch, {', '.join(map(str, dims))}, generator=generator)"
        classes = dims.pop(self.type.channel_axis)
        sizes = "".join(f", {n}" for n in dims) or ","
        return f"torch.randint({classes}, (batch{sizes}), generator=generator)"

    def loss_lines(self) -> list[str]:
        """The function `loss_of(output, target)`."""
        outputs = self.module.outputs
        weights = self._weights()
        doc = '    """The mean loss over a batch."""'
        if len(outputs) == 1:
            head = signature("loss_of", ["output: Tensor", "target: Tensor"], "Tensor", 0)
            return [*head, doc, *lay_out(f"return {self._term('output', outputs[0].value)}", 4)]
        namer = Namer(_TAKEN)
        names = [namer.take(variable(o.name)) for o in outputs]
        head = signature("loss_of", ["outputs: tuple[Tensor, ...]", "target: Tensor"], "Tensor", 0)
        out = [*head, doc, f"    {', '.join(names)} = outputs"]
        for k, (name, output) in enumerate(zip(names, outputs, strict=True)):
            weight = weights[k]
            factor = "" if weight == 1 else f"{literal(weight)} * "
            out += lay_out(f"loss {'+' * (k > 0)}= {factor}{self._term(name, output.value)}", 4)
        return [*out, "    return loss"]

    def _weights(self) -> list[float]:
        """Of each output in the loss: the section's, or else those that the outputs state."""
        stated = self.facts.get("loss_weights")
        if isinstance(stated, tuple):
            return list(stated)
        return [1.0 if o.weight is None else o.weight for o in self.module.outputs]

    def _term(self, name: str, value: Value) -> str:
        end = _ending(self.module, value)
        if self.loss == "binary_cross_entropy" and end not in _PROBABILITIES:
            return f"F.binary_cross_entropy_with_logits({name}, target)"
        if self.loss != "cross_entropy":
            return f"F.{self.loss}({name}, target)"
        classes_last = self.type.layout == SEQUENCE
        logits = f"{name}.transpose(1, 2)" if classes_last else name
        if end == "softmax":
            logits = f"{logits}.clamp_min(1e-12).log()"
        recipe = self.facts.get("loss")
        options = dict(recipe.options) if isinstance(recipe, Recipe) else {}
        if smoothing := options.get("smoothing"):  # logs of shares are logits too
            return f"F.cross_entropy({logits}, target, label_smoothing={literal(smoothing)})"
        kind = "nll_loss" if end in ("softmax", "logsoftmax") else "cross_entropy"
        return f"F.{kind}({logits}, target)"

    @property
    def rate(self) -> object:
        """The learning rate that the specification states, or 0.01."""
        recipe = self.facts.get("optimizer")
        stated = dict(recipe.options).get("lr") if isinstance(recipe, Recipe) else None
        return 0.01 if stated is None else stated

    def optimizer(self, weights: str) -> str:
        """The optimizer of the specification over these weights; plain SGD where it has none."""
        recipe = self.facts.get("optimizer")
        named = recipe if isinstance(recipe, Recipe) and recipe.name in _OPTIONS else Recipe("sgd")
        cls, words = _OPTIONS[named.name]
        options = dict(named.options)
        if not options.get("momentum"):
            options.pop("nesterov", None)  # then it is plain SGD, and torch wants it said so
        given = [f"{words[k]}={literal(v)}" for k, v in options.items() if k in words]
        if decay := self.facts.get("weight_decay"):
            given.append(f"weight_decay={literal(decay)}")
        return f"torch.optim.{cls}({', '.join([weights, 'lr=args.lr', *given])})"

    def notes(self) -> list[str]:
        """A comment on what the specification's `train` says and the program does not do."""
        left = []
        for name, fact in self.facts.items():
            method = fact.name if isinstance(fact, Recipe) else ""
            if name == "optimizer" and method not in _OPTIONS:
                left.append(f"optimizer {method} (SGD in its place)")
            elif name == "loss" and method not in {*_ACROSS, "cross_entropy", "nll"}:
                left.append(f"loss {method} ({self.loss} in its place)")
            elif name not in _HELD:
                left.append(name)
        if not left:
            return []
        words = f"Left to you of the specification's `train`: {', '.join(left)}."
        return [f"    # {line}" for line in textwrap.wrap(words, 90)]


def _ending(module: Module, value: Value) -> str:
    """Name of the layer that makes an output."""
    at, port = value
    node = module.nodes[at] if at >= 0 else None
    while isinstance(node, CallNode):
        module = node.module
        at, port = module.outputs[port].value
        node = module.nodes[at] if at >= 0 else None
    return node.op.name if isinstance(node, OpNode) else ""


def _vocabulary(module: Module) -> int:
    """A number of token ids that every embedding knows."""
    sizes = [layer.op.vocab for layer in layers(module, fold=True) if isinstance(layer.op, Embed)]
    return min(sizes, default=1)
