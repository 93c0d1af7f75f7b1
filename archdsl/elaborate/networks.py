"""Files and networks: what a file defines, families and their members, the finished design."""

from __future__ import annotations

from archdsl.diagnostics.model import Label
from archdsl.elaborate.body import (
    apply_default,
    check_all_params,
    check_params,
    define_block,
    define_let,
    elaborate_body,
)
from archdsl.elaborate.calls import bind_args, finish_outputs, report_unused, too_many
from archdsl.elaborate.claims import prove
from archdsl.elaborate.context import Context, Limits, Located, Run, Silent, Stop
from archdsl.elaborate.errors import (
    BadInput,
    BadName,
    EmptyNetwork,
    Limit,
    MisplacedStatement,
    RepeatedNetwork,
    UnknownNetwork,
)
from archdsl.elaborate.expr import evaluate, show_value
from archdsl.elaborate.graph import Graph
from archdsl.elaborate.scope import Scope
from archdsl.elaborate.suggest import did_you_mean
from archdsl.elaborate.tables import variant_bodies
from archdsl.elaborate.use import use_file
from archdsl.elaborate.values import BlockRef, Labelled, Poison, kind_of_value
from archdsl.elaborate.words import check_name
from archdsl.ir.model import Design, Network
from archdsl.ops.base import Dims
from archdsl.source import Span
from archdsl.syntax import ast
from archdsl.tensor import IMAGE, LAYOUTS, VECTOR, TensorType

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable

    from archdsl.diagnostics.model import Diagnostic
    from archdsl.source import SourceFile

MAX_SIZE = 2**31 - 1


class Request:
    """What the caller wants of a file: one network, other arguments, another input."""

    __slots__ = ("input", "network", "settings")

    def __init__(
        self,
        network: str | None = None,
        settings: dict[str, object] | None = None,
        input: tuple[int, ...] | None = None,
    ) -> None:
        self.network = network
        self.settings = settings or {}
        self.input = input


class Member:
    """A network to build: the tree, its scope, the arguments that its definition gives."""

    __slots__ = ("args", "base", "doc", "expects", "name", "span")

    def __init__(
        self, name: str, span: Span, base: BlockRef, args: tuple[ast.Arg, ...], doc: str
    ) -> None:
        self.name = name
        self.span = span
        self.base = base
        self.args = args
        self.doc = doc
        self.expects: list[ast.Expect] = []


def elaborate(
    tree: ast.File,
    read: Callable[[str, SourceFile, bool], SourceFile | str],
    limits: Limits | None = None,
    request: Request | None = None,
) -> tuple[Design, list[Diagnostic]]:
    """The design of a file and what is wrong with it; networks with mistakes are left out."""
    run = Run(limits or Limits(), read)
    run.lost.update(tree.lost or ())
    request = request or Request()
    stem = file_stem(tree.source.name)
    scope = Scope(None, {})
    top = Context(run, scope, Graph(), None, None)
    networks: list[Network] = []
    try:
        members = define_file(tree, stem, top)
        run.members = tuple(m.name for m in members)
        for member in chosen(members, request, tree, top):
            network = build_network(member, request, top)
            if network is not None:
                networks.append(network)
    except Stop:
        pass
    except Located as problem:
        run.report(problem)
    return Design(stem, tuple(networks)), run.diagnostics


def file_stem(name: str) -> str:
    """A network's name from the file's: letters, digits, hyphens and underscores."""
    base = name.replace("\\", "/").rsplit("/", 1)[-1]
    stem = base.split(".", 1)[0]
    plain = "".join(c if c.isascii() and (c.isalnum() or c in "-_") else "_" for c in stem)
    plain = plain.strip("-_") or "network"
    return plain if plain[0].isalpha() else "net_" + plain


# --- what a file defines ----------------------------------------------------------------------


