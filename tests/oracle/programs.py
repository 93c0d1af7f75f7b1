"""Generated files, imported as a user's program imports them."""

from __future__ import annotations

import importlib.util
import sys
from pathlib import Path

ENDINGS = ("_stages", "_ddp", "_fsdp", "_towers")


def load(path: Path):
    """A generated file under a name of its own; what it imports from beside it is forgotten."""
    spec = importlib.util.spec_from_file_location(f"{path.stem}_of_{path.parent.name}", path)
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    sys.path.insert(0, str(path.parent))
    try:
        spec.loader.exec_module(module)
    finally:
        sys.path.pop(0)
        stem = next((path.stem.removesuffix(e) for e in ENDINGS if path.stem.endswith(e)), "")
        sys.modules.pop(stem, None)
    return module
