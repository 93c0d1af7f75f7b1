"""Claims: `expect` lines, proven on the finished network."""

from __future__ import annotations

import re

from archdsl.analysis.cost import Costs, cost, count
from archdsl.analysis.depth import depth
from archdsl.diagnostics.model import Fix, Label
from archdsl.elaborate.context import ROUND, Context, Located, Silent
from archdsl.elaborate.errors import BadClaim, FalseClaim, MisplacedStatement
from archdsl.elaborate.expr import evaluate
from archdsl.elaborate.operators import apply_binary
from archdsl.elaborate.refs import resolve
from archdsl.elaborate.scope import Scope
from archdsl.elaborate.suggest import did_you_mean, rename
from archdsl.elaborate.tables import RowClaim
from archdsl.elaborate.values import Labelled, Poison, Results, Tensor, show_value
from archdsl.ir.model import Claim, Module
from archdsl.ops.base import Dims, Kind
from archdsl.syntax import ast
from archdsl.syntax.walk import nodes
from archdsl.tensor import TensorType

COMPARISONS = ("==", "<", "<=", ">", ">=", "!=")
DIGITS = re.compile(r"([0-9][0-9_]*)(?:\.([0-9]+))?([KMGT]?)")
SUFFIX = {"": 1, "K": 10**3, "M": 10**6, "G": 10**9, "T": 10**12}
FACTS = (
    "params",
    "trainable",
    "buffers",
    "macs",
    "flops",
    "activations",
    "layers",
    "depth",
    "shape",
)


def prove(claims: list[tuple[ast.Expect, Context]], module: Module) -> tuple[Claim, ...]:
    """The claims that hold, each with its place; reports those that do not."""
    if not claims:
        return ()
    out: list[Claim] = []
    facts = facts_of(module, claims[0][1].run.costs)
    if any(speaks_of("depth", stmt) for stmt, _ in claims):
        facts["depth"] = depth(module)
    for stmt, ctx in claims:
        try:
            out.append(prove_one(stmt, module, facts, ctx))
        except Located as problem:
            ctx.report(problem)
        except Silent:
            pass
    return tuple(out)


def keep(stmt: ast.Expect, ctx: Context) -> None:
    """Keeps a claim for when the module is finished.

    In a `for` it speaks of the tensors of its own round, so these are looked up at once.
    """
    if stmt.network is not None:
        raise Located(
            MisplacedStatement(
                "a claim on another network stands beside the networks",
                help="move it out of the `{ … }`",
            ),
            stmt.span,
        )
    ctx.run.spend(2 * ROUND, stmt.span)
    if ctx.depth:
        claim, about = stmt.claim, stmt.about
        try:
            claim = settle(claim, None, ctx)
            about = about and settle(about, None, ctx)
        except Located:
            pass  # a tensor of further down
        stmt = ast.Expect(stmt.span, None, claim, about)
    ctx.graph.claims.append((stmt, ctx))


def facts_of(module: Module, costs: Costs) -> dict[str, object]:
    """What a claim may speak of by a bare name."""
    total = cost(module, costs)
    main = next((o for o in reversed(module.outputs) if o.name == "out"), None)
    main = main or (module.outputs[-1] if module.outputs else None)
    facts: dict[str, object] = {
        "params": total.params,
        "trainable": total.trainable,
        "buffers": total.buffers,
        "macs": total.total_macs,
        "flops": 2 * total.total_macs,
        "activations": total.activations,
        "layers": total.layers,
    }
    if main is not None:
        facts["shape"] = Dims(module.type_of(main.value).dims)
    return facts


def speaks_of(fact: str, stmt: ast.Expect) -> bool:
    """Whether a claim names a fact; what costs a walk of its own is found only then."""
    return any(isinstance(n, ast.Name) and n.name == fact for n in nodes(stmt.claim))


