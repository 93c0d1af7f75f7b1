"""Training facts: what a `train` section may say, checked."""

from __future__ import annotations

import math

from archdsl.diagnostics.model import Fix, Label
from archdsl.elaborate.context import Context, Located, Silent
from archdsl.elaborate.errors import (
    BadValue,
    RepeatedArgument,
    RepeatedName,
    TooManyArguments,
    UnknownArgument,
    UnknownName,
    UnknownNetwork,
)
from archdsl.elaborate.expr import evaluate
from archdsl.elaborate.suggest import did_you_mean, part, rename
from archdsl.elaborate.values import show_value
from archdsl.ir.model import Recipe
from archdsl.syntax import ast

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from archdsl.ir.model import Output
    from archdsl.source import Span

    Check = tuple[str, Callable[[object], bool]]
    Options = dict[str, Check]


def is_number(value: object) -> bool:
    """A finite integer or real; no boolean."""
    return isinstance(value, (int, float)) and not isinstance(value, bool) and math.isfinite(value)


def is_list(item: Callable[[object], bool]) -> Callable[[object], bool]:
    """A list of such values that is not empty."""
    return lambda v: isinstance(v, tuple) and len(v) > 0 and all(map(item, v))


NUMBER: Check = ("a number", is_number)
POSITIVE: Check = ("a positive number", lambda v: is_number(v) and v > 0)  # type: ignore[operator]
AT_LEAST_0: Check = (
    "a number of at least 0",
    lambda v: is_number(v) and v >= 0,  # type: ignore[operator]
)
FRACTION: Check = (
    "a number from 0 to 1",
    lambda v: is_number(v) and 0 <= v <= 1,  # type: ignore[operator]
)
COUNT: Check = (
    "a positive integer",
    lambda v: isinstance(v, int) and not isinstance(v, bool) and v > 0,
)
WHOLE: Check = (
    "an integer of at least 0",
    lambda v: isinstance(v, int) and not isinstance(v, bool) and v >= 0,
)
SWITCH: Check = ("true or false", lambda v: isinstance(v, bool))
BETAS: Check = (
    "two numbers of at least 0 and below 1",
    lambda v: isinstance(v, tuple) and len(v) == 2 and all(is_number(b) and 0 <= b < 1 for b in v),
)
NUMBERS: Check = ("a list of numbers of at least 0", is_list(AT_LEAST_0[1]))

_ADAM = {"lr": POSITIVE, "betas": BETAS, "eps": POSITIVE, "amsgrad": SWITCH}
RECIPES: dict[str, dict[str, Options]] = {
    "optimizer": {
        "sgd": {"lr": POSITIVE, "momentum": FRACTION, "nesterov": SWITCH},
        "adam": _ADAM,
        "adamw": _ADAM,
        "rmsprop": {"lr": POSITIVE, "decay": FRACTION, "momentum": FRACTION, "eps": POSITIVE},
        "adagrad": {"lr": POSITIVE, "eps": POSITIVE},
        "adadelta": {"lr": POSITIVE, "decay": FRACTION, "eps": POSITIVE},
        "lars": {"lr": POSITIVE, "momentum": FRACTION, "trust": POSITIVE},
        "lamb": {"lr": POSITIVE, "betas": BETAS, "eps": POSITIVE},
    },
    "schedule": {
        "constant": {},
        "step": {"every": POSITIVE, "factor": POSITIVE},
        "milestones": {"at": NUMBERS, "factor": POSITIVE},
        "exponential": {"factor": POSITIVE, "every": POSITIVE},
        "polynomial": {"power": POSITIVE, "end": AT_LEAST_0},
        "linear": {"end": AT_LEAST_0},
        "cosine": {"end": AT_LEAST_0, "restart": POSITIVE},
        "plateau": {"factor": POSITIVE, "patience": POSITIVE},
        "noam": {"warmup": POSITIVE},
    },
    "loss": {
        "cross_entropy": {"smoothing": FRACTION},
        "binary_cross_entropy": {},
        "nll": {},
        "mse": {},
        "l1": {},
        "hinge": {"margin": POSITIVE},
        "focal": {"gamma": AT_LEAST_0, "alpha": FRACTION},
        "dice": {},
        "contrastive": {"margin": POSITIVE},
        "triplet": {"margin": POSITIVE},
        "ctc": {},
    },
    "augmentation": {
        "resize": {"low": POSITIVE, "high": POSITIVE},
        "crop": {"size": COUNT, "pad": WHOLE},
        "random_resized_crop": {"size": COUNT, "low": FRACTION, "high": FRACTION},
        "flip": {"p": FRACTION},
        "vertical_flip": {"p": FRACTION},
        "shift": {"by": NUMBER},
        "rotate": {"degrees": NUMBER},
        "scale": {"low": POSITIVE, "high": POSITIVE},
        "shear": {"degrees": NUMBER},
        "elastic": {"alpha": POSITIVE, "sigma": POSITIVE},
        "color": {"amount": AT_LEAST_0},
        "brightness": {"amount": AT_LEAST_0},
        "contrast": {"amount": AT_LEAST_0},
        "pca": {"std": AT_LEAST_0},
        "noise": {"std": AT_LEAST_0},
        "blur": {"sigma": POSITIVE},
        "cutout": {"size": COUNT},
        "erase": {"p": FRACTION},
        "mixup": {"alpha": POSITIVE},
        "cutmix": {"alpha": POSITIVE},
        "autoaugment": {},
        "randaugment": {"n": COUNT, "magnitude": AT_LEAST_0},
        "trivialaugment": {},
    },
}
"""Facts that name a method, its options in the order in which they may be written bare."""

