"""The list of planted faults: each is one edit of one file that makes one rule wrong."""

from __future__ import annotations

from tests.mutants.fault import fault
from tests.mutants.pass_faults import PASSES

SHAPES = (
    fault(
        "a window too few places",
        "ops/window.py",
        "return (length + self.before + self.after - self.extent) // self.stride + 1",
        "return (length + self.before + self.after - self.extent) // self.stride",
    ),
    fault(
        "padding counted on one side only",
        "ops/window.py",
        "return (length + self.before + self.after - self.extent) // self.stride + 1",
        "return (length + self.before + self.before - self.extent) // self.stride + 1",
    ),
    fault(
        "dilation off by one",
        "ops/window.py",
        "return self.dilation * (self.size - 1) + 1",
        "return self.dilation * self.size",
    ),
    fault(
        "default padding of a strided kernel",
        "ops/window.py",
        "return reach if rule is None and k % 2 and k > s else 0",
        "return reach if rule is None and k % 2 and k >= s else 0",
    ),
    fault(
        "default padding of an even kernel",
        "ops/window.py",
        "return reach if rule is None and k % 2 and k > s else 0",
        "return reach if rule is None and k > s else 0",
    ),
    fault(
        "TensorFlow's padding rounds down",
        "ops/window.py",
        "return max((-(-n // s) - 1) * s + reach + 1 - n, 0)",
        "return max((n // s - 1) * s + reach + 1 - n, 0)",
    ),
    fault(
        "the odd padding first",
        "ops/window.py",
        "found.append(Window(k, s, total // 2, total - total // 2, d))",
        "found.append(Window(k, s, total - total // 2, total // 2, d))",
    ),
    fault(
        "kernel axes swapped",
        "ops/window.py",
        'kernels = per_axis(kernel, rank, "kernel")',
        'kernels = per_axis(kernel, rank, "kernel")[::-1]',
    ),
    fault(
        "a window beyond the input is kept in ceil mode",
        "ops/pool.py",
        "return n - 1 if (n - 1) * w.stride >= length + w.before else n",
        "return n",
    ),
    fault(
        "ceil mode forgets the padding",
        "ops/pool.py",
        "n = -((w.extent - length - w.before - w.after) // w.stride) + 1",
        "n = -((w.extent - length - w.before) // w.stride) + 1",
    ),
    fault(
        "a pool's stride is 1 by default",
        "ops/pool.py",
        "stride = self.kernel if self.stride is None else self.stride",
        "stride = 1 if self.stride is None else self.stride",
    ),
    fault(
        "adaptive pool with height and width swapped",
        "ops/pool.py",
        'return per_axis(self.size, x.rank, "size")',
        'return per_axis(self.size, x.rank, "size")[::-1]',
    ),
    fault(
        "transposed convolution forgets output_pad",
        "ops/deconv.py",
        "return (length - 1) * self.stride - 2 * self.before + self.extent + self.extra",
        "return (length - 1) * self.stride - 2 * self.before + self.extent",
    ),
    fault(
        "transposed convolution of one more place",
        "ops/deconv.py",
        "return (length - 1) * self.stride - 2 * self.before + self.extent + self.extra",
        "return length * self.stride - 2 * self.before + self.extent + self.extra",
    ),
    fault(
        "concat keeps the first size",
        "ops/join.py",
        "total = sum(x.dims[at] for x in inputs)",
        "total = first.dims[at]",
    ),
    fault(
        "stretching takes the smaller size",
        "ops/join.py",
        "dims[axis] = m if n == 1 else n",
        "dims[axis] = n",
    ),
    fault(
        "pixelshuffle divides the channels once",
        "ops/shape.py",
        "return (TensorType(IMAGE, (c // (r * r), h * r, w * r)),)",
        "return (TensorType(IMAGE, (c // r, h * r, w * r)),)",
    ),
    fault(
        "transpose swaps the first axes",
        "ops/layout.py",
        "return (_relabel(self, x, (*x.dims[:-2], x.dims[-1], x.dims[-2]), self.to),)",
        "return (_relabel(self, x, (x.dims[1], x.dims[0], *x.dims[2:]), self.to),)",
    ),
    fault(
        "tokens in the other order",
        "ops/sequence.py",
        "return (TensorType(SEQUENCE, (x.numel // x.channels, x.channels)),)",
        "return (TensorType(SEQUENCE, (x.channels, x.numel // x.channels)),)",
    ),
    fault(
        "a recurrent layer forgets its second direction",
        "ops/recurrent.py",
        "features = self.out * self.directions",
        "features = self.out",
    ),
    fault(
        "a repeat stops changing after its first repetition",
        "elaborate/repeats.py",
        "same = out == current.type and (done > 0 or not body.then)",
        "same = done > 0 or (out == current.type and not body.then)",
    ),
)