def define_file(tree: ast.File, stem: str, ctx: Context) -> list[Member]:
    """Definitions of a file in the order of the text; the networks to build."""
    body = tree.body
    several = any(isinstance(s, (ast.Network, ast.NetworkOf)) for s in body)
    if not several:
        return define_single(tree, stem, ctx)
    members: dict[str, Member] = {}
    later: list[ast.NetworkOf] = []
    templates: dict[str, BlockRef] = {}
    for s in body:
        try:
            if isinstance(s, ast.Network):
                define_network(s, members, templates, ctx)
            elif isinstance(s, ast.NetworkOf):
                later.append(s)
                check_network_name(s.name, members, templates, ctx)
                members[s.name.name] = member_of(s, members, templates, ctx)
            else:
                define_statement(s, ctx)
        except Located as problem:
            ctx.report(problem)
        except Silent:
            pass
    check_all_params(body, ctx)
    attach_expects(body, members, templates, ctx)
    return sorted(members.values(), key=lambda m: m.span.start)


def define_single(tree: ast.File, stem: str, ctx: Context) -> list[Member]:
    """A file without `network`: one network of the file's name (or one for each variant)."""
    body = tree.body
    uses = [s for s in body if isinstance(s, ast.Use)]
    rest = tuple(s for s in body if not isinstance(s, ast.Use))
    for use in uses:
        try:
            use_file(use, ctx)
        except Located as problem:
            ctx.report(problem)
    whole = Span(tree.source, 0, 0)
    own = tuple(s for s in rest if not isinstance(s, ast.Expect) or s.network is None)
    node = ast.Network(whole, ast.Name(whole, stem), (), own)
    members: dict[str, Member] = {}
    templates: dict[str, BlockRef] = {}
    if not any(isinstance(s, (ast.Line, ast.Table, ast.Output, ast.Broken)) for s in rest):
        only = not any(isinstance(s, (ast.Block, ast.Use)) for s in body)
        at = body[-1].span if body else whole
        if only or any(isinstance(s, ast.Input) for s in body):
            raise Located(
                EmptyNetwork(
                    "no layers here",
                    help="a network is an input and layers: `input 3x32x32`, then `conv3-8`",
                ),
                Span(tree.source, at.start, at.start) if not body else at,
            )
        for s in rest:  # a library of blocks: check what can be checked
            try:
                define_statement(s, ctx)
            except Located as problem:
                ctx.report(problem)
        return []
    define_network(node, members, templates, ctx)
    attach_expects(
        tuple(s for s in rest if isinstance(s, ast.Expect) and s.network is not None),
        members,
        templates,
        ctx,
    )
    return list(members.values())


def define_statement(s: ast.Stmt, ctx: Context) -> None:
    """A statement beside networks."""
    match s:
        case ast.Use():
            use_file(s, ctx)
        case ast.Let():
            define_let(s, ctx)
        case ast.Default():
            apply_default(s, ctx)
        case ast.Block():
            define_block(s, ctx)
        case ast.Expect() | ast.Broken():
            pass
        case _:
            raise Located(
                MisplacedStatement(
                    "this stands beside networks, in none of them",
                    help="move it into a `network … { … }`",
                ),
                s.span,
            )


def define_network(
    s: ast.Network, members: dict[str, Member], templates: dict[str, BlockRef], ctx: Context
) -> None:
    """A network, or one for each column of its table; one with open parameters is a family."""
    check_network_name(s.name, members, templates, ctx)
    check_params(s.params, s.name.name, ctx)
    blocks = {n for n in ctx.scope.visible() if isinstance(find_value(n, ctx), BlockRef)}
    blocks |= {b.name.name for b in s.body if isinstance(b, ast.Block)}
    variants = variant_bodies(s.body, frozenset(blocks))
    open_params = any(p.default is None for p in s.params)
    if variants is None:
        base = BlockRef(s, ctx.scope, ctx.scope.defaults)
        add_network(s.name.name, s.name.span, base, s.doc, open_params, members, templates, ctx)
        return
    for heading, (name, body) in variants.items():
        full = f"{s.name.name}-{heading}"
        node = ast.Network(s.span, ast.Name(name.span, full), s.params, body)
        node.doc = s.doc
        base = BlockRef(node, ctx.scope, ctx.scope.defaults)
        add_network(full, name.span, base, s.doc, open_params, members, templates, ctx)