def prove_one(stmt: ast.Expect, module: Module, facts: dict[str, object], ctx: Context) -> Claim:
    """One claim. Raises Located where it is false or compares nothing."""
    if stmt.about is not None:
        left, op, right = stmt.claim, "~", stmt.about
    elif (
        isinstance(stmt.claim, ast.Binary)
        and len(stmt.claim.rest) == 1
        and stmt.claim.rest[0][0] in COMPARISONS
    ):
        left, (op, right) = stmt.claim.first, stmt.claim.rest[0]
    else:
        raise Located(
            BadClaim(
                "an `expect` compares two values",
                help="`expect params == 224`, `expect macs ~ 19.6G`, `expect shape == 10`",
            ),
            stmt.claim.span,
        )
    subject = subject_value(left, module, facts, ctx)
    value = evaluate(settle(right, module, ctx), with_facts(facts, ctx))
    text = f"{left.span.text} {op} {right.span.text}"
    if op == "~":
        holds = about(subject, right, value)
    else:
        a, b = comparable(subject), comparable(value)
        try:
            holds = bool(apply_binary(op, a, b))
        except TypeError:
            raise Located(
                BadClaim(f"`{op}` does not compare {show_value(subject)} and {show_value(value)}"),
                stmt.claim.span,
            ) from None
    if not holds:
        raise false_claim(stmt, left, op, right, subject, value)
    return Claim(left.span.text, op, value, text)


def false_claim(
    stmt: ast.Expect, left: ast.Expr, op: str, right: ast.Expr, subject: object, value: object
) -> Located:
    """Both values, side by side, and their difference."""
    notes = [f"{left.span.text} is {grouped(subject)}", f"claimed: {op} {grouped(value)}"]
    if isinstance(subject, int) and isinstance(value, int) and op in ("==", "~"):
        notes.append(f"the difference is {subject - value:+,}")
    written = right.span.text
    if not written[:1].isdigit():
        written = f"{grouped(value)}, which is `{written}`"
    sign = {"==": "", "~": "about "}.get(op, f"{op} ")
    return Located(
        FalseClaim(
            f"`{left.span.text}` is {grouped(subject)}, not {sign}{written}",
            label="this does not hold",
            notes=tuple(notes),
            help="mend the layers or the claim: `archdsl report` shows what each layer adds",
        ),
        stmt.span,
        (Label(right.span, "claimed here"),),
        restate(right, op, subject),
    )


def restate(right: ast.Expr, op: str, subject: object) -> Fix | None:
    """The fix that claims what is computed, where a plain value is claimed."""
    if not isinstance(right, ast.Const) or op not in ("==", "~"):
        return None
    text = grouped(subject)
    m = DIGITS.fullmatch(right.span.text)
    if m is not None and m.group(3) and isinstance(subject, int):
        text = rounded(subject, len(m.group(2) or ""), m.group(3))
    elif m is not None and "_" not in right.span.text:
        text = text.replace("_", "")
    return Fix(right.span, text, f"claim {text}", safety="claim")


def rounded(value: int, decimals: int, suffix: str) -> str:
    """A number with so many decimals and a suffix: `19.6G`."""
    scale = SUFFIX[suffix]
    digits = (2 * value * 10**decimals + scale) // (2 * scale)
    whole, rest = divmod(digits, 10**decimals)
    return f"{whole}.{rest:0{decimals}d}{suffix}" if decimals else f"{whole}{suffix}"


def grouped(value: object) -> str:
    """A number with its thousands, or a value as it is written."""
    if isinstance(value, int) and not isinstance(value, bool):
        return f"{value:,}".replace(",", "_")
    return show_value(value).strip("`")


def comparable(value: object) -> object:
    """A size of one number is that number."""
    if isinstance(value, Dims) and len(value) == 1:
        return value[0]
    return value


def with_facts(facts: dict[str, object], ctx: Context) -> Context:
    """The place, where `params` and the other facts have values."""
    scope = Scope(ctx.scope, ctx.scope.defaults)
    scope.names.update(facts)
    return Context(ctx.run, scope, ctx.graph, ctx.entry, ctx.frame, ctx.network, ctx.depth)


def subject_value(e: ast.Expr, module: Module, facts: dict[str, object], ctx: Context) -> object:
    """The left side: a fact, `shape(@x)`, `count(conv)`, or arithmetic with facts."""
    if isinstance(e, ast.Name) and e.name not in facts and ctx.scope.find(e.name) is None:
        raise Located(
            BadClaim(
                f"nothing to claim is called `{e.name}`",
                help=did_you_mean(e.name, FACTS)
                or "claims speak of " + ", ".join(FACTS) + ", shape(@x) and count(conv)",
            ),
            e.span,
            fix=rename(e.span, e.name, FACTS),
        )
    return evaluate(settle(e, module, ctx), with_facts(facts, ctx))


