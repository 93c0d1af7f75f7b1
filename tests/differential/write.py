"""A tree as text of the language, laid out at random: blanks, lines, comments, ways to say it."""

from __future__ import annotations

from random import Random

from archdsl.ops.base import REQUIRED, Dims, Kind
from archdsl.tensor import IMAGE, VECTOR, TensorType
from tests.differential import tree
from tests.differential.flat import kind_of


def write(
    program: tree.Program,
    seed: int | None = None,
    names: dict[str, str] | None = None,
    comments: bool = True,
) -> str:
    """The text of a program; without a seed it is plain. `names` renames what the tree names."""
    r = None if seed is None else Random(seed)
    return Writer(r, names or {}, comments).program(program)


class Writer:
    """Writes one program; `r` is None for the plain layout, which has no comments."""

    def __init__(
        self, r: Random | None, names: dict[str, str] | None = None, comments: bool = True
    ) -> None:
        self.r = r
        self.names = names or {}
        self.comments = comments

    def chance(self, p: float) -> bool:
        """Whether to do something unusual here."""
        return self.r is not None and self.r.random() < p

    def pick(self, *texts: str) -> str:
        """One of equal ways; the first where the layout is plain."""
        return texts[0] if self.r is None else self.r.choice(texts)

    def blank(self) -> str:
        """Blanks where none are needed."""
        return self.pick("", "", "", " ", "  ")

    def name(self, name: str) -> str:
        """A name, with an index or a star behind it."""
        stem, bracket, rest = name.partition("[")
        return self.names.get(stem, stem) + bracket + rest

    def program(self, program: tree.Program) -> str:
        """The whole file."""
        lines: list[str] = []
        blocks = [self.block(b) for b in program.blocks]
        first, inputs = self.first(program), self.inputs(program)
        lines += [*first, *blocks, *inputs] if not self.chance(0.3) else [*first, *inputs, *blocks]
        for stmt in program.body:
            if isinstance(stmt, tree.Output):
                lines.append(self.output(stmt))
            elif stmt.steps or stmt.label:
                lines.append(self.line(stmt))
        text = "".join(self.end_line(line) for line in lines)
        if self.chance(0.1):
            text = "\ufeff" + text
        return text.replace("\n", "\r\n") if self.chance(0.15) else text

    def first(self, program: tree.Program) -> list[str]:
        """What stands before all else."""
        lets = [f"let {self.name(n)} = {self.value(v)}" for n, v in program.lets.items()]
        return lets if program.defaults is None else [*lets, self.default(program.defaults)]

    def default(self, defaults: tree.Layer) -> str:
        """What layers take that say nothing else."""
        return f"default {defaults.kind} ({', '.join(self.more(defaults))})"

    def inputs(self, program: tree.Program) -> list[str]:
        """A line for each input."""
        return [self.input(n, t, len(program.inputs)) for n, t in program.inputs.items()]

    def end_line(self, line: str) -> str:
        """A line with what may stand behind it."""
        if not self.comments:
            return line + self.pick("", "", "   ") + self.pick("\n", "\n", "\n\n")
        after = self.pick("", "", "", "  # a comment, conv3-9(", " #", "   ")
        return line + after + self.pick("\n", "\n", "\n\n", "\n  # more\n")

    def input(self, name: str, type: TensorType, count: int) -> str:
        """An input."""
        word = "" if type.layout in (IMAGE, VECTOR) else type.layout + " "
        sizes = self.pick("x", " x ").join(map(str, type.dims))
        return "input " + (f"{self.name(name)}: " if count > 1 else "") + word + sizes

    def output(self, out: tree.Output) -> str:
        """A side chain."""
        options = ["train"] if out.train else []
        options += [] if out.weight is None else [f"weight={out.weight}"]
        inside = f"({', '.join(options)})" if options else ""
        line = tree.Line(out.line.steps, out.name, out.line.start)
        return f"output{inside} {self.line(line)}"

    def block(self, block: tree.Block) -> str:
        """A definition."""
        params = ["@" + self.name(n) for n in block.tensors]
        for name, default in block.params.items():
            params.append(self.name(name) + ("" if default is None else f"={self.value(default)}"))
        head = f"({', '.join(params)})" if params else ""
        body = "\n".join(self.indent(line) for line in self.body(block.body))
        return f"block {self.name(block.name)}{head} {{\n{body}\n}}"

    def indent(self, line: str) -> str:
        """A line of a body."""
        return self.pick("    ", "  ", "\t") + line

    def body(self, body: tree.Body) -> list[str]:
        """The lines of a body."""
        return [self.line(line) for line in body] or ["identity"]

    def line(self, line: tree.Line) -> str:
        """A label, a start and steps."""
        parts = [] if line.start is None else ["@" + self.name(line.start)]
        parts += [self.step(step) for step in line.steps]
        label = "" if line.label is None else f"{self.name(line.label)}:{self.pick(' ', '')}"
        text = parts[0] if parts else "identity"
        for part in parts[1:]:
            text += self.pick(", ", ",", " , ", ", " if label else ",\n    ") + part
        return label + text

    def step(self, step: tree.Step) -> str:
        """A step."""
        match step:
            case tree.Layer():
                return self.layer(step)
            case tree.Param():
                return self.name(step.name)
            case tree.Join():
                return self.join(step)
            case tree.Group():
                return self.braces(step.body)
            case tree.Repeat():
                sign = self.pick(f" x{step.count}", f" x({step.count})", f" ×{step.count}")
                return self.step(step.step) + sign + (" shared" if step.shared else "")
            case tree.Call():
                return self.call(step)
            case tree.For():
                values = ", ".join(map(str, step.values))
                return f"for {self.name(step.var)} in [{values}] {self.braces(step.body)}"
            case tree.If():
                cond = self.pick("true", "not false", "2 > 1")
                cond = cond if step.cond else self.pick("false", "1 == 2")
                cond = self.value(step.cond) if isinstance(step.cond, tree.Param) else cond
                return f"if {cond} {self.braces(step.yes)} else {self.braces(step.no)}"

    def braces(self, body: tree.Body) -> str:
        """A body in braces, in a line where it is one."""
        lines = self.body(body)
        if len(lines) == 1 and not self.chance(0.3):
            return "{ " + lines[0] + " }"
        return "{\n" + "\n".join(self.indent(line) for line in lines) + "\n}"

    def call(self, call: tree.Call) -> str:
        """A block call."""
        args = ["@" + self.name(t) for t in call.tensors]
        places = list(call.block.params)
        named = False
        for i, (name, value) in enumerate(call.args.items()):
            named = named or self.chance(0.5) or i >= len(places) or places[i] != name
            args.append((f"{self.name(name)}=" if named else "") + self.value(value))
        if call.share is not None:
            args.append(f"share={self.name(call.share)}")
        inside = f"({', '.join(args)})" if args else self.pick("", "()")
        return self.name(call.block.name) + inside

    def join(self, join: tree.Join) -> str:
        """Branches in brackets."""
        args = [f"{n}={self.value(v)}" for n, v in join.attrs.items()] + self.more(join)
        branches = []
        for branch in join.branches:
            lines = self.body(branch)
            branches.append(("\n    " if len(lines) > 1 else " ") + "\n    ".join(lines))
        between = self.pick(" |", "\n  |")
        head = self.word(join.kind) + (f"({', '.join(args)})" if args else "")
        return f"{head}[{between.join(branches)} ]"

    def more(self, step: tree.Layer | tree.Join) -> list[str]:
        """`norm`, `act` and `init`."""
        return [f"{n}={self.value(v)}" for n, v in step.more.items()]

    def word(self, kind: str) -> str:
        """A kind by one of its names, in some letters."""
        if self.r is None:
            return kind
        word = self.r.choice(kind_of(kind).names)
        return self.pick(word, word, word, word.upper(), word.capitalize())

    def layer(self, layer: tree.Layer) -> str:
        """A layer by its shorthand, or by keywords."""
        kind = kind_of(layer.kind)
        attrs = dict(layer.attrs)
        text = self.word(layer.kind)
        short = not text[-1:].isdigit() and not self.chance(0.3)
        if short:
            text, attrs = self.shorthand(layer, text, attrs)
        args: list[str] = []
        if not short or (kind.digits not in layer.attrs and not kind.dash):
            for name in kind.positional:
                if name not in attrs or not self.chance(0.7):
                    break
                args.append(self.value(attrs.pop(name)))
        rest = list(attrs.items())
        if self.r is not None:
            self.r.shuffle(rest)
        args += [f"{n}={self.value(v)}" for n, v in rest]
        args += self.more(layer) + [f"{n}=@{self.name(t)}" for n, t in layer.tensors.items()]
        args += [] if layer.share is None else [f"share={self.name(layer.share)}"]
        inside = self.blank() + self.pick(", ", ",", ",\n  ").join(args)
        return text + (f"({inside}{self.blank()})" if args else "")

    def shorthand(
        self, layer: tree.Layer, text: str, attrs: dict[str, object]
    ) -> tuple[str, dict[str, object]]:
        """`conv3-64/2` as far as the kind has such signs and the values can stand there."""
        kind = kind_of(layer.kind)
        digits = attrs.get(kind.digits)
        if kind.digits and isinstance(digits, (int, Dims)):
            text += str(attrs.pop(kind.digits))
        elif (
            kind.digits
            and digits is not None
            and isinstance(attrs.get(kind.dash), (int, tree.Param))
        ):
            text += f"({self.value(attrs.pop(kind.digits))})"
        elif kind.digits and (digits is not None or is_needed(kind, kind.digits)):
            return text, attrs
        for sign, name in (("-", kind.dash), ("/", kind.slash)):
            value = attrs.get(name)
            if name and isinstance(value, (int, tree.Param)) and not isinstance(value, bool):
                if isinstance(value, int) and value < 0:
                    continue
                number = self.value(attrs.pop(name))
                text += sign + (f"({number})" if self.chance(0.2) else number)
        return text, attrs

    def value(self, value: object) -> str:
        """A value."""
        if isinstance(value, tree.Param):
            return self.name(value.name)
        if isinstance(value, tree.Then):
            return f"{self.value(value.first)} then {self.value(value.rest)}"
        if isinstance(value, tree.Ref):
            inside = ", ".join(f"{n}={self.value(v)}" for n, v in value.attrs)
            return value.kind + (f"({inside})" if inside else "")
        if isinstance(value, bool):
            return "true" if value else "false"
        if value is None:
            return "none"
        if isinstance(value, Dims):
            return "x".join(map(str, value))
        if isinstance(value, tuple):
            return "[" + ", ".join(map(self.value, value)) + "]"
        if isinstance(value, int) and value > 1 and self.chance(0.1):
            return f"({value - 1} + 1)"
        return str(value)


def is_needed(kind: type[Kind], name: str) -> bool:
    """Whether the kind has no default for that attribute."""
    return kind.field(name).default is REQUIRED