COUNTS = (
    fault(
        "grouped kernels counted whole",
        "ops/conv.py",
        "shape = (out, x.channels // groups, *(w.size for w in windows))",
        "shape = (out, x.channels, *(w.size for w in windows))",
    ),
    fault(
        "bias counted per input channel",
        "ops/conv.py",
        'return kernel, Weight("bias", (out,), "param", fan_in, fan_out)',
        'return kernel, Weight("bias", (x.channels,), "param", fan_in, fan_out)',
    ),
    fault(
        "MACs of a grouped convolution forget the groups",
        "ops/conv.py",
        "each = x.channels // self.channel_groups(x) * self.channels_out(x)",
        "each = x.channels * self.channels_out(x)",
    ),
    fault(
        "MACs of a convolution at its input's size",
        "ops/conv.py",
        "each *= w.size * w.slide(n)",
        "each *= w.size * n",
    ),
    fault(
        "separable: MACs of the pointwise half alone",
        "ops/conv.py",
        "return places * x.channels * (volume(self.geometry(x)) + self.out)",
        "return places * x.channels * self.out",
    ),
    fault(
        "transposed convolution's MACs forget the groups",
        "ops/deconv.py",
        "return inputs[0].numel * self.weights(inputs)[0].fan_out",
        "return inputs[0].numel * self.weights(inputs)[0].fan_out * self.groups",
    ),
    fault(
        "a linear layer's bias is always there",
        "ops/linear.py",
        "        if not self.bias:\n            return (matrix,)\n",
        "",
    ),
    fault(
        "a linear layer's MACs of one position",
        "ops/linear.py",
        "return inputs[0].numel * self.out",
        "return inputs[0].channels * self.out",
    ),
    fault(
        "BatchNorm without its counter",
        "ops/norm.py",
        '            Weight("num_batches_tracked", (), "buffer"),\n',
        "",
    ),
    fault(
        "LayerNorm of the channels only",
        "ops/norm.py",
        "return x.dims if at is None else (x.dims[at],)",
        "return (x.channels,) if at is None else (x.dims[at],)",
    ),
    fault(
        "attention without the values' product",
        "ops/attention.py",
        "return 2 * positions(x) * seen * self.inner(x)",
        "return positions(x) * seen * self.inner(x)",
    ),
    fault(
        "one bias in a recurrent layer",
        "ops/recurrent.py",
        'for source in ("ih", "hh")]',
        'for source in ("ih",)]',
    ),
    fault(
        "shared weights counted twice",
        "analysis/cost.py",
        "total.add_weights(part, node.shares is None)",
        "total.add_weights(part)",
    ),
    fault(
        "a tied repeat counted for each repetition",
        "analysis/cost.py",
        "        return int(run == 0)\n",
        "        return node.runs[run][1]\n",
    ),
    fault(
        "work of a repeat counted once",
        "analysis/cost.py",
        "total.add_work(part, times)",
        "total.add_work(part)",
    ),
)

