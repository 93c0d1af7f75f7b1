"""AOTInductor packages: the network compiled to machine code that needs no Python."""

from __future__ import annotations

import os

from archdsl.deploy.engines import attempt, compare, quiet
from archdsl.deploy.errors import ToolMissing

TYPE_CHECKING = False
if TYPE_CHECKING:
    from archdsl.deploy.subject import Subject


def aoti(subject: Subject) -> bytes:
    """The package for this machine's processor, compared with the module.

    Raises ToolMissing without a C++ compiler, and NotDeployable.
    """
    subject.module  # noqa: B018  without torch nothing can be asked of it
    require_compiler()
    return attempt(subject, "AOTInductor", packaged)


def require_compiler() -> None:
    """Raises ToolMissing where torch finds no C++ compiler."""
    from torch._inductor.cpp_builder import get_cpp_compiler

    try:
        get_cpp_compiler()
    except RuntimeError:
        raise ToolMissing(
            "AOTInductor needs a C++ compiler, and there is none",
            help="install g++ or clang++, or name one in CXX",
        ) from None


def packaged(subject: Subject) -> bytes:
    """The package. Raises what torch raises, and Differs."""
    from tempfile import TemporaryDirectory

    import torch._inductor

    program = subject.program
    subject.tell(f"compiling {subject.network.name} (minutes)")
    with TemporaryDirectory() as folder, quiet():
        path = os.path.join(folder, subject.stem + ".pt2")
        torch._inductor.aoti_compile_and_package(program, package_path=path)
        subject.tell(f"comparing the package of {subject.network.name}")
        compare(subject, torch._inductor.aoti_load_package(path))
        with open(path, "rb") as file:
            return file.read()
