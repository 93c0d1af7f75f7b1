"""`archdsl bench --predict`: estimates for cards that are not here."""

from __future__ import annotations

from archdsl.cli.specs import Usage

TYPE_CHECKING = False
if TYPE_CHECKING:
    from argparse import Namespace

    from archdsl.backends.report.parts import Section
    from archdsl.bench.cards import Card
    from archdsl.bench.predict import Assumptions
    from archdsl.ir.model import Network

ASSUMED = ("compute", "memory", "launch", "usable")


def predict(
    networks: list[Network], batches: list[int], args: Namespace
) -> tuple[list[Section], list[dict[str, object]]]:
    """Tables and data of all networks on all cards. Raises Usage."""
    from archdsl.bench.cards import UnknownCard, find_card
    from archdsl.bench.predict import NoSuchFormat, check_format
    from archdsl.passes.run import optimize

    assumed = parse_assumptions(args.assume)
    try:
        cards = [find_card(name) for name in args.predict.split(",")]
        for card in cards:
            check_format(card, args.dtype)
    except (UnknownCard, NoSuchFormat) as problem:
        raise Usage(f"--predict: {problem}") from None
    sections: list[Section] = []
    data = []
    for network in (optimize(plain, args.optimize).network for plain in networks):
        for card in cards:
            tables, one = predict_one(network, card, batches, args, assumed)
            sections += tables
            data.append(one)
    return sections, data


def predict_one(
    network: Network, card: Card, batches: list[int], args: Namespace, assumed: Assumptions
) -> tuple[list[Section], dict[str, object]]:
    """One network on one card. Raises Usage for an unknown optimizer."""
    from archdsl.analysis.memory import OPTIMIZERS
    from archdsl.bench.data import predicted_data
    from archdsl.bench.predict import estimate, largest_batch, optimizer_of
    from archdsl.bench.text_predict import predicted, predicted_layers

    optimizer = args.optimizer or optimizer_of(network)
    if optimizer not in OPTIMIZERS:
        raise Usage(f"--optimizer is one of {', '.join(OPTIMIZERS)}, not {optimizer!r}")
    states = OPTIMIZERS[optimizer]
    kinds = (False, True) if args.train else (False,)
    rows = [
        estimate(network, card, batch, args.dtype, train, states, assumed)
        for train in kinds
        for batch in batches
    ]
    largest = [
        (name, largest_batch(network, card, args.dtype, train, states, assumed))
        for train, name in ((False, "forward"), (True, f"training with {optimizer}"))
    ]
    by_layer = args.by == "layer"
    tables = [predicted(network, card, args.dtype, rows, assumed, largest, args.optimize)]
    tables += [predicted_layers(network, card, row, args.top) for row in rows if by_layer]
    facts = (rows, assumed, largest, by_layer, args.optimize)
    data = predicted_data(network.name, card, args.dtype, *facts)
    return tables, data


def parse_assumptions(pairs: list[str]) -> Assumptions:
    """`--assume compute=0.6 --assume launch=5`. Raises Usage."""
    from archdsl.bench.predict import Assumptions

    assumed = Assumptions()
    for pair in pairs:
        name, _, text = pair.partition("=")
        try:
            value = float(text)
        except ValueError:
            value = -1.0
        if name not in ASSUMED:
            raise Usage(f"--assume takes {', '.join(ASSUMED)} with a number, not {pair!r}")
        if name == "launch":
            if not 0 <= value <= 1e6:
                raise Usage(f"--assume launch is in microseconds, 0 to 1,000,000, not {text!r}")
            assumed.launch = value * 1e-6
        elif not 0 < value <= 1:
            raise Usage(f"--assume {name} is a share, above 0 and 1 at most, not {text!r}")
        else:
            setattr(assumed, name, value)
    return assumed
