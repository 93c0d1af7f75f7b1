"""From a text to the document of its page: the networks, one of them as data, all mistakes."""

from __future__ import annotations

import archdsl.ops  # noqa: F401  (fills the registry of kinds)
from archdsl.backends.html import Texts, describe, describe_problem, render_page
from archdsl.elaborate.partial import OPEN
from archdsl.ops.base import Kind
from archdsl.pipeline import sketch
from archdsl.syntax._tables import KEYWORDS

TYPE_CHECKING = False
if TYPE_CHECKING:
    from archdsl.ir.model import Network
    from archdsl.pipeline import Limits, Request, Sketch
    from archdsl.source import SourceFile

Document = dict[str, object]

MAX_PROBLEMS = 50


def network_page(network: Network, main: SourceFile, version: str) -> str:
    """The page of one network of a right spec."""
    document = make_document(main)
    texts = Texts(main)
    document["network"] = describe(network, texts)
    document["networks"] = [network.name]
    document["chosen"] = network.name
    document["files"] = texts.describe()
    return render_page(document, network.name, version)


def text_document(
    file: SourceFile,
    chosen: str = "",
    request: Request | None = None,
    limits: Limits | None = None,
) -> tuple[Document, Sketch]:
    """The document of a text, right or wrong: of the network `chosen`, or else of the first one.

    A network with a mistake is drawn up to it. The sketch names the files that were read.
    """
    made = sketch(file, request, limits)
    document = make_document(file)
    texts = Texts(file)
    names = list(made.networks)
    document["networks"] = names
    network = made.networks.get(chosen) or next(iter(made.networks.values()), None)
    if network is not None:
        document["chosen"] = network.name
        document["network"] = describe(
            network, texts, OPEN if network.name in made.partial else None
        )
    document["problems"] = [describe_problem(p, texts) for p in made.diagnostics[:MAX_PROBLEMS]]
    document["files"] = texts.describe()
    return document, made


def make_document(file: SourceFile) -> Document:
    """A document without a network."""
    return {
        "format": 1,
        "keywords": sorted({*KEYWORDS, "block"}),
        "kinds": sorted(Kind.registry),
        "files": Texts(file).describe(),
        "networks": [],
        "chosen": "",
        "network": None,
        "problems": [],
    }