def find_value(name: str, ctx: Context) -> object:
    """What a name of this scope stands for."""
    scope = ctx.scope.find(name)
    return scope.names[name] if scope else None


def add_network(
    name: str,
    span: Span,
    base: BlockRef,
    doc: str,
    open_params: bool,
    members: dict[str, Member],
    templates: dict[str, BlockRef],
    ctx: Context,
) -> None:
    """Registers a network under its name."""
    if name in members or name in templates:
        raise repeated(name, span, members, templates)
    templates[name] = base
    ctx.run.networks[name] = base
    if not open_params:
        members[name] = Member(name, span, base, (), doc)


def check_network_name(
    name: ast.Name, members: dict[str, Member], templates: dict[str, BlockRef], ctx: Context
) -> None:
    """A network's name is free and can be written out."""
    if name.name in members or name.name in templates:
        raise repeated(name.name, name.span, members, templates)
    if len(name.name) > 64 or name.name.startswith("__"):
        raise Located(BadName("a network's name has at most 64 characters"), name.span)
    if "-" not in name.name and name.span.text != "":
        check_name(name.name, name.span, "network", ctx)


def repeated(
    name: str, span: Span, members: dict[str, Member], templates: dict[str, BlockRef]
) -> Located:
    """Two networks of one name."""
    first = members[name].span if name in members else templates[name].node.name.span
    return Located(
        RepeatedNetwork(f"two networks are called `{name}`", help="give one of them another name"),
        span,
        (Label(first, "the first one"),),
    )


def member_of(
    s: ast.NetworkOf, members: dict[str, Member], templates: dict[str, BlockRef], ctx: Context
) -> Member:
    """What `network A = B(…)` makes: `B` with these arguments over those that it has itself."""
    base, old = find_base(s, members, templates, ctx)
    open_ones = [p.name for p in base.node.params if p.name not in {a.name for a in old}]
    places = list(open_ones)
    new = []
    for arg in s.args:
        # Arguments by place get their names here, so that the caller's settings can replace them.
        if not arg.name and not places:
            raise too_many(base, len(open_ones), arg.span)
        new.append(ast.Arg(arg.span, arg.name or places.pop(0), arg.value))
    given = {a.name for a in new}
    args = (*(a for a in old if a.name not in given), *new)
    return Member(s.name.name, s.name.span, base, args, s.doc)


def find_base(
    s: ast.NetworkOf, members: dict[str, Member], templates: dict[str, BlockRef], ctx: Context
) -> tuple[BlockRef, tuple[ast.Arg, ...]]:
    """The family or network that `network A = B(…)` takes, and the arguments that it has."""
    name = s.base.name
    if name in templates:
        return templates[name], ()
    if name in members:
        return members[name].base, members[name].args
    found = ctx.run.networks.get(name)
    if isinstance(found, BlockRef):
        return found, ()
    raise Located(
        UnknownNetwork(
            f"no network is called `{name}`",
            help=did_you_mean(name, [*templates, *members])
            or "a network is defined above those that are made from it",
        ),
        s.base.span,
    )


def attach_expects(
    body: tuple[ast.Stmt, ...],
    members: dict[str, Member],
    templates: dict[str, BlockRef],
    ctx: Context,
) -> None:
    """Gives every `expect NAME: …` of the file to its network."""
    for s in body:
        if not isinstance(s, ast.Expect):
            continue
        if s.network is not None:
            member = members.get(s.network.name)
            if member is None:
                known = did_you_mean(s.network.name, members) or (
                    "the networks here: " + ", ".join(list(members)[:6]) if members else ""
                )
                ctx.report(
                    Located(
                        UnknownNetwork(f"no network is called `{s.network.name}`", help=known),
                        s.network.span,
                    )
                )
                continue
            member.expects.append(s)
        elif len(members) == 1:
            next(iter(members.values())).expects.append(s)
        else:
            names = ", ".join(list(members)[:6])
            ctx.report(
                Located(
                    UnknownNetwork(
                        "an `expect` beside several networks names one of them",
                        help=f"write `expect NAME: …`, where NAME is one of {names}",
                    ),
                    s.span,
                )
            )


