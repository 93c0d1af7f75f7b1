"""One process of several that run generated programs, one after the other: `ranks.py JOBS RANK`."""

from __future__ import annotations

import json
import os
import runpy
import sys
from contextlib import redirect_stdout
from pathlib import Path


def main() -> None:
    jobs, rank = json.loads(Path(sys.argv[1]).read_text("utf-8")), int(sys.argv[2])
    import torch

    torch.set_num_threads(1)
    os.environ.update(RANK=str(rank), LOCAL_RANK=str(rank), MASTER_ADDR="127.0.0.1")
    for job in jobs:
        if rank >= job["world"]:
            continue
        os.environ.update(WORLD_SIZE=str(job["world"]), MASTER_PORT=str(job["port"]))
        program = Path(job["program"])
        sys.path.insert(0, str(program.parent))
        sys.argv = [str(program), *job["arguments"]]
        with open(f"{job['out']}.{rank}", "w", encoding="utf-8") as out, redirect_stdout(out):
            runpy.run_path(str(program), run_name="__main__")
        sys.path.pop(0)


if __name__ == "__main__":
    main()
