"""Whether two modules are alike but for the sizes of their maps: then one can use the other's
weights."""

from __future__ import annotations

from archdsl.ir.model import CallNode, Module, OpNode, RepeatNode


def same_structure(a: Module, b: Module) -> bool:
    """Equal operations, wiring and shapes of weights."""
    if a is b:
        return True
    if len(a.nodes) != len(b.nodes) or [o.value for o in a.outputs] != [o.value for o in b.outputs]:
        return False
    for m, n in zip(a.nodes, b.nodes, strict=True):
        if m.inputs != n.inputs or m.name != n.name or m.shares != n.shares:
            return False
        if isinstance(m, OpNode) and isinstance(n, OpNode):
            shapes = [(w.name, w.shape) for w in m.op.weights(m.in_types)]
            if m.op.form(m.in_types) != n.op.form(n.in_types):
                return False
            if m.op != n.op or shapes != [(w.name, w.shape) for w in n.op.weights(n.in_types)]:
                return False
        elif isinstance(m, CallNode) and isinstance(n, CallNode):
            if not same_structure(m.module, n.module):
                return False
        elif isinstance(m, RepeatNode) and isinstance(n, RepeatNode):
            if m.tied != n.tied or [k for _, k in m.runs] != [k for _, k in n.runs]:
                return False
            if not all(same_structure(x, y) for (x, _), (y, _) in zip(m.runs, n.runs, strict=True)):
                return False
        else:
            return False
    return True
