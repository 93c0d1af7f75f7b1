"""Brackets as blocks of the standard library: residual, bottleneck, dense."""

from __future__ import annotations

from archdsl.importers.table.draft import Draft
from archdsl.importers.table.words import Group, Step

TYPE_CHECKING = False
if TYPE_CHECKING:
    from archdsl.importers.table.stages import Line


def bracket_help() -> str:
    """What brackets may hold."""
    return (
        "understood are two 3x3 of one width (ResNet's basic block), 1x1, 3x3, 1x1 (its "
        "bottleneck, with `C=32` ResNeXt's), `1x1 conv; 3x3 conv` without widths (DenseNet); "
        "`--blocks plain` reads others as layers without a shortcut"
    )


class Units:
    """How the groups of one table are read; it is the same for all its networks."""

    def __init__(self, draft: Draft, words: list[Step | Group]) -> None:
        self.draft = draft
        self.options = draft.reading.options
        groups = [w for w in words if isinstance(w, Group)]
        self.has_groups = bool(groups)
        self.is_dense = any(self.dense(g) for g in groups)
        linear = {id(w) for w in words if isinstance(w, Step) and w.kind == "fc"}
        self.hidden_linear = len(linear) > 1
        self.transition = False

    def dense(self, group: Group) -> bool:
        """Whether a group is DenseNet's layer: 1x1 and 3x3 without widths."""
        return [(s.kernel[0], s.out) for s in group.steps] == [(1, 0), (3, 0)]

    def defaults(self) -> list[str]:
        """The `default` lines, whose choices are noted as assumed."""
        reading = self.draft.reading
        act = self.options.act or "relu"
        norm = self.options.norm or ("bn" if self.has_groups else "none")
        if self.is_dense:
            return []
        reading.assume(
            f"activation {act} (--act), "
            + (f"{norm} behind each convolution (--norm)" if norm != "none" else "no norm (--norm)")
        )
        lines = [f"default conv (norm={norm}, act={act})"] if norm != "none" else []
        if not lines:
            return [f"default conv{' + FC' if self.hidden_linear else ''} (act={act})"]
        return [*lines, f"default FC (act={act})"] if self.hidden_linear else lines

    def sized(self, lines: list[Line]) -> bool:
        """Whether any row states a size."""
        return any(line.output is not None for line in lines)

    def conv_attrs(self) -> str:
        """What a convolution outside of brackets says itself."""
        return "norm=bn, act=relu" if self.is_dense else ""

    def pooled(self) -> str:
        """The pool over everything."""
        return "bn, relu, gap" if self.is_dense else "gap"

    def bare_conv(self, step: Step, following: Step | Group | None) -> str | None:
        """The channels of a convolution; "" where it is DenseNet's transition, None if unknown."""
        if step.out:
            return str(step.out)
        if not self.is_dense:
            return None
        if step.kernel == (1, 1):
            self.transition = isinstance(following, Step) and following.kind == "avgpool"
            return "" if self.transition else None
        self.draft.reading.assume(
            f"the first convolution has 2k channels, growth k = {self.options.growth} (--growth)"
        )
        return str(2 * self.options.growth)

    def in_transition(self, step: Step) -> bool:
        """Whether a pool is the second half of DenseNet's transition."""
        found = self.transition and step.kind == "avgpool"
        self.transition = False
        if found:
            self.draft.use("std/dense", "transition")
            self.draft.reading.assume("transitions halve the channels (theta = 0.5)")
        return found

    def write(self, group: Group, stride: int) -> str:
        """The call of the block, repeated; "" where it is none that is known."""
        if any(s.kind != "conv" or s.stride > 1 for s in group.steps):
            return ""
        if self.dense(group):
            self.draft.use("std/dense", "dense_block")
            self.draft.reading.assume(
                "brackets are dense layers (std/dense): norm, relu and convolution, in this order; "
                f"growth {self.options.growth} (--growth)"
            )
            return f"dense_block({group.times}, {self.options.growth})"
        if any(s.out == 0 for s in group.steps):
            return ""
        if self.options.blocks == "plain":
            return self.write_plain(group, stride)
        return self.write_residual(group, stride)

    def write_plain(self, group: Group, stride: int) -> str:
        """The layers themselves."""
        self.draft.reading.assume("brackets are layers without a shortcut (--blocks plain)")
        texts = [plain_conv(s) for s in group.steps]
        body = ", ".join(texts)
        if stride == 1:
            return body if group.times == 1 else f"{{ {body} }} x{group.times}"
        first = ", ".join([plain_conv(group.steps[0], stride), *texts[1:]])
        rest = group.times - 1
        return first + (f", {{ {body} }} x{rest}" if rest > 1 else f", {body}" * rest)

    def write_residual(self, group: Group, stride: int) -> str:
        """ResNet's blocks."""
        kernels = [s.kernel for s in group.steps]
        outs = [s.out for s in group.steps]
        groups = group.steps[1].groups if len(group.steps) > 1 else 1
        then = (
            "stride=2 then 1".replace("2", str(stride)) if group.times > 1 else f"stride={stride}"
        )
        args = [then] if stride > 1 else []
        if kernels == [(3, 3), (3, 3)] and outs[0] == outs[1] and groups == 1:
            name = self.draft.use("std/resnet", "basic")
            args.insert(0, str(outs[0]))
        elif kernels == [(1, 1), (3, 3), (1, 1)] and outs[0] == outs[1]:
            name = self.draft.use("std/resnet", "bottleneck")
            args.insert(0, str(outs[0]) + (f", {outs[2]}" if outs[2] != 4 * outs[0] else ""))
            args += [f"groups={groups}"] if groups > 1 else []
            args += ["strided=1"] if stride > 1 and self.options.strided == 1 else []
            where = "first 1x1" if self.options.strided == 1 else "3x3"
            self.draft.reading.assume(f"a bottleneck strides in its {where} (--strided)")
        else:
            return ""
        self.draft.reading.assume(
            "brackets are residual blocks (std/resnet), projected by a 1x1 convolution where the "
            "shapes change; --blocks plain reads them without shortcuts"
        )
        return f"{name}({', '.join(args)})" + (f" x{group.times}" if group.times != 1 else "")


def plain_conv(step: Step, stride: int = 1) -> str:
    """A convolution of a group."""
    high, wide = step.kernel
    kernel = str(high) if high == wide else f"{high}x{wide}"
    attrs = f"(groups={step.groups})" if step.groups > 1 else ""
    return f"conv{kernel}-{step.out}" + (f"/{stride}" if stride > 1 else "") + attrs
