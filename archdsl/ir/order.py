"""The modules below a module, each once, callees first."""

from __future__ import annotations

from archdsl.ir.model import Module

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator


class CyclicModules(ValueError):
    """A module that uses itself: no elaborated design holds one."""


def postorder(root: Module) -> list[Module]:
    """Distinct modules that `root` uses, and `root` last: a module stands after all it uses.

    Takes time in the size of the IR, and no stack: calls may nest as deep as they like.
    """
    done: dict[Module, bool] = {root: False}
    order: list[Module] = []
    stack: list[tuple[Module, Iterator[Module]]] = [(root, root.submodules())]
    while stack:
        module, rest = stack[-1]
        for child in rest:
            state = done.get(child)
            if state is None:
                done[child] = False
                stack.append((child, child.submodules()))
                break
            if not state:
                raise CyclicModules(f"module `{child.name}` uses itself")
        else:
            done[module] = True
            order.append(module)
            stack.pop()
    return order