VALUES: Options = {
    "batch": COUNT,
    "epochs": POSITIVE,
    "iterations": COUNT,
    "warmup": AT_LEAST_0,  # epochs
    "weight_decay": AT_LEAST_0,
    "clip": POSITIVE,  # norm of the gradient
    "ema": FRACTION,  # decay of the weights' moving average
    "loss_weights": NUMBERS,
    "seed": WHOLE,
}
"""Facts that are a value."""

FACTS = (*RECIPES, *VALUES, "warm_start", "accuracy")
HABITS = {
    **dict.fromkeys(("learning_rate", "base_lr"), "lr"),
    "batch_size": "batch",
    **dict.fromkeys(("num_epochs", "n_epochs", "max_epochs"), "epochs"),
    **dict.fromkeys(("steps", "max_steps", "num_steps"), "iterations"),
    **dict.fromkeys(("scheduler", "lr_scheduler", "lr_schedule"), "schedule"),
    **dict.fromkeys(("criterion", "loss_fn", "objective"), "loss"),
    **dict.fromkeys(("transforms", "augment"), "augmentation"),
    **dict.fromkeys(("grad_clip", "gradient_clip", "clip_norm", "max_norm"), "clip"),
    "wd": "weight_decay",
    "label_smoothing": "smoothing",
    "pretrained": "warm_start",
}
"""Facts and options by what others call them."""


def train_facts(
    node: ast.Block | ast.Network, network: str, outputs: tuple[Output, ...], ctx: Context
) -> tuple[tuple[str, object], ...]:
    """The facts of the `train` section as (name, value); a method is a `Recipe`.

    What is wrong is reported: unknown names, wrong values, a name or a section that comes twice,
    and `loss_weights` that are not one for each of the `outputs`. In a family the network whose
    weights the others start from does not start from itself, so it has no `warm_start`.
    """
    sections = [s for s in node.body if isinstance(s, ast.Train)]
    for again in sections[1:]:
        first = (Label(sections[0].span, "the first one"),)
        error = RepeatedName("a network has one `train` section")
        ctx.report(Located(error, again.span, first))
    facts: dict[str, object] = {}
    spans: dict[str, ast.Arg] = {}
    for fact in sections[0].facts if sections else ():
        if fact.name in spans:
            first = (Label(spans[fact.name].span, "here first"),)
            error = RepeatedName(f"`{fact.name}` is given twice")
            ctx.report(Located(error, fact.span, first))
            continue
        spans[fact.name] = fact
        try:
            facts[fact.name] = value_of(fact, outputs, ctx)
        except Located as problem:
            ctx.report(problem)
        except Silent:
            continue
    if facts.get("warm_start") == network:
        del facts["warm_start"]
    if isinstance(stated := facts.pop("accuracy", None), tuple):
        stated = dict(stated).get(network)
    if stated is not None:
        facts["accuracy"] = stated
    return tuple(facts.items())


def value_of(fact: ast.Arg, outputs: tuple[Output, ...], ctx: Context) -> object:
    """What a fact says. Raises Located."""
    name, e = fact.name, fact.value
    if name == "augmentation":
        items = e.items if isinstance(e, ast.ListExpr) else (e,)
        return tuple(recipe(name, item, ctx) for item in items)
    if name in RECIPES:
        return recipe(name, e, ctx)
    if name == "warm_start":
        return source(e, ctx)
    if name == "accuracy":
        return accuracy(e, ctx)
    if name not in VALUES:
        error = UnknownName(
            f"no training fact is called `{name[:64]}`",
            help=home_of(name) or did_you_mean(name, FACTS) or "there are " + ", ".join(FACTS),
        )
        raise Located(error, fact.span, fix=rename_fact(fact.span, name, FACTS))
    value = checked(f"`{name}`", VALUES[name], e, ctx)
    if name == "loss_weights" and isinstance(value, tuple) and len(value) != len(outputs):
        names = ", ".join(output.name for output in outputs)
        raise Located(
            BadValue(
                f"{counted(len(value), 'loss weight')} for {counted(len(outputs), 'output')}",
                help=f"one for each of {names}",
            ),
            e.span,
        )
    return value


def home_of(name: str) -> str:
    """Where a fact or an option is said: `lr` belongs to the optimizer."""
    meant = HABITS.get(name, name)
    if meant in FACTS:
        return f"it is a fact of its own: `{meant} = …`" if meant == name else f"write `{meant}`"
    for fact, methods in RECIPES.items():
        for method, options in methods.items():
            if meant in options:
                article = "an" if fact[0] in "aeiou" else "a"
                return f"it is said of {article} {fact}: `{fact} = {method}({meant}=…)`"
    return ""


