"""Files and networks: what a file defines, families and their members, the finished design."""

from __future__ import annotations

from archdsl.elaborate.arguments import bind_args
from archdsl.elaborate.body import elaborate_body
from archdsl.elaborate.claims import prove
from archdsl.elaborate.context import Context, Frame, Limits, Located, Run, Silent, Stop
from archdsl.elaborate.errors import (
    EmptyNetwork,
    FalseClaim,
    Limit,
    UnknownArgument,
    UnknownNetwork,
)
from archdsl.elaborate.graph import Graph
from archdsl.elaborate.members import Member, define_file
from archdsl.elaborate.modules import finish_outputs, report_unused
from archdsl.elaborate.scope import Scope
from archdsl.elaborate.suggest import did_you_mean
from archdsl.elaborate.values import BlockRef, Poison
from archdsl.ir.model import Design, Module, Network
from archdsl.source import Span
from archdsl.syntax import ast

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable

    from archdsl.diagnostics.model import Diagnostic
    from archdsl.elaborate.watch import Watch
    from archdsl.source import SourceFile


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


def elaborate(
    tree: ast.File,
    read: Callable[[str, SourceFile, bool], SourceFile | str],
    limits: Limits | None = None,
    request: Request | None = None,
    watch: Watch | None = None,
) -> tuple[Design, list[Diagnostic]]:
    """The design of a file and what is wrong with it; networks with mistakes are left out."""
    run = Run(limits or Limits(), read)
    run.watch = watch
    run.lost.update(tree.lost or ())
    request = request or Request()
    stem = file_stem(tree.source.name)
    scope = Scope(None, {})
    top = Context(run, scope, Graph(), None, None)
    networks: list[Network] = []
    families: tuple[BlockRef, ...] = ()
    try:
        try:
            members = define_file(tree, stem, top)
            run.members = tuple(m.name for m in members)
            families = () if members else families_of(tree, top)
            for member in chosen(members, request, tree, top):
                if watch is not None:
                    watch.network = member.name
                network = build_network(member, request, top)
                if network is not None:
                    networks.append(network)
            if run.blocks and request.network is None:
                from archdsl.elaborate.unreached import look_at_rest

                look_at_rest(run, top, tree.source)
        except Located as problem:
            run.report(problem)
    except Stop:
        pass
    needs = tuple((f.node.name.name, tuple(required(f.node))) for f in families)
    return Design(stem, tuple(networks), needs), run.diagnostics


def families_of(tree: ast.File, top: Context) -> tuple[BlockRef, ...]:
    """The networks of a file that need arguments."""
    all_here = top.run.networks.values()
    return tuple(f for f in all_here if isinstance(f, BlockRef) and f.node.span.file is tree.source)


def required(node: ast.Block | ast.Network) -> list[str]:
    """Parameters without a default."""
    return [p.name for p in node.params if p.default is None]


def file_stem(name: str) -> str:
    """A network's name from the file's: letters, digits, hyphens and underscores."""
    base = name.replace("\\", "/").rsplit("/", 1)[-1]
    stem = base.split(".", 1)[0]
    plain = "".join(c if c.isascii() and (c.isalnum() or c in "-_") else "_" for c in stem)
    plain = plain.strip("-_") or "network"
    return plain if plain[0].isalpha() else "net_" + plain


# --- what a file defines ----------------------------------------------------------------------


def chosen(members: list[Member], request: Request, tree: ast.File, ctx: Context) -> list[Member]:
    """The networks that were asked for."""
    if request.network is None:
        if members or not request.settings:
            return members
        all_here = families_of(tree, ctx)
        settled = [f for f in all_here if request.settings.keys() >= set(required(f.node))]
        return [whole_family(f) for f in settled or all_here]
    found = [m for m in members if m.name == request.network]
    if not found:
        base = ctx.run.networks.get(request.network)
        if isinstance(base, BlockRef):
            return [whole_family(base)]
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


def whole_family(base: BlockRef) -> Member:
    """A family as a network, whose arguments are the caller's."""
    return Member(base.node.name.name, base.node.name.span, base, (), base.node.doc)


# --- building ---------------------------------------------------------------------------------


def build_network(member: Member, request: Request, top: Context) -> Network | None:
    """The finished network, or None where something in it is wrong."""
    run = top.run
    before = len(run.diagnostics)
    base = member.base
    node = base.node
    graph = Graph()
    if run.watch is not None:
        run.watch.graphs[member.name] = graph
    scope = Scope(base.scope, base.defaults)
    frame: Frame | None = None
    if member.args:  # a mistake in the family's text may be one of these arguments
        words = f"of the family `{node.name.name}`"
        frame = Frame("", member.span, None, None, words)
    ctx = Context(run, scope, graph, None, frame, network=True)
    caller = Context(run, top.scope, graph, None, None)
    args = settle(member, request, caller)
    values: dict[str, object] = {}
    try:
        if not node.unread:
            given = dict(request_values(node, request))
            values, _ = bind_args(base, args, given, member.span, caller)
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
    if is_wrong(run, before) or graph.broken:
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
    network = state(member, module, request, ctx)
    return None if is_wrong(run, before) else network


def state(member: Member, module: Module, request: Request, ctx: Context) -> Network:
    """The network with its claims, proven unless the caller set anything, and how it trains."""
    node = member.base.node
    own = [*ctx.graph.claims, *((s, ctx) for s in member.expects)]
    settled = bool(request.settings) or request.input is not None
    claims = () if settled else prove(own, module)
    facts: tuple[tuple[str, object], ...] = ()
    if any(isinstance(s, ast.Train) for s in node.body):
        from archdsl.elaborate.train import train_facts  # its tables are for those who train

        facts = train_facts(node, member.name, module.outputs, ctx)
    return Network(member.name, module, member.doc, claims, facts)


def is_wrong(run: Run, before: int) -> bool:
    """Whether anything but a claim was found wrong since; a false claim leaves the layers known."""
    return any(d.id != FalseClaim.id for d in run.diagnostics[before:])


def settle(member: Member, request: Request, ctx: Context) -> tuple[ast.Arg, ...]:
    """The arguments of the definition, less those that the caller sets."""
    names = {p.name for p in member.base.node.params}
    for name in request.settings:
        if name not in names:
            ctx.run.report(
                Located(
                    UnknownArgument(
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


def check_total(module: Module, member: Member, ctx: Context) -> None:
    """Totals stay below 2**63, as PyTorch's sizes do."""
    from archdsl.analysis.cost import cost

    total = cost(module, ctx.run.costs)
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
