"""What each command does; every one gives its exit code."""

from __future__ import annotations

import os
import sys

from archdsl.cli.output import say, terminal_width, uses_color, warn, write_files
from archdsl.cli.specs import Spec, Usage, read_all
from archdsl.ir.model import Design, Network

TYPE_CHECKING = False
if TYPE_CHECKING:
    from argparse import Namespace

EMIT_SUFFIX = {
    "torch": ".py",
    "dot": ".dot",
    "svg": ".svg",
    "png": ".png",
    "pdf": ".pdf",
    "html": ".html",
    "report": ".md",
    "ir": ".ir",
}


def check(args: Namespace) -> int:
    """`archdsl check FILE…`."""
    specs = read_all(args)
    if args.json:
        say_json([{**problems_of(s), "networks": names_of(s)} for s in specs])
        return int(any(s.diagnostics for s in specs))
    failed = show_problems(specs)
    for spec in specs:
        if spec.design is not None:
            for line in summary(spec):
                say(line)
    return failed


def summary(spec: Spec) -> list[str]:
    """A line for each network that is right."""
    from archdsl.analysis.cost import cost

    assert spec.design is not None
    if not spec.design.networks:
        return [f"{spec.name}: OK, blocks only"]
    out = []
    for network in spec.design.networks:
        total = cost(network.module)
        claims = len(network.claims)
        held = f", {claims} claim{'s' if claims != 1 else ''} hold" if claims else ""
        held = held.replace("claim hold", "claim holds")
        out.append(
            f"{spec.name}: OK {network.name}: {shapes(network)}, {total.params:,} parameters, "
            f"{total.total_macs:,} MACs{held}"
        )
    return out


def shapes(network: Network) -> str:
    """What goes in and what comes out."""
    module = network.module
    ins = ", ".join(str(p.type) for p in module.inputs)
    outs = ", ".join(str(module.type_of(o.value)) for o in module.outputs if not o.train_only)
    return f"{ins} -> {outs}"


def compile_(args: Namespace) -> int:
    """`archdsl compile FILE…`."""
    emits = parse_emits(args.emit)
    specs = read_all(args)
    failed = show_problems(specs, args.json)
    if failed:
        return failed
    files: dict[str, bytes] = {}
    for spec in specs:
        assert spec.design is not None
        if not spec.design.networks:
            raise Usage(f"{spec.name} defines no network")
        for path, data in outputs_of(spec, spec.design, emits, args):
            if path.lower() in {p.lower() for p in files}:
                raise Usage(f"two networks would be written to {path!r}: choose with --network")
            files[path] = data
    if args.out == "-":
        for data in files.values():
            say(data.decode("utf-8", "backslashreplace"))
        return 0
    write_files(files, tuple(s.file.name for s in specs))
    if args.json:
        say_json([{"written": list(files)}])
        return 0
    for spec in specs:
        for line in summary(spec):
            say(line)
    for path in files:
        say(f"wrote {path}")
    return 0


def parse_emits(words: list[str] | None) -> list[str]:
    """`--emit torch,svg`. Raises Usage."""
    emits = [w for word in words or ["torch,svg"] for w in word.split(",") if w]
    for word in emits:
        if word not in EMIT_SUFFIX:
            raise Usage(f"--emit takes {', '.join(EMIT_SUFFIX)}, not {word!r}")
    return list(dict.fromkeys(emits))


def outputs_of(
    spec: Spec, design: Design, emits: list[str], args: Namespace
) -> list[tuple[str, bytes]]:
    """Paths and contents of all that a spec is compiled to."""
    out: list[tuple[str, bytes]] = []
    for word in emits:
        if word == "ir":
            from archdsl.ir.text import render

            path = os.path.join(args.out, design.name + ".ir")
            out.append((path, render(design).encode()))
            continue
        for network in design.networks:
            path = os.path.join(args.out, network.name.replace("-", "_") + EMIT_SUFFIX[word])
            out.append((path, emit_one(word, spec, network, args)))
    return out


def emit_one(word: str, spec: Spec, network: Network, args: Namespace) -> bytes:
    """One form of a network."""
    if word == "torch":
        from archdsl.backends.torch.source import emit

        return emit(
            network, spec_name=os.path.basename(spec.file.name), logits=args.logits
        ).encode()
    if word in ("html", "report"):
        from archdsl.backends.report import build, render

        return render(build([network]), "html" if word == "html" else "markdown").encode()
    return picture(network, word, args)


