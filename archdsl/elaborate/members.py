"""What a file defines: networks, families, their members and variants, the claims on them."""

from __future__ import annotations

from archdsl.diagnostics.model import Label
from archdsl.elaborate.arguments import too_many
from archdsl.elaborate.context import Context, Located, Silent
from archdsl.elaborate.definitions import (
    apply_default,
    check_all_params,
    check_params,
    define_block,
    define_let,
)
from archdsl.elaborate.errors import (
    BadName,
    EmptyNetwork,
    MisplacedStatement,
    RepeatedNetwork,
    UnknownNetwork,
)
from archdsl.elaborate.suggest import did_you_mean, rename
from archdsl.elaborate.tables import variant_bodies
from archdsl.elaborate.use import use_file
from archdsl.elaborate.values import BlockRef
from archdsl.elaborate.words import check_name
from archdsl.ops.base import Kind
from archdsl.source import Span
from archdsl.syntax import ast


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
            lose(s, ctx)
        except Silent:
            lose(s, ctx)
    check_all_params(body, ctx)
    attach_expects(body, members, templates, ctx)
    return sorted(members.values(), key=lambda m: m.span.start)


def lose(s: ast.Stmt, ctx: Context) -> None:
    """Notes a name that a wrong statement was to define: nothing is said of it further down."""
    if isinstance(s, (ast.Network, ast.NetworkOf, ast.Block)):
        ctx.run.lost.add(s.name.name)


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
        if "*" in ctx.run.lost:  # what a `use` would have brought
            return []
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
    if open_params:
        ctx.run.blocks.append(base)
    else:
        members[name] = Member(name, span, base, (), doc)


def check_network_name(
    name: ast.Name, members: dict[str, Member], templates: dict[str, BlockRef], ctx: Context
) -> None:
    """A network's name is free and can be written out."""
    if name.name in members or name.name in templates:
        raise repeated(name.name, name.span, members, templates)
    if name.name.startswith("__"):
        raise Located(BadName("names that begin with two underscores are Python's own"), name.span)
    if len(name.name) > 64:
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
    for arg in () if base.node.unread else s.args:  # what it takes is unknown
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
    scope = ctx.scope.find(name)
    is_block = scope is not None and isinstance(scope.names[name], BlockRef)
    help = "a network is defined above those that are made from it"
    if is_block or Kind.lookup(name) is not None:
        what = "block" if is_block else "layer kind"
        help = f"`{name}` is a {what}: write `network {s.name.name} {{ input …, {name}(…) }}`"
    raise Located(
        UnknownNetwork(
            f"no network is called `{name}`",
            help=did_you_mean(name, [*templates, *members]) or help,
        ),
        s.base.span,
        fix=rename(s.base.span, name, [*templates, *members]),
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
                        fix=rename(s.network.span, s.network.name, members),
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
