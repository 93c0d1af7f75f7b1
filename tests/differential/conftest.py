"""Double precision and one thread while these tests run."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
import torch

from tests.differential.run import prepare


@pytest.fixture(autouse=True)
def _double() -> Iterator[None]:
    threads, dtype = torch.get_num_threads(), torch.get_default_dtype()
    prepare()
    yield
    torch.set_num_threads(threads)
    torch.set_default_dtype(dtype)
