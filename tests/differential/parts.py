"""The same program in parts: another file, a block that calls itself or has several results."""

from __future__ import annotations

import re
from random import Random

from tests.differential import tree
from tests.differential.flat import Unfit
from tests.differential.rewrite import Rewriter, has_labels, is_several, is_then
from tests.differential.write import Writer, write


def in_two_files(p: tree.Program, r: Random) -> tuple[str, str]:
    """The network, and the file of its blocks, which has the same defaults."""
    if not p.blocks:
        raise Unfit("no block")
    w = Writer(None, {})
    default = [] if p.defaults is None else [w.default(p.defaults)]
    parts = "\n".join([*default, *map(w.block, p.blocks)]) + "\n"
    names = ", ".join(b.name for b in p.blocks) if r.random() < 0.5 else ""
    use = 'use "parts/blocks.arch"' + (f": {names}" if names else "")
    rest = tree.Program(p.inputs, p.body, [], p.lets, p.defaults)
    return f"{use}\n{write(rest)}", parts


def recursive(p: tree.Program) -> tree.Program:
    """Repeats as blocks that call themselves one time less."""
    blocks: list[tree.Block] = []

    def change(step: tree.Step) -> list[tree.Step]:
        fits = isinstance(step, tree.Repeat) and step.count > 0 and not step.shared
        if not isinstance(step, tree.Repeat) or not fits or has_labels(step.step):
            return [step]
        if is_then(step.step) or speaks_of_names(step.step):
            return [step]
        block = tree.Block(f"again{len(blocks)}_", {"n": None}, [])
        inner = tree.Call(block, {"n": tree.Param("n - 1")})
        stop = tree.If(
            tree.Param("n > 1"), [tree.Line([inner])], [tree.Line([tree.Layer("identity")])]
        )
        block.body = [tree.Line([step.step]), tree.Line([stop])]
        blocks.append(block)
        return [tree.Call(block, {"n": step.count})]

    made = Rewriter(change).program(p)
    made.blocks += blocks
    return made


def speaks_of_names(step: tree.Step) -> bool:
    """Whether a step uses a parameter, which a block of its own would not see."""
    found: list[object] = []

    def note(inner: tree.Step) -> list[tree.Step]:
        values: list[object] = [inner]
        if isinstance(inner, tree.Layer | tree.Join):
            values += inner.attrs.values()
        if isinstance(inner, tree.Call):
            values += inner.args.values()
            thens = [v for v in inner.args.values() if isinstance(v, tree.Then)]
            values += [x for v in thens for x in (v.first, v.rest)]
        found.extend(v for v in values if isinstance(v, tree.Param))
        return [inner]

    rewriter = Rewriter(note)
    rewriter.block = lambda b: b  # type: ignore[method-assign]
    rewriter.step(step)
    return bool(found)


def with_results(p: tree.Program, r: Random) -> str:
    """The first lines as a block whose named tensors are outputs, used as `@head_.name`."""
    if len(p.inputs) > 1:
        raise Unfit("a block of several inputs takes them by name")
    cuts = [k for k in range(2, len(p.body)) if crossing(p, k) is not None]
    if not cuts:
        raise Unfit("nowhere to cut")
    cuts = [k for k in cuts if crossing(p, k)] or cuts
    k = r.choice(cuts)
    names = crossing(p, k) or []
    w = Writer(None, {})
    first, last = p.body[: k - 1], p.body[k - 1]
    assert isinstance(last, tree.Line)
    body = [w.line(line) for line in first if isinstance(line, tree.Line) and is_something(line)]
    body += [f"output o{name}: @{name}" for name in names]
    body.append(w.line(last))
    rest = [w.output(s) if isinstance(s, tree.Output) else w.line(s) for s in p.body[k:]]
    text = "\n".join(rest)
    for name in names:
        text = text.replace(f"@{name}", f"@head_.o{name}")
    lines = [*w.first(p), *map(w.block, p.blocks), *w.inputs(p), "block stem_ {", *body, "}"]
    return "\n".join([*lines, "head_: stem_", text]) + "\n"


def is_something(line: tree.Line) -> bool:
    """Whether a line is more than an empty one."""
    return bool(line.steps or line.label)


def crossing(p: tree.Program, k: int) -> list[str] | None:
    """Labels of the lines before `k` that those from there on use; None where it cannot be cut."""
    before, after = p.body[:k], p.body[k:]
    last = before[-1]
    if not all(isinstance(s, tree.Line) for s in before) or not isinstance(last, tree.Line):
        return None
    if not last.steps or last.label or is_several(last.steps[-1]):
        return None
    w = Writer(None, {})
    text = "\n".join(w.output(s) if isinstance(s, tree.Output) else w.line(s) for s in after)
    found = []
    for line in before:
        assert isinstance(line, tree.Line)
        name = line.label
        if name is None:
            continue
        if f"share={name}" in text or f"@{name}[" in text:
            return None
        found += [name] if f"@{name}" in text else []
    read = set(re.findall(r"(?:@|share=)(\w+)", text)) - {"in"}
    made = set(re.findall(r"(\w+):", text))
    return found if read <= made.union(found) else None  # labels inside of lines stay there