EMISSION = (
    fault(
        "the stride is not written",
        "backends/torch/rows/conv.py",
        'key("stride", fold(w.stride for w in windows), 1),',
        'key("stride", 1, 1),',
    ),
    fault(
        "the dilation is not written",
        "backends/torch/rows/conv.py",
        'return key("dilation", fold(w.dilation for w in windows), 1), key("bias", op.bias, True)',
        'return key("dilation", 1, 1), key("bias", op.bias, True)',
    ),
    fault(
        "the bias is always there",
        "backends/torch/rows/conv.py",
        'return key("dilation", fold(w.dilation for w in windows), 1), key("bias", op.bias, True)',
        'return key("dilation", fold(w.dilation for w in windows), 1), key("bias", True, True)',
    ),
    fault(
        "the groups are not written",
        "backends/torch/rows/conv.py",
        'tail = (key("groups", groups, 1), *_dilation_and_bias(op, windows))',
        'tail = (key("groups", 1, 1), *_dilation_and_bias(op, windows))',
    ),
    fault(
        "F.pad's order from the first axis",
        "backends/torch/rows/sizes.py",
        "return tuple(n for w in reversed(windows) for n in (w.before, w.after))",
        "return tuple(n for w in windows for n in (w.before, w.after))",
    ),
    fault(
        "padding of a max pool wins",
        "backends/torch/prelude_conv.py",
        'return super().forward(F.pad(x, self.pads, value=float("-inf")))',
        "return super().forward(F.pad(x, self.pads))",
    ),
    fault(
        "ceil mode is not written",
        "backends/torch/rows/pool.py",
        'return New(f"nn.MaxPool{x.rank}d", *head, padding, dilation, ceil)',
        'return New(f"nn.MaxPool{x.rank}d", *head, padding, dilation)',
    ),
    fault(
        "padding never counts in a mean",
        "backends/torch/rows/pool.py",
        'count = key("count_include_pad", op.counts_pad(), True)',
        'count = key("count_include_pad", False, True)',
    ),
    fault(
        "maxima for means",
        "backends/torch/rows/pool.py",
        'word = "Avg" if isinstance(op, AdaptiveAvgPool) else "Max"',
        'word = "Max"',
    ),
    fault(
        "concat along the wrong axis",
        "backends/torch/rows/join.py",
        "dim=op.axis_of(inputs[0]) + 1)",
        "dim=-1)",
    ),
    fault(
        "eps of BatchNorm is lost",
        "backends/torch/rows/norm.py",
        'rest = (key("eps", op.eps, 1e-5), key("momentum", op.momentum, 0.1))',
        'rest = (key("eps", 1e-5, 1e-5), key("momentum", op.momentum, 0.1))',
    ),
    fault(
        "softmax over the wrong axis",
        "backends/torch/rows/activation.py",
        'return New(cls, key("dim", op.axis_of(inputs[0]) + 1))',
        'return New(cls, key("dim", -1))',
    ),
    fault(
        "the slope of a leaky ReLU is lost",
        "backends/torch/rows/activation.py",
        'key("negative_slope", op.slope, 0.01)',
        'key("negative_slope", 0.01, 0.01)',
    ),
    fault(
        "a crop starts at the corner",
        "backends/torch/rows/shape.py",
        "start = (n - want) // 2",
        "start = 0",
    ),
    fault(
        "reflection for replication",
        "backends/torch/rows/shape.py",
        '"replicate": "Replication"',
        '"replicate": "Reflection"',
    ),
    fault(
        "channel shuffle the other way round",
        "backends/torch/rows/layout.py",
        "unflatten({at}, ({{groups}}, -1))",
        "unflatten({at}, (-1, {{groups}}))",
    ),
    fault(
        "attention always unmasked",
        "backends/torch/rows/attention.py",
        'causal = key("causal", op.causal, False)',
        'causal = key("causal", False, False)',
    ),
    fault(
        "queries and keys swapped",
        "backends/torch/prelude_seq.py",
        "q, k, v = qkv.permute(2, 0, 3, 1, 4).unbind(0)\n        dropout = self.dropout if"
        " self.training else 0.0\n        x = F.scaled_dot_product_attention(\n            q, k, v,"
        " dropout_p=dropout, is_causal=self.causal, scale=self.scale",
        "q, k, v = qkv.permute(2, 0, 3, 1, 4).unbind(0)\n        dropout = self.dropout if"
        " self.training else 0.0\n        x = F.scaled_dot_product_attention(\n            k, q, v,"
        " dropout_p=dropout, is_causal=self.causal, scale=self.scale",
    ),
    fault(
        "the last of a sequence is its first",
        "backends/torch/rows/sequence.py",
        'return Expr("{0}[:, {index}]", index=op.index)',
        'return Expr("{0}[:, {index}]", index=0)',
    ),
    fault(
        "subtraction the other way round",
        "backends/torch/rows/join.py",
        'return Expr(" - ".join(terms(inputs)))',
        'return Expr(" - ".join(reversed(terms(inputs))))',
    ),
    fault(
        "the factor of `scale` is 1",
        "backends/torch/rows/linear.py",
        'return Expr("{value} * {0}", value=op.value)',
        'return Expr("{value} * {0}", value=1.0)',
    ),
    fault(
        "a label takes the name of the first place",
        "backends/torch/registers.py",
        "ports = [self.namer.take(name) for name in ports]",
        "ports = list(ports)",
    ),
    fault(
        "a repeat one time too few",
        "backends/torch/runs.py",
        "total = sum(int(c) for c in counts if c.isdigit())",
        "total = max(int(c) for c in counts if c.isdigit())",
    ),
    fault(
        "a call reads the first input twice",
        "backends/torch/forward.py",
        "operands = [inner.get(v) or self.names[v] for v in self.wiring.inputs[i]]",
        "operands = [inner.get(v) or self.names[self.wiring.inputs[i][0]]"
        " for v in self.wiring.inputs[i]]",
    ),
)

FAULTS = (*SHAPES, *COUNTS, *EMISSION, *PASSES)
