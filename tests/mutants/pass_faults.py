"""Planted faults of the passes over the IR, and of how weights move with them."""

from __future__ import annotations

from tests.mutants.fault import fault

PASSES = (
    fault(
        "folding forgets eps",
        "weights/rules.py",
        'factor = factor / (given["var"].double() + facts["eps"]).sqrt()',
        'factor = factor / given["var"].double().sqrt()',
    ),
    fault(
        "folding forgets the old bias",
        "weights/rules.py",
        'made["bias"] = (bias * factor + shift).to(kernel.dtype)',
        'made["bias"] = shift.to(kernel.dtype)',
    ),
    fault(
        "the old bias is folded without the factor",
        "weights/rules.py",
        'made["bias"] = (bias * factor + shift).to(kernel.dtype)',
        'made["bias"] = (bias + shift).to(kernel.dtype)',
    ),
    fault(
        "folding back forgets the root of 1 + eps",
        "weights/rules.py",
        'return float((1.0 + facts.get("eps", 0.0)) ** 0.5)',
        "return 1.0",
    ),
    fault(
        "a norm is folded although another layer reads what it reads",
        "passes/fold_norms.py",
        "if not isinstance(layer, OpNode) or source[0] in shared or edit.uses[source] != 1:",
        "if not isinstance(layer, OpNode) or source[0] in shared:",
    ),
    fault(
        "a norm is folded into weights that another layer uses",
        "passes/fold_norms.py",
        "if not isinstance(layer, OpNode) or source[0] in shared or edit.uses[source] != 1:",
        "if not isinstance(layer, OpNode) or edit.uses[source] != 1:",
    ),
    fault(
        "a norm is folded into a padded convolution behind it",
        "passes/fold_norms.py",
        "return all(w.before == w.after == 0 for w in op.geometry(x))",
        "return True",
    ),
    fault(
        "a norm over another axis is folded",
        "passes/fold_norms.py",
        "return node.op.axis_of(x) == x.channel_axis",
        "return True",
    ),
    fault(
        "equal layers of different weights become one",
        "passes/common.py",
        "owner if weights else None)",
        "None)",
    ),
    fault(
        "equal layers on different tensors become one",
        "passes/common.py",
        "key = (node.op, node.in_types, node.inputs, owner if weights else None)",
        "key = (node.op, node.in_types, owner if weights else None)",
    ),
    fault(
        "layers that go leave their weights",
        "passes/prune.py",
        "elif index not in running and self.pruner.holds_weights(node):",
        "elif index in running and self.pruner.holds_weights(node):",
    ),
    fault(
        "outputs of training stay",
        "passes/drop_training.py",
        "if not o.train_only]",
        "]",
    ),
    fault(
        "parts of merged layers in the other order",
        "passes/merge_siblings.py",
        "for port, (index, _) in enumerate(family):",
        "for port, (index, _) in enumerate(reversed(family)):",
    ),
    fault(
        "channels are padded with ones",
        "weights/rules.py",
        'made = old.new_full(facts["after"], facts["fill"])',
        'made = old.new_full(facts["after"], 1.0)',
    ),
    fault(
        "a written file folds a norm although another layer reads what it reads",
        "backends/torch/folding.py",
        "if not isinstance(before, New) or wiring.readers[source] != 1:",
        "if not isinstance(before, New):",
    ),
)
