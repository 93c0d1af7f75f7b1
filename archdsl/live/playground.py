"""What the playground asks Python in the browser: a text's page, and its PyTorch source."""

from __future__ import annotations

from archdsl.backends.html.page import to_json
from archdsl.files import MAX_BYTES
from archdsl.live.document import text_document
from archdsl.source import SourceFile

TYPE_CHECKING = False
if TYPE_CHECKING:
    from archdsl.ir.model import Network

FILE = "net.arch"


def answer(text: str, chosen: str) -> str:
    """The document of a text as JSON, with the source of the network where that is right."""
    if len(text) > MAX_BYTES:
        raise ValueError(f"a spec of more than {MAX_BYTES:,} characters")
    document, made = text_document(SourceFile(FILE, text), chosen)
    network = made.networks.get(str(document["chosen"]))
    if network is not None and not made.diagnostics:
        document["source"] = source_of(network)
    return to_json(document)


def source_of(network: Network) -> str:
    """The PyTorch source, or why there is none."""
    from archdsl.backends.torch.errors import EmitError
    from archdsl.backends.torch.source import emit

    try:
        return emit(network, spec_name=FILE)
    except EmitError as problem:
        return f"# {problem.message}\n"