def settle(e: ast.Expr, module: Module | None, ctx: Context) -> ast.Expr:
    """The expression with the values of `shape(@x)` in their places, and of `count(conv)`."""
    match e:
        case ast.Call() if e.name.name == "shape" and (module or e.args):
            return ast.Const(e.span, shape_of(e, ctx))
        case ast.Call() if e.name.name == "count" and module is not None:
            return ast.Const(e.span, count_of(e, module, ctx))
        case ast.Binary():
            rest = [(op, settle(term, module, ctx)) for op, term in e.rest]
            return ast.Binary(e.span, settle(e.first, module, ctx), rest)
        case ast.Unary():
            return ast.Unary(e.span, e.op, settle(e.operand, module, ctx))
        case ast.Index():
            return ast.Index(e.span, settle(e.target, module, ctx), settle(e.index, module, ctx))
    return e


def shape_of(e: ast.Call, ctx: Context) -> Dims:
    """`shape(@pool5)`."""
    if len(e.args) != 1 or not isinstance(e.args[0].value, ast.Ref):
        raise Located(BadClaim("`shape` takes one tensor", help="`shape(@pool5)`"), e.span)
    found: Labelled = resolve(e.args[0].value, ctx)
    if isinstance(found, Results) and found.main is not None:
        found = found.main
    if isinstance(found, Tensor):
        return Dims(found.type.dims)
    if isinstance(found, Poison):
        raise Silent
    one = f".{next(iter(found.named), '…')}" if isinstance(found, Results) else "[0]"
    raise Located(
        BadClaim("this is several tensors", help=f"name one: `{e.args[0].span.text}{one}`"),
        e.args[0].span,
    )


def count_of(e: ast.Call, module: Module, ctx: Context) -> int:
    """`count(conv)`: how many layers of a kind run."""
    arg = e.args[0].value if len(e.args) == 1 else None
    if isinstance(arg, ast.Name):
        kind = Kind.lookup(arg.name)
        if kind is not None:
            counts, key = ctx.run.counts, (module, kind.name)
            if key not in counts:
                counts[key] = count(module, kind.name)
            return counts[key]
        raise Located(
            BadClaim(
                f"no layer kind is called `{arg.name}`",
                help=did_you_mean(arg.name, Kind.registry) or "`archdsl kinds` lists them",
            ),
            arg.span,
            fix=rename(arg.span, arg.name, Kind.registry),
        )
    raise Located(BadClaim("`count` takes a kind", help="`count(conv)`"), e.span)


def about(subject: object, right: ast.Expr, value: object) -> bool:
    """Whether both are equal when rounded to the digits that are written."""
    m = DIGITS.fullmatch(right.span.text)
    if (
        not isinstance(subject, (int, float))
        or isinstance(subject, bool)
        or not isinstance(value, (int, float))
    ):
        raise Located(BadClaim("`~` compares numbers"), right.span)
    if m is None:
        help = "`~ 19.6G`: what counts is the digits that are written, with K, M, G or T"
        raise Located(BadClaim("the right side of `~` is a plain number", help=help), right.span)
    whole, decimals, suffix = m.group(1), m.group(2) or "", m.group(3)
    top, bottom = subject.as_integer_ratio()
    top *= 10 ** len(decimals)
    bottom *= SUFFIX[suffix]
    rounded: int = (2 * top + bottom) // (2 * bottom)  # halves go up
    return rounded == int(whole.replace("_", "") + decimals)


def prove_row(claim: RowClaim, cur: Labelled | None, ctx: Context) -> None:
    """The `output` or `input` of a row: all sizes, or the spatial ones alone."""
    if isinstance(cur, Poison) or cur is None:
        return
    found = cur.main if isinstance(cur, Results) else cur
    if not isinstance(found, Tensor):
        return
    value = evaluate(claim.value, ctx)
    wanted = tuple(value) if isinstance(value, tuple) else (value,)
    if wanted not in readings(found.type):
        what = "comes out" if claim.what == "output" else "goes in"
        raise Located(
            FalseClaim(
                f"{found.type} {what} here, not {claim.value.span.text}",
                label="this does not hold",
            ),
            claim.span,
            (Label(found.span, f"this gives {found.type}"),),
            Fix(claim.span, restated(found.type, len(wanted)), "state it", safety="claim"),
        )


def restated(t: TensorType, count: int) -> str:
    """A shape as a table writes it: all sizes, or as many as are claimed."""
    dims = next((r for r in readings(t) if len(r) == count), t.dims)
    return "x".join(str(n) for n in dims)


def readings(t: TensorType) -> tuple[tuple[object, ...], ...]:
    """How a table may write a shape: all sizes, or the spatial sizes alone."""
    return (t.dims, t.spatial) if t.is_map and t.rank > 1 else (t.dims,)