def rename_fact(span: Span, name: str, known: Iterable[str]) -> Fix | None:
    """The fix that writes what a fact or option is called here."""
    meant = HABITS.get(name, "")
    if meant in known:
        return Fix(part(span, name), meant, f"write `{meant}`")
    return rename(part(span, name), name, known)


def counted(n: int, what: str) -> str:
    """`1 output`, `2 outputs`."""
    return f"{n} {what}{'s' * (n != 1)}"


def recipe(fact: str, e: ast.Expr, ctx: Context) -> Recipe:
    """`sgd(lr=0.1, momentum=0.9)` or `cosine`. Raises Located."""
    methods = RECIPES[fact]
    name = e.name if isinstance(e, ast.Name) else e.name.name if isinstance(e, ast.Call) else ""
    if name not in methods:
        error = UnknownName(
            f"`{fact}` knows no `{name or e.span.text[:40]}`",
            help=did_you_mean(name, methods) or "it takes " + ", ".join(methods),
        )
        span = part(e.span, name) if name else e.span
        raise Located(error, e.span, fix=rename(span, name, methods))
    options = methods[name]
    given: dict[str, object] = {}
    places = iter(options)
    for arg in e.args if isinstance(e, ast.Call) else ():
        option = arg.name or next(places, "")
        if not option:
            many = TooManyArguments(f"`{name}` takes {len(options)} values")
            raise Located(many, arg.span)
        if option not in options:
            shown = ", ".join(options) or "none"
            meant = HABITS.get(option, "")
            help = f"write `{meant}`" if meant in options else did_you_mean(option, options)
            if not help and HABITS.get(option, option) in FACTS:
                help = home_of(option)
            help = help or f"its options: {shown}"
            unknown = UnknownArgument(f"`{name}` has no `{option[:64]}`", help=help)
            raise Located(unknown, arg.span, fix=rename_fact(arg.span, option, options))
        if option in given:
            raise Located(RepeatedArgument(f"`{option}` is given twice"), arg.span)
        given[option] = checked(f"`{option}` of `{name}`", options[option], arg.value, ctx)
    if given.get("nesterov") and not given.get("momentum"):
        lacks = BadValue(
            "Nesterov's gradient is taken ahead by the momentum, and there is none",
            help="write `momentum=0.9` beside it, or take `nesterov` away",
        )
        raise Located(lacks, e.span)
    return Recipe(name, tuple(given.items()))


def checked(what: str, check: Check, e: ast.Expr, ctx: Context) -> object:
    """The value of an expression, if it passes. Raises Located."""
    value = evaluate(e, ctx)
    wanted, passes = check
    if not passes(value):
        raise Located(BadValue(f"{what} is {wanted}, not {show_value(value)}"), e.span)
    return value


def source(e: ast.Expr, ctx: Context) -> str:
    """`VGG-A`, or `"vgg.arch:VGG-A"`: the network whose weights come first. Raises Located."""
    quoted = isinstance(e, ast.Const) and isinstance(e.value, str)
    text = str(e.value) if isinstance(e, ast.Const) and quoted else e.span.text
    path, colon, _ = text.rpartition(":")
    if quoted and (path if colon else text).endswith((".arch", ".yaml")):
        return text
    if text not in ctx.run.members:
        error = UnknownNetwork(
            f"no network is called `{text[:64]}`",
            help=did_you_mean(text, ctx.run.members)
            or 'a network of this file, or one of another: "vgg.arch:VGG-A"',
        )
        raise Located(error, e.span, fix=rename(part(e.span, text), text, ctx.run.members))
    return text


def accuracy(e: ast.Expr, ctx: Context) -> object:
    """A number, or of a family pairs of a network's name and its number. Raises Located."""
    value = evaluate(e, ctx)
    if FRACTION[1](value):
        return value
    pairs = value if isinstance(value, tuple) and value else ((),)
    names: list[str] = []
    for pair in pairs:
        is_pair = isinstance(pair, tuple) and len(pair) == 2 and isinstance(pair[0], str)
        if not is_pair or not FRACTION[1](pair[1]):
            wrong = f"`accuracy` is a number from 0 to 1, not {show_value(value)}"
            help = 'or, in a family, a pair for each network: `[["VGG-A", 0.69], ["VGG-E", 0.72]]`'
            raise Located(BadValue(wrong, help=help), e.span)
        if pair[0] in names:
            raise Located(RepeatedName(f"the accuracy of `{pair[0][:64]}` is given twice"), e.span)
        if pair[0] not in ctx.run.members:
            unknown = UnknownNetwork(
                f"no network is called `{pair[0][:64]}`",
                help=did_you_mean(pair[0], ctx.run.members) or "a network of this file",
            )
            raise Located(unknown, e.span)
        names.append(pair[0])
    return value