def chosen(members: list[Member], request: Request, tree: ast.File, ctx: Context) -> list[Member]:
    """The networks that were asked for."""
    if request.network is None:
        return members
    found = [m for m in members if m.name == request.network]
    if not found:
        base = ctx.run.networks.get(request.network)
        if isinstance(base, BlockRef):
            return [Member(request.network, base.node.name.span, base, (), base.node.doc)]
        names = ", ".join(m.name for m in members[:8])
        raise Located(
            UnknownNetwork(
                f"no network is called `{request.network[:80]}`",
                help=did_you_mean(request.network, [m.name for m in members])
                or (f"there are {names}" if names else ""),
            ),
            Span(tree.source, 0, 0),
        )
    return found


# --- building ---------------------------------------------------------------------------------


def build_network(member: Member, request: Request, top: Context) -> Network | None:
    """The finished network, or None where something in it is wrong."""
    run = top.run
    before = len(run.diagnostics)
    base = member.base
    node = base.node
    graph = Graph()
    scope = Scope(base.scope, base.defaults)
    ctx = Context(run, scope, graph, None, None, network=True)
    caller = Context(run, top.scope, graph, None, None)
    args = settle(member, request, caller)
    try:
        values, _ = bind_args(base, args, dict(request_values(node, request)), member.span, caller)
    except Located as problem:
        run.report(problem)
        return None
    except Silent:
        return None
    for p in node.params:
        scope.define(p.name, values[p.name], p.span)
    run.input = request.input
    cur = elaborate_body(node.body, None, ctx, True, False)
    if isinstance(cur, Poison):
        graph.broken = True
    finish_outputs(cur, node, ctx, ())
    if len(run.diagnostics) > before or graph.broken:
        return None
    if not graph.nodes:
        run.report(
            Located(
                EmptyNetwork(
                    f"`{member.name}` has no layers",
                    help="a network is an input and layers: `input 3x32x32`, then `conv3-8`",
                ),
                member.span,
            )
        )
        return None
    report_unused(ctx, node)
    if graph.broken:
        return None
    module = graph.finish(
        member.name, "network", run.origin(node), tuple(values.items()), member.span, member.doc
    )
    check_total(module, member, ctx)
    own = [*graph.claims, *((s, ctx) for s in member.expects)]
    settled = bool(request.settings) or request.input is not None
    claims = () if settled else prove(own, module)
    facts: tuple[tuple[str, object], ...] = ()
    if any(isinstance(s, ast.Train) for s in node.body):
        from archdsl.elaborate.train import train_facts  # its tables are for those who train

        facts = train_facts(node, member.name, module.outputs, ctx)
    if len(run.diagnostics) > before:
        return None
    return Network(member.name, module, member.doc, claims, facts)


def settle(member: Member, request: Request, ctx: Context) -> tuple[ast.Arg, ...]:
    """The arguments of the definition, less those that the caller sets."""
    names = {p.name for p in member.base.node.params}
    for name in request.settings:
        if name not in names:
            ctx.run.report(
                Located(
                    UnknownNetwork(
                        f"`{member.name}` has no parameter `{name[:64]}`",
                        help=did_you_mean(name, names)
                        or ("it has " + ", ".join(sorted(names)) if names else "it has none"),
                    ),
                    member.span,
                )
            )
    return tuple(a for a in member.args if a.name not in request.settings)


def request_values(node: ast.Block | ast.Network, request: Request) -> dict[str, object]:
    """Parameters that the caller sets."""
    names = {p.name for p in node.params}
    return {k: v for k, v in request.settings.items() if k in names}


def check_total(module: object, member: Member, ctx: Context) -> None:
    """Totals stay below 2**63, as PyTorch's sizes do."""
    from archdsl.analysis.cost import cost
    from archdsl.ir.model import Module

    assert isinstance(module, Module)
    total = cost(module)
    for name, value in (
        ("parameters", total.params),
        ("layers", total.layers),
        ("multiply-accumulates", total.total_macs),
    ):
        if value >= 2**63:
            ctx.report(
                Located(
                    Limit(f"`{member.name}` has more than 2^63 {name}, beyond what PyTorch counts"),
                    member.span,
                )
            )
            return


