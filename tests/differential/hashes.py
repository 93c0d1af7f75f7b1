"""Prints a hash of the source of some random networks, one a line."""

from __future__ import annotations

import hashlib

from archdsl.backends.torch.source import emit
from archdsl.pipeline import compile_text
from archdsl.source import SourceFile
from tests.differential.grow import grow
from tests.differential.write import write


def main() -> None:
    """Forty networks."""
    for seed in range(40):
        design, _ = compile_text(SourceFile("random", write(grow(seed))))
        assert design is not None
        source = emit(design.networks[0], spec_name="random")
        print(hashlib.sha256(source.encode()).hexdigest())


if __name__ == "__main__":
    main()