def picture(network: Network, format: str, args: Namespace) -> bytes:
    """A diagram in a format."""
    from archdsl.backends.dot import DEFAULT_DETAIL, render, render_dot, view

    detail = DEFAULT_DETAIL if args.detail is None else args.detail
    text = render_dot(view(network, detail, args.direction), args.theme)
    return text.encode() if format == "dot" else render(text, format)


def report(args: Namespace) -> int:
    """`archdsl report FILE…`."""
    from archdsl.analysis.memory import BYTES
    from archdsl.backends.report import build, render

    if args.batch < 1:
        raise Usage("--batch is at least 1")
    if args.dtype not in BYTES:
        raise Usage(f"--dtype is one of {', '.join(BYTES)}, not {args.dtype!r}")
    specs = read_all(args)
    failed = show_problems(specs, args.json)
    if failed:
        return failed
    networks = [n for s in specs if s.design is not None for n in s.design.networks]
    if not networks:
        raise Usage("no network in " + ", ".join(s.name for s in specs))
    many = len(networks) > 1
    form = "json" if args.json else args.format
    by = args.by or ("network" if many and form != "json" else "layer")
    model = build(networks, by, args.batch, args.dtype)
    to_terminal = args.out in (None, "-")
    text = render(
        model,
        form,
        width=terminal_width() if to_terminal else 100,
        color=to_terminal and uses_color(sys.stdout),
    )
    if to_terminal:
        say(text)
    else:
        write_files({args.out: text.encode()}, tuple(s.file.name for s in specs))
        say(f"wrote {args.out}")
    return 0


def draw(args: Namespace) -> int:
    """`archdsl draw FILE`."""
    specs = read_all(args)
    failed = show_problems(specs, args.json)
    if failed:
        return failed
    design = specs[0].design
    assert design is not None
    networks = design.networks
    if not networks:
        raise Usage(f"{specs[0].name} defines no network")
    if args.out and len(networks) > 1:
        names = ", ".join(n.name for n in networks[:12])
        raise Usage(f"{specs[0].name} has {len(networks)} networks; --network takes one of {names}")
    files: dict[str, bytes] = {}
    for network in networks:
        path = args.out or network.name.replace("-", "_") + ".svg"
        format = "svg" if path == "-" else os.path.splitext(path)[1].lower().lstrip(".")
        if format not in ("svg", "png", "pdf", "dot"):
            raise Usage(f"a picture is .svg, .png, .pdf or .dot, not {path!r}")
        files[path] = picture(network, format, args)
    if args.out == "-":
        say(next(iter(files.values())).decode())
        return 0
    write_files(files, (specs[0].file.name,))
    for path in files:
        say(f"wrote {path}")
    return 0


def list_(args: Namespace) -> int:
    """`archdsl list FILE…`."""
    from archdsl.analysis.cost import cost

    specs = read_all(args)
    failed = show_problems(specs, args.json)
    if failed:
        return failed
    networks = [n for s in specs if s.design is not None for n in s.design.networks]
    if args.json:
        say_json([facts_of(n) for n in networks])
        return 0
    width = max((len(n.name) for n in networks), default=0)
    for n in networks:
        total = cost(n.module)
        doc = n.doc.split("\n")[0]
        say(
            f"{n.name:<{width}}  {shapes(n)}  {total.params:,} parameters"
            + (f"  {doc}" if doc else "")
        )
    return 0


def facts_of(network: Network) -> dict[str, object]:
    """A network for programs."""
    from archdsl.analysis.cost import cost

    module = network.module
    return {
        "network": network.name,
        "doc": network.doc,
        "inputs": {p.name: list(p.type.dims) for p in module.inputs},
        "outputs": {o.name: list(module.type_of(o.value).dims) for o in module.outputs},
        "params": cost(module).params,
    }


def names_of(spec: Spec) -> list[str]:
    """Names of a spec's networks."""
    return [n.name for n in spec.design.networks] if spec.design is not None else []


def problems_of(spec: Spec) -> dict[str, object]:
    """A spec's diagnostics for programs."""
    from archdsl.diagnostics.render import to_dict

    return {
        "file": spec.name,
        "ok": not spec.diagnostics,
        "diagnostics": [to_dict(d) for d in spec.diagnostics],
    }


def show_problems(specs: list[Spec], as_json: bool = False) -> int:
    """Diagnostics on standard error; 1 where there are any."""
    wrong = [s for s in specs if s.diagnostics]
    if not wrong:
        return 0
    if as_json:
        say_json([problems_of(s) for s in wrong])
        return 1
    from archdsl.diagnostics.render import render_all

    for spec in wrong:
        warn(render_all(spec.diagnostics, uses_color(sys.stderr)))
    return 1


def say_json(value: object) -> None:
    """A value for programs."""
    import json

    say(json.dumps(value, indent=2))
