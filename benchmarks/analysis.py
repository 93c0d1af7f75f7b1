"""Analyses a spec from its text again and again and prints the CPU milliseconds of one time.

`python analysis.py FILE[:NETWORK] SECONDS`, under a Python that has archdsl. Parsing, shapes,
claims, parameters and MACs are all done anew each time; only the file is read once.
"""

from __future__ import annotations

import json
import sys
from pathlib import Path

from measure import time_calls

import archdsl


def main(spec: str, seconds: float) -> None:
    """Prints `{"ms": …, "params": …, "macs": …}`."""
    file, _, network = spec.partition(":")
    text = Path(file).read_text(encoding="utf-8")

    def analyse() -> tuple[int, int]:
        net = archdsl.loads(text, network=network or None)
        return net.params, net.macs

    params, macs = analyse()
    ms = time_calls(analyse, seconds, least=3)[0] * 1000
    print(json.dumps({"ms": ms, "params": params, "macs": macs}))


if __name__ == "__main__":
    main(sys.argv[1], float(sys.argv[2]))
