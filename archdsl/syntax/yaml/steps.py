"""Steps and lines: layers, branches, groups, repeats, choices and loops."""

from __future__ import annotations

from archdsl.source import Span
from archdsl.syntax import ast
from archdsl.syntax.yaml.keys import HEADS, LINE, NAMED, STEPS, check_keys, find_head, unknown_key
from archdsl.syntax.yaml.nodes import Mapping, Node, Scalar, Sequence, Wrong, wrong
from archdsl.syntax.yaml.refuse import (
    refuse_argument,
    refuse_body,
    refuse_cut_text,
    refuse_foreign,
    refuse_two_steps,
)
from archdsl.syntax.yaml.values import Reader

STATEMENT_WORDS = (
    "network",
    "block",
    "input",
    "default",
    "let",
    "use",
    "expect",
    "output",
    "train",
)


class StepReader(Reader):
    """Reads what stands in a body, but for statements."""

    __slots__ = ()

    def body(self, node: Node) -> tuple[ast.Stmt, ...]:
        """The statements of a list; the reader of statements says how."""
        raise NotImplementedError

    def group(self, node: Node) -> ast.Group:
        """A list of statements as a group."""
        return ast.Group(node.span, self.body(node))

    # --- lines ------------------------------------------------------------------------------

    def line(self, node: Node) -> ast.Line:
        """A text, `{label: …, steps: …}`, or a mapping that is one step."""
        if isinstance(node, Mapping):
            return self.line_mapping(node)
        if isinstance(node, Sequence):
            raise wrong(
                "yaml-type",
                "a list is no statement",
                node.span,
                "several steps of one line are `{steps: [ … ]}`",
            )
        text = self.text(node, "a line of steps")
        tree = self.parse(text, "line")
        assert isinstance(tree, ast.Line)
        return tree

    def line_mapping(self, node: Mapping) -> ast.Line:
        """A mapping as a line: its label, and a step or several."""
        if find_head(node) == "steps":
            check_keys(node, "steps", (LINE,))
            value = node.get("steps")
            assert value is not None
            steps = self.steps(value)
        elif self.is_labelled_text(node):
            key, value = node.pairs[0]
            refuse_argument(key, value)
            name, index = self.label(key)
            return ast.Line(node.span, self.steps(value), name, index)
        else:
            steps = (self.step(node, labelled=True),)
        label = node.get(LINE)
        if label is None:
            return ast.Line(node.span, steps)
        return ast.Line(node.span, steps, *self.label(label))

    def is_labelled_text(self, node: Mapping) -> bool:
        """`stem: conv7-64/2, maxpool3/2`: a key that is no word of the form, and a text."""
        if len(node.pairs) != 1 or node.problem is not None:
            return False
        key, value = node.pairs[0]
        refuse_cut_text(key)
        words = key.value in (*HEADS, *NAMED, LINE)
        return not words and isinstance(value, Scalar) and not value.empty

    def label(self, node: Node) -> tuple[ast.Name, ast.Expr | None]:
        """`stem` or `y[i]`."""
        text = self.text(node, "a label")
        tree = self.parse(text, "expr")
        if isinstance(tree, ast.Name):
            return tree, None
        if isinstance(tree, ast.Index) and isinstance(tree.target, ast.Name):
            return tree.target, tree.index
        raise wrong(
            "yaml-type",
            f"a label is a name, or a name with an index, not `{text.said.strip()[:40]}`",
            node.span,
            "write `label: stem` or `label: y[i]`",
        )

    # --- steps ------------------------------------------------------------------------------

    def steps(self, node: Node) -> tuple[ast.Step, ...]:
        """`conv3-64, relu`, or a list of such texts and of mappings."""
        if not isinstance(node, Sequence):
            return self.item_steps(node)
        if not node.items:
            raise wrong("yaml-type", "no steps", node.span, "write at least one: `[conv3-64]`")
        return tuple(step for item in node.items for step in self.item_steps(item))

    def item_steps(self, node: Node) -> tuple[ast.Step, ...]:
        """The steps of one item."""
        if isinstance(node, Mapping):
            if node.pairs and (self.is_labelled_text(node) or LINE in node.index):
                raise wrong(
                    "label-inside-line",
                    "a label inside a line",
                    node.span,
                    "a label names the last tensor of its line: write the line as an item of the "
                    "body",
                )
            return (self.step(node),)
        line = self.line(node)
        if line.label is not None:
            raise wrong("label-inside-line", "a label inside a line", line.label.span)
        return line.steps

    def step(self, node: Mapping, labelled: bool = False) -> ast.Step:
        """A mapping as a step."""
        more = (LINE,) if labelled else ()
        head = find_head(node)
        if head in STEPS:
            check_keys(node, head, (*STEPS[head], *more))
            return getattr(self, f"step_{head}")(node)  # type: ignore[no-any-return]
        if head:
            raise wrong(
                "misplaced-statement",
                f"`{head}` is no step",
                node.key(head).span,
                "it is a statement: write it as an item of the body",
            )
        return self.step_named(node, more)

    def step_named(self, node: Mapping, more: tuple[str, ...]) -> ast.Layer:
        """`{conv: {kernel: 3, out: 64}}`: the key is the layer's name, or more of its head."""
        if node.problem is not None:
            raise Wrong(node.problem)
        heads = [key for key, _ in node.pairs if key.value not in (*NAMED, *more)]
        if not heads and LINE in node.index:
            raise wrong("yaml-key", "`label` without a step", node.key(LINE).span, LABEL_HELP)
        if not heads:
            raise wrong("yaml-type", "a mapping that names no layer", node.span, LAYER_HELP)
        if len(heads) > 1:
            refuse_foreign(node, heads)
            refuse_two_steps(node, heads)
            known = {*NAMED, *more}
            raise unknown_key(heads[1].value, heads[1].span, f"`{heads[0].value[:40]}`", known)
        key = heads[0]
        value = node.get(key.value)
        assert value is not None
        refuse_body(node, key, value)
        return self.finish_layer(node, key, value)

    def step_layer(self, node: Mapping) -> ast.Layer:
        """`{layer: conv3-64, args: {pad: 0}, repeat: 2}`."""
        name = node.get("layer")
        assert name is not None
        return self.finish_layer(node, name, node.get("args"))

    def finish_layer(self, node: Mapping, name: Node, args: Node | None) -> ast.Layer:
        """A layer of its head as text, and the rest of its mapping."""
        line = self.parse(self.text(name, "a layer's name"), "line")
        assert isinstance(line, ast.Line)
        head = line.steps[0]
        if len(line.steps) > 1 or line.label or not isinstance(head, ast.Layer) or head.repeat:
            raise wrong("yaml-type", "one layer is meant", name.span, LAYER_HELP)
        branches = node.get("branches")
        if branches is not None and head.branches is not None:
            raise wrong("yaml-key", "branches twice", branches.span, "write them in one place")
        more = self.args(args) if args is not None else ()
        made = ast.Layer(node.span, head.name, head.tails, (*head.args, *more), head.branches)
        end = max(name.end, args.end if args is not None else 0)
        made.head = Span(node.file, name.start, end) if name.start < end else name.span
        if branches is not None:
            made.branches = self.branches(branches)
        made.repeat = self.repeat(node)
        return made

    def branches(self, node: Node) -> tuple[ast.Branch, ...]:
        """A list: each item a line, or a list of lines."""
        if not isinstance(node, Sequence) or not node.items:
            raise wrong(
                "yaml-type",
                f"`branches` is a list of branches, not {node.what}",
                node.span,
                "write a branch an item: `[identity, 'conv3-64, relu']`",
            )
        found = []
        for item in node.items:
            lines = item.items if isinstance(item, Sequence) else [item]
            if not lines:
                raise wrong(
                    "empty-branch",
                    "a branch with nothing in it",
                    item.span,
                    "write `identity` for a plain copy",
                )
            found.append(ast.Branch(item.span, tuple(self.line(n) for n in lines)))
        return tuple(found)

    def repeat(self, node: Mapping) -> ast.Repeat | None:
        """`repeat: 4`, with `shared: true`."""
        count, shared = node.get("repeat"), node.get("shared")
        if count is None:
            if shared is not None:
                raise wrong(
                    "yaml-key",
                    "`shared` without `repeat`",
                    node.key("shared").span,
                    "write `repeat: 4` in the same mapping",
                )
            return None
        flag = shared is not None and self.flag(shared, "shared")
        return ast.Repeat(count.span, self.expression(self.text(count, "a number")), flag)

    def step_group(self, node: Mapping) -> ast.Group:
        """`{group: [ … ], repeat: 3}`."""
        body = node.get("group")
        assert body is not None
        return ast.Group(node.span, self.body(body), self.repeat(node))

    def step_if(self, node: Mapping) -> ast.If:
        """`{if: a, then: [ … ], elif: [{if: b, then: [ … ]}], else: [ … ]}`."""
        arms = [self.arm(node)]
        others = node.get("elif")
        if others is not None and not isinstance(others, Sequence):
            raise wrong(
                "yaml-type",
                f"`elif` is a list, not {others.what}",
                others.span,
                "write `elif: [{if: n == 2, then: [ … ]}]`",
            )
        for item in others.items if others is not None else ():
            if not isinstance(item, Mapping) or "if" not in item.index:
                raise wrong("yaml-type", "`{if: …, then: [ … ]}` is meant", item.span)
            check_keys(item, "if", ("then!",))
            arms.append(self.arm(item))
        otherwise = node.get("else")
        last = self.group(otherwise) if otherwise is not None else None
        return ast.If(node.span, arms, last)

    def arm(self, node: Mapping) -> tuple[ast.Expr, ast.Group]:
        """A condition and what it chooses."""
        cond, then = node.get("if"), node.get("then")
        assert cond is not None
        assert then is not None
        return self.value(cond), self.group(then)

    def step_for(self, node: Mapping) -> ast.For:
        """`{for: w, in: [64, 128], do: [ … ]}`."""
        name, values, body = node.get("for"), node.get("in"), node.get("do")
        assert name is not None
        assert values is not None
        assert body is not None
        found = self.name(name, "a name")
        return ast.For(node.span, found, self.value(values), self.group(body))


LAYER_HELP = "write `{conv: {kernel: 3, out: 64}}`, or the layer as a text: `conv3-64`"
LABEL_HELP = "write what it names: `stem: conv3-64`, or `steps: conv3-64` in the same mapping"