# --- inputs -----------------------------------------------------------------------------------


def elaborate_input(stmt: ast.Input, cur: Labelled | None, ctx: Context) -> Labelled | None:
    """`input 3x224x224`: becomes the current tensor; named ones wait for their `@name`."""
    graph = ctx.graph
    if not ctx.network:
        raise Located(
            MisplacedStatement(
                "an input belongs to a network", help="a block works on what enters it"
            ),
            stmt.span,
        )
    if graph.nodes:
        raise Located(
            BadInput("an input stands before the first layer", label="too late"),
            stmt.span,
            (Label(graph.nodes[0].span, "the first layer"),),
        )
    name = stmt.name.name if stmt.name else "x"
    if any(p.name == name for p in graph.inputs) or (graph.inputs and stmt.name is None):
        raise Located(
            BadInput(
                "a second input",
                label="the second one",
                help="several inputs have names: `input left: 3x64x64`",
            ),
            stmt.span,
            (Label(graph.inputs[0].span, "the first one"),),
        )
    if stmt.name is not None:
        check_name(name, stmt.name.span, "input", ctx)
    type = input_type(stmt, ctx)
    override = ctx.run.input
    if override is not None and not graph.inputs:
        if len(override) != len(type.dims):
            raise Located(
                BadInput(
                    f"this input has {len(type.dims)} sizes, the given one {len(override)}",
                    label=f"{type}",
                ),
                stmt.span,
            )
        type = TensorType(type.layout, override)
    tensor = graph.add_input(name, type, stmt.span)
    graph.taken.add(name)
    if stmt.name is None:
        ctx.entry = tensor
        return tensor
    graph.labels[name] = (tensor, stmt)
    return None


def input_type(stmt: ast.Input, ctx: Context) -> TensorType:
    """Layout and sizes of an input."""
    value = evaluate(stmt.dims, ctx)
    dims = tuple(value) if isinstance(value, Dims) else (value,)
    numbers = [d for d in dims if isinstance(d, int) and not isinstance(d, bool)]
    if len(numbers) != len(dims):
        raise Located(
            BadInput(f"an input is given by sizes, not by {kind_of_value(value)}"), stmt.dims.span
        )
    if stmt.layout is not None:
        layout = stmt.layout.name.lower()
        if layout not in LAYOUTS:
            raise Located(
                BadInput(
                    f"no layout is called `{stmt.layout.name}`",
                    help=did_you_mean(layout, LAYOUTS) or "layouts: " + ", ".join(LAYOUTS),
                ),
                stmt.layout.span,
            )
    else:
        layout = {1: VECTOR, 3: IMAGE}.get(len(numbers), "")
    if not layout or LAYOUTS[layout] != len(numbers):
        raise Located(wrong_sizes(layout, numbers), stmt.dims.span)
    for d in numbers:
        if not 1 <= d <= MAX_SIZE:
            raise Located(
                BadInput(f"a size is 1 to {MAX_SIZE:,}, not {show_value(d)}"), stmt.dims.span
            )
    return TensorType(layout, tuple(numbers))


def wrong_sizes(layout: str, numbers: list[int]) -> BadInput:
    """A number of sizes that does not fit the layout, or none."""
    forms = {
        "vector": "`784`",
        "image": "`3x224x224`",
        "seq": "`seq 196x768`",
        "signal": "`signal 1x16000`",
        "volume": "`volume 1x16x112x112`",
        "tokens": "`tokens 128`",
    }
    if layout:
        return BadInput(
            f"a {layout} has {LAYOUTS[layout]} sizes, and here are {len(numbers)}",
            help=f"write `input` {forms[layout]}".replace("` `", " "),
        )
    help = {
        2: "an image is `CxHxW`: `1x28x28`; a sequence is `seq 196x768`, a signal `signal 1x16000`",
        4: "a volume is `volume 1x16x112x112`; the batch is never written",
    }.get(len(numbers), "an image is `CxHxW`; other layouts are named, as in `seq 196x768`")
    return BadInput(f"{len(numbers)} sizes say no layout", help=help)
