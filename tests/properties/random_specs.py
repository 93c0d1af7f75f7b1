"""Random specs: networks of random layers, blocks, joins, repeats and tables, as text.

Most of them are valid, some are not: whatever the compiler accepts must build and run.
"""

from __future__ import annotations

from random import Random

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable


class Writer:
    """Writes one spec; `size` bounds the number of steps in a body."""

    def __init__(self, seed: int, size: int = 6) -> None:
        self.r = Random(seed)
        self.size = size
        self.labels: list[str] = []
        self.blocks: list[tuple[str, int]] = []
        self.count = 0
        self.depth = 0

    def spec(self) -> str:
        """The whole text."""
        r = self.r
        layout = r.choice(["image"] * 6 + ["signal", "volume", "seq", "vector"])
        size = {
            "image": f"{r.choice([1, 3, 4])}x{r.randint(6, 20)}x{r.randint(6, 20)}",
            "signal": f"signal {r.choice([1, 4])}x{r.randint(8, 40)}",
            "volume": f"volume {r.choice([1, 2])}x{r.randint(4, 7)}x{r.randint(5, 9)}x7",
            "seq": f"seq {r.randint(2, 9)}x{r.choice([4, 8, 12])}",
            "vector": str(r.choice([5, 8, 16])),
        }[layout]
        self.layout = layout
        lines = []
        for _ in range(r.choice([0, 0, 1, 2])):
            lines += self.default()
        for i in range(r.choice([0, 1, 1, 2])):
            lines += self.block(i)
        lines.append(f"input {size}")
        lines += self.body(r.randint(2, self.size))
        if r.random() < 0.5 and layout in ("image", "signal", "volume"):
            lines.append(r.choice(["gap, FC-7", "FC-5, softmax", "flatten, FC-3", "gmp"]))
        return "\n".join(lines) + "\n"

    def default(self) -> list[str]:
        """A default for hidden layers."""
        r = self.r
        kinds = r.choice(["conv", "conv + FC", "conv + dwconv", "FC", "add + concat"])
        norm = r.choice(["", "norm=bn", "norm=bn(eps=1e-3)", "norm=gn(1)", "norm=ln"])
        act = r.choice(["", "act=relu", "act=silu", "act=leakyrelu(0.1)", "act=hardswish"])
        order = r.choice(["", "", "", "order=pre"])
        attrs = ", ".join(a for a in (norm, act, order) if a)
        return [f"default {kinds} ({attrs})"] if attrs else []

    def block(self, i: int) -> list[str]:
        """A block with a width and a stride."""
        name = f"part{i}"
        self.depth += 1
        body = self.steps(self.r.randint(1, 3), "w")
        self.depth -= 1
        kind = self.r.choice(["plain", "residual", "residual"])
        if kind == "residual":
            short = self.r.choice(["conv", "identity", "match", "all", "pad"])
            act = self.r.choice(["", ", act=relu"])
            body = f"residual(shortcut={short}{act})[ {body} ]"
        self.blocks.append((name, i))
        return [f"block {name}(w, s=1) {{", f"    {body}", "}"]

    def body(self, n: int) -> list[str]:
        """Lines of steps, some labelled."""
        out = []
        for _ in range(n):
            line = self.steps(self.r.randint(1, 3), "")
            if self.r.random() < 0.25:
                self.count += 1
                label = f"t{self.count}"
                line = f"{label}: {line}"
                self.labels.append(label)
            out.append(line)
        return out

    def steps(self, n: int, width: str) -> str:
        """Steps with commas."""
        return ", ".join(self.step(width) for _ in range(n))

    def number(self, width: str) -> str:
        """A number of channels."""
        return width if width and self.r.random() < 0.7 else str(self.r.choice([2, 4, 6, 8]))

    def step(self, width: str) -> str:
        """One step."""
        r = self.r
        x = r.random()
        if x < 0.12 and self.depth < 2:
            return self.join(width)
        if x < 0.2 and self.depth < 2:
            return self.residual(width)
        if x < 0.3 and self.blocks and not width:
            name, _ = r.choice(self.blocks)
            stride = r.choice(["", "", ", s=2", ", s=2 then 1"])
            times = r.choice(["", " x2", " x3"]) if "then" not in stride else " x2"
            return f"{name}({self.number('')}{stride}){times}"
        if x < 0.4 and self.depth < 2:
            self.depth += 1
            inner = self.steps(r.randint(1, 2), width)
            self.depth -= 1
            return f"{{ {inner} }} x{r.randint(1, 3)}{r.choice(['', '', ' shared'])}"
        return self.layer(width)

    def join(self, width: str) -> str:
        """A join of branches."""
        r = self.r
        self.depth += 1
        branches = [self.steps(r.randint(1, 2), width) for _ in range(r.randint(1, 3))]
        if r.random() < 0.4:
            branches.append("identity")
        if self.labels and self.depth == 1 and r.random() < 0.4 and not width:
            branches.append("@" + r.choice(self.labels))
        self.depth -= 1
        kind = r.choice(["concat", "concat", "add", "mul", "max", "mean"])
        act = r.choice(["", "", "(act=relu)", "(norm=bn)"])
        return f"{kind}{act}[ {' | '.join(branches)} ]"

    def residual(self, width: str) -> str:
        """A residual."""
        r = self.r
        self.depth += 1
        inner = self.steps(r.randint(1, 2), width)
        self.depth -= 1
        short = r.choice(["conv", "identity", "match", "all", "pad"])
        more = r.choice(["", ", act=relu", ", scale=0.2", ", droppath=0.1"])
        return f"residual(shortcut={short}{more})[ {inner} ]"

    def layer(self, width: str) -> str:
        """A layer of a kind that suits the layout, mostly."""
        r = self.r
        n = self.number(width)
        k = r.choice([1, 1, 2, 3, 3, 3, 5])
        s = r.choice(["", "", "", "/2", "/3"])
        if width and r.random() < 0.3:
            s = "/s"
        maps = [
            f"conv{k}-{n}{s}",
            f"conv{k}-{n}{s}",
            f"conv{k}-{n}(pad={r.choice(['valid', 'same', 'tf-same', '1', '2'])})",
            f"conv3-{n}(dilation=2, groups={r.choice([1, 2])}, bias={r.choice(['true', 'false'])})",
            f"dwconv{k}{s}",
            f"sepconv3-{n}{s}",
            f"deconv{r.choice([2, 3, 4])}-{n}/2",
            f"maxpool{r.choice(['', '2', '3', '3/2', '3/1(pad=1)', '2/1', '3/2(ceil=true)'])}",
            f"avgpool{r.choice(['2', '3/2(pad=1)', '3/2(pad=1, count_pad=false)'])}",
            "avgpool2/2(ceil=true)",
            f"maxpool3/2(pad={r.choice(['same', 'tf-same', '1'])})",
            f"adaptiveavgpool{r.choice([1, 2, 3])}",
            "upsample2",
            "instancenorm",
            f"gn({r.choice([1, 2])})",
            f"mul[ identity | gap, FC-{r.choice([1, 2])}(act=relu), FC-(c)(act=sigmoid) ]",
            f"pad({r.choice([1, 2])})",
            "lrn",
            f"shuffle({r.choice([1, 2])})",
            "pixelshuffle2",
            "pixelunshuffle2",
            "subsample2",
        ]
        flat = [
            f"FC-{n}",
            f"FC-{n}(act={r.choice(['relu', 'gelu', 'tanh'])})",
            "ln",
            "rmsnorm",
            "layerscale",
        ]
        sequence = [*flat, "attention(2)", f"lstm-{n}", f"gru-{n}", "posembed", "cls"]
        common = [
            "bn",
            "relu",
            r.choice(["relu6", "elu", "selu", "gelu", "mish", "softplus", "sigmoid", "tanh"]),
            r.choice(["dropout-0.5", "dropout(0.2)"]),
            r.choice(["prelu", "glu", "softmax", "hardsigmoid", "scaledtanh", "abs"]),
            "affine",
            "identity",
        ]
        fits = {"seq": sequence, "vector": flat}.get(self.layout, [*maps, *maps, "FC-6"])
        text = r.choice([*fits, *common] if r.random() < 0.97 else [*maps, *sequence])
        return text + (r.choice([" x2", " x3"]) if r.random() < 0.08 else "")


def grow(seed: int, size: int, accepts: Callable[[str], bool]) -> str:
    """A valid spec: lines of a random one are kept as long as the text with them is accepted."""
    writer = Writer(seed, size)
    text = writer.spec()
    kept: list[str] = []
    lines = text.splitlines()
    start = next(i for i, line in enumerate(lines) if line.startswith("input "))
    head = lines[: start + 1]
    for line in [*lines[start + 1 :], *writer.body(size)]:
        if accepts("\n".join([*head, *kept, line]) + "\n"):
            kept.append(line)
    return "\n".join([*head, *(kept or ["bn"])]) + "\n"
