"""Habits from Python, PyTorch and formulas that the grammar does not have, and what to write."""

from __future__ import annotations

import re

from archdsl.diagnostics.model import Fix
from archdsl.syntax.lexer import UNITS
from archdsl.syntax.mistakes import Mistake, Place
from archdsl.syntax.recover import is_closed_below

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable

BODIES = re.compile(r"^\s*(if|for|else|while|network|block|def|class)\b")
BRANCHED = re.compile(r"(?:^|[\[|,])\s*(if|for|else)\b[^{}|]*$")
PREFIX = re.compile(r"\b(torch\.nn|nn|F|torch|self|layers|keras|tf)$")
JOINS = {"PLUS": "add", "MINUS": "sub", "STAR": "mul"}
TYPED = re.compile(r"[ \t]*(?:int|float|bool|str|list|tuple)\b(?:\[[^\]\n]*\])?[ \t]*")


def find_habit(place: Place) -> Mistake | None:
    """The habit that the token shows, if it is a known one."""
    for rule in RULES:
        found = rule(place)
        if found is not None:
            return found
    return None


def is_written(p: Place, word: str) -> bool:
    """Whether the file has this word elsewhere, so that it may be a name."""
    return re.search(rf"\b{re.escape(word)}\b", p.file.text) is not None


# --- words of other languages -----------------------------------------------------------------


def foreign_word(p: Place) -> Mistake | None:
    """`def double(out):`, `return relu`, `assert params == 10`."""
    m = re.match(r"\s*(def|class|return|assert|var|const|import|from)\s+$", p.before)
    if m is None or p.kind not in ("NAME", "REF", "INT"):
        return None
    word = m[1]
    start = p.token.start - len(p.before) + m.start(1)
    message = f"`{word}` is no word of the language"
    if word in ("def", "class"):
        help = "a block is written `block name(out) { … }`, a network `network Name { … }`"
        return Mistake("syntax", message, help)
    if word in ("import", "from"):
        return import_statement(p, start)
    better = {"return": "", "assert": "expect ", "var": "let ", "const": "let "}[word]
    help = f"write `{better.strip()}`" if better else "the last layer is what comes out"
    fix = Fix(p.span(start, p.token.start), better, help if better else "take `return` away")
    return Mistake("syntax", message, help, fix)


def foreign_loop(p: Place) -> Mistake | None:
    """`while n < 3 { conv3-8 }`."""
    m = re.match(r"\s*(while|until|foreach)\s+(?![,:|=])", p.before)
    if m is None or p.kind == "COLON":
        return None
    help = "`conv3-64 x3` repeats a layer, `{ … } x3` several, `for i in 0..3 { … }` with a number"
    return Mistake("syntax", f"`{m[1]}` is no word of the language", help)


def loop_of_pairs(p: Place) -> Mistake | None:
    """`for i, c in enumerate(widths) {`."""
    m = re.search(r"\bfor\s+([A-Za-z_]\w*)\s*$", p.before)
    if p.kind != "COMMA" or m is None or not re.match(r"\s*[A-Za-z_]\w*\s+in\b", p.after()):
        return None
    over = re.match(r"\s*\w+\s+in\s+(?:enumerate|zip)\(\s*([A-Za-z_]\w*)\b", p.after())
    name = over[1] if over is not None else "widths"
    help = f"a `for` has one name: `for {m[1]} in 0..len({name}) {{ conv3-{name}[{m[1]}] }}`"
    return Mistake("syntax", "a `for` has no second name", help)


def colon_behind_word(p: Place) -> Mistake | None:
    """`use: std/resnet`, `let: a = 3`, `output: relu`."""
    m = re.match(r"\s*(use|let|expect|default|block|network|input|output)$", p.before)
    if m is None or p.kind != "COLON":
        return None
    if m[1] == "output":
        help = "the last layer is what comes out; others have names: `output aux: FC-10`"
        return Mistake("syntax", "an output has a name before its `:`", help)
    fix = p.here("", "take `:` away")
    return Mistake("syntax", f"no `:` stands behind `{m[1]}`", "take `:` away", fix)


def import_statement(p: Place, start: int) -> Mistake:
    """`import torch.nn as nn`, `from std/resnet import basic`."""
    line = p.file.text[start : p.token.end] + p.after()
    help = "layers need none; `use std/resnet: basic` brings blocks of a file"
    fix: Fix | None = None
    m = re.match(r"(?:import|from)\s+(std/\w+)(?:\s+import\s+([\w, ]*\w))?\s*(?=#|$)", line)
    if m is not None:
        better = f"use {m[1]}: {m[2]}" if m[2] else f"use {m[1]}"
        help = f"write `{better}`"
        fix = Fix(p.span(start, start + len(m.group())), better, help)
    return Mistake("syntax", "there is no import", help, fix)


def dotted_prefix(p: Place) -> Mistake | None:
    """`nn.GELU()`."""
    m = PREFIX.search(p.before)
    if p.text != "." or m is None or not re.match(r"[A-Za-z_]", p.after(1)):
        return None
    start = p.token.start - len(p.before) + m.start()
    fix = Fix(p.span(start, p.token.end), "", f"take `{m[0]}.` away")
    return Mistake("syntax", f"`{m[0]}.` stands before no name here", "names have no module", fix)


def colon_for_body(p: Place) -> Mistake | None:
    """`for i in range(4):`."""
    m = BODIES.match(p.before)
    sign, at = p.lexer.brackets[-1] if p.lexer.brackets else ("{", 0)
    if sign == "[":  # a branch, and no index of the list that the `for` goes over
        m = BRANCHED.search(p.before, max(0, at - p.token.start + len(p.before)))
    if p.kind != "COLON" or m is None or sign == "(":
        return None
    help = f"a body stands in braces: `{m[1]} … {{ conv3-64, relu }}`"
    closed = is_closed_below(p.file.text, p.token.end)
    fix = p.here("{" if p.before[-1:].isspace() else " {", "write `{`") if closed else None
    return Mistake("syntax", "`:` begins no body", help, fix)


def typed_parameter(p: Place) -> Mistake | None:
    """`network Net(w: int = 16)`."""
    m = TYPED.match(p.after())
    inside = bool(p.lexer.brackets) and p.lexer.brackets[-1][0] == "("
    if p.kind != "COLON" or m is None or not inside or not re.match(r"[=,)]", p.after()[m.end() :]):
        return None
    end = p.token.end + m.end()
    sign = re.match(r"=[ \t]*", p.after()[m.end() :])
    span = p.span(p.token.start, end + (sign.end() if sign else 0))
    fix = Fix(span, "=" if sign else "", "take the type away")
    return Mistake("syntax", "parameters have no types", "write the name alone", fix)


def foreign_comment(p: Place) -> Mistake | None:
    '''`// a comment`, `"""a docstring"""`.'''
    behind = p.may_end and p.before[-1:].isspace()  # a step; `conv3-c//2` is a formula
    if p.text == "//" and behind and p.before.strip():
        fix = p.here("#", "write `#`")
        return Mistake("syntax", "`//` begins no comment", "a comment begins with `#`", fix)
    if p.kind == "STAR" and p.before.endswith("/"):
        return block_comment(p, p.token.start - 1)
    if p.text == "/" and p.after(1) == "*":
        return block_comment(p, p.token.start)
    if not p.wants_step or p.before.strip():
        return None
    if p.text == "//":
        fix = p.here("#", "write `#`")
        return Mistake("syntax", "`//` begins no comment", "a comment begins with `#`", fix)
    if p.kind == "STRING":
        help = "a comment begins with `#`; `##` lines above a block or a network document it"
        return Mistake("syntax", "a string is no comment", help)
    return None


def block_comment(p: Place, start: int) -> Mistake:
    """`/* a comment */`."""
    m = re.match(r"/\*+([^\n]*?)\*/(?=[ \t]*(?:\n|\Z))", p.file.text[start : start + 999])
    fix = Fix(p.span(start, start + m.end()), f"# {m[1].strip()}", "write `#`") if m else None
    return Mistake("syntax", "`/*` begins no comment", "a comment begins with `#`", fix)


def tensor_argument(p: Place) -> Mistake | None:
    """`relu(x)`."""
    if p.kind != "X" or p.before[-1:] != "(" or p.after(1) != ")":
        return None
    body = p.file.text[p.token.end : p.token.end + 500]
    if re.match(r"\s*(?:block|network)\s", p.before) and re.search(r"[-/=]x\b", body):
        return None  # a parameter, that the body uses as a number
    fix = Fix(p.span(p.token.start - 1, p.token.end + 1), "", "take `(x)` away")
    help = "a layer takes the tensor before it; another one is written `@name, relu`"
    return Mistake("syntax", "layers are not given their tensor in brackets", help, fix)


def shared_argument(p: Place) -> Mistake | None:
    """`tower(32, shared=a)`."""
    if p.text != "shared" or not re.match(r"\s*=", p.after()):
        return None
    help = "`share=a` uses the weights of `a`; `x4 shared` uses one set four times"
    fix = p.here("share", "write `share`")
    return Mistake("reserved-word", "`shared` is a word of the language", help, fix)


# --- values -----------------------------------------------------------------------------------


FACTS = {
    **{name: f"{name} = …" for name in ("batch", "epochs", "loss", "optimizer", "schedule")},
    **dict.fromkeys(("batch_size", "batchsize"), "batch = …"),
    **dict.fromkeys(("lr", "learning_rate"), "optimizer = sgd(lr=…)"),
    "weight_decay": "optimizer = sgd(weight_decay=…)",
}
"""What a word at the start of a line says in a `train`."""


def fact_outside(p: Place) -> Mistake | None:
    """`epochs 90`, `loss = cross_entropy` among the layers."""
    m = re.match(r"\s*(\w+)\s*$", p.before)
    fact = FACTS.get(m[1]) if m is not None else None
    if fact is None or p.kind not in ("NAME", "INT", "REAL", "STRING", "EQUAL"):
        return None
    if "EQUAL" in p.terminals:
        return None  # in a `train`
    help = f"facts of training stand in a `train`: `train {{ {fact} }}`"
    return Mistake("syntax", "this is said of the training", help)


def value_without_let(p: Place) -> Mistake | None:
    """`depths = [3, 4]`."""
    m = re.match(r"(\s*)([A-Za-z_]\w*)\s*$", p.before)
    if p.kind != "EQUAL" or not p.may_end or m is None or m[2] in ("input", "output"):
        return None
    if not re.match(r"\s*[\[\d\"(-]", p.after()):
        return None
    at = p.token.start - len(p.before) + m.start(2)
    fix = Fix(p.span(at, at), "let ", "write `let`")
    return Mistake("syntax", "a value is named by `let`", f"write `let {m[2]} = …`", fix)


def kind_with_value(p: Place) -> Mistake | None:
    """`dropout=0.5`."""
    m = re.search(r"(?:^|[\s,\[{|])([A-Za-z_]\w*)$", p.before)
    value = re.match(r"\s*([\d.]+|[A-Za-z_]\w*)(?=\s*(?:[,|\]}#]|$))", p.after())
    if p.kind != "EQUAL" or not p.may_end or m is None or value is None:
        return None
    from archdsl.ops.base import Kind

    kind = Kind.lookup(m[1])
    if kind is None or not kind.dash:
        return None
    fix = Fix(p.span(p.token.start, p.token.end + value.end()), f"-{value[1]}", "write `-`")
    help = f"write `{m[1]}-{value[1]}`"
    return Mistake("syntax", "`=` gives a layer no value", help, fix)


def tuple_of_values(p: Place) -> Mistake | None:
    """`let depths = (3, 4)`, `input (3, 224, 224)`."""
    if p.kind != "COMMA" or "COMMA" in p.terminals or "RPAR" not in p.terminals:
        return None
    if not p.lexer.brackets or p.lexer.brackets[-1][0] != "(":
        return None
    start, text = p.lexer.brackets[-1][1], p.file.text
    end = text.find(")", start)
    inside = text[start + 1 : end].rstrip(", ") if end >= 0 else "("
    if re.search(r"[(\n]", inside):
        return None
    if re.match(r"\s*(?:\w+\s*=\s*)?(?:\w+\.)*Input\(", p.before):
        help = "an input is a line of its own, its channels first: `input 3x224x224`"
        return Mistake("syntax", "inputs are no calls", help)
    size = re.match(r"\s*input\b", p.before) is not None or sizes_of_layer(p, inside)
    better = re.sub(r"\s*,\s*", "x", inside.strip()) if size else f"[{inside}]"
    if size and re.search(r"[^\dx]", better):
        better = re.sub(r"\s*,\s*", " x ", inside.strip())
    fix = Fix(p.span(start, end + 1), better, f"write `{better}`")
    what = "a size is written with `x`" if size else "a list stands in square brackets"
    return Mistake("syntax", "there are no tuples", f"{what}: `{better}`", fix)


def sizes_of_layer(p: Place, inside: str) -> bool:
    """Whether whole numbers in brackets are an argument of a layer: `kernel=(3, 3)`."""
    from archdsl.ops.base import Kind

    outer = p.lexer.brackets[-2:][0]
    head = p.file.text[max(0, outer[1] - 60) : outer[1]]
    m = re.search(r"([A-Za-z]+)[\w/.-]*$", head) if outer[0] == "(" else None
    whole = re.fullmatch(r"\s*\d+(\s*,\s*\d+)+\s*", inside) is not None
    if m is None or not whole:
        return False
    own = rf"\b(?:network|block)\s+{re.escape(m[0])}(?![\w-])"  # a `ConvNet(depths=(3, 9))`
    known = Kind.lookup(m[1]) or re.search("(?i)conv|pool|pad|sampl", m[1])
    return bool(known) and re.search(own, p.file.text) is None


def sizes_as_list(p: Place) -> Mistake | None:
    """`input [3, 224, 224]`, `input 3,224,224`, `input 3*224*224`."""
    if p.kind not in ("LSQB", "COMMA", "STAR"):
        return None
    m = re.search(r"(?:^|\{)(\s*input\b\s*(?:\w+\s*:\s*)?(?:[a-z]+\s+)?)([\d\s]*)$", p.before)
    rest = re.match(r"[\[,*\s\d]+\]?\s*(?=[}#]|$)", p.text + p.after())
    if m is None or rest is None:
        return None
    start = p.token.start - len(p.before) + m.end(1)
    sizes = re.findall(r"\d+", m[2] + rest.group())
    if len(sizes) == 2 and p.kind == "COMMA" and re.match(r"\s*input\s+\d+$", p.before):
        return None  # digits in a group
    better = "x".join(sizes)
    fix = Fix(
        p.span(start, p.token.start + len(rest.group().rstrip())), better, f"write `{better}`"
    )
    return Mistake("syntax", "`x` stands between the sizes", f"write `{better}`", fix)


def input_ends_line(p: Place) -> Mistake | None:
    """`input 3x32x32, conv3-64`."""
    m = re.search(r"(?:^|\{)\s*input\s[^,{}\[\]]*$", p.before)
    if p.kind != "COMMA" or m is None or not re.match(r"\s*[A-Za-z_@{]", p.after()):
        return None
    blank = len(p.after()) - len(p.after().lstrip())
    indent = p.before[: len(p.before) - len(p.before.lstrip())]
    fix = Fix(p.span(p.token.start, p.token.end + blank), f"\n{indent}", "begin a new line")
    return Mistake("syntax", "an input ends its line", "layers go on the next line", fix)


def default_of_nothing(p: Place) -> Mistake | None:
    """`default (act=relu)`, `default act=relu`."""
    bare = p.text == "(" and re.match(r"\s*default\s*$", p.before)
    open_ = p.kind == "EQUAL" and re.match(r"\s*default\s+\w+\s*$", p.before)
    if not bare and not open_:
        return None
    help = "name the kinds that it is for: `default conv + FC (act=relu)`"
    return Mistake("syntax", "a `default` of no kind", help)


def kinds_of_default(p: Place) -> Mistake | None:
    """`default conv, FC (act=relu)`."""
    if p.kind != "COMMA" or not re.match(r"\s*default\s+[\w \t+-]+$", p.before):
        return None
    fix = p.here(" +", "write `+`")
    return Mistake("syntax", "`+` stands between the kinds", "write `conv + FC`", fix)


def else_alone(p: Place) -> Mistake | None:
    """`else { relu }` behind no body of an `if`."""
    if p.text != "else" or not re.search(r"(?:^|[{}])\s*$", p.before):
        return None
    help = "before it stands an `if` with its body: `if deep { conv3-64 } else { relu }`"
    return Mistake("syntax", "`else` follows no `if`", help)


def then_elsewhere(p: Place) -> Mistake | None:
    """`conv3-(8 then 16) x3`, `let a = 2 then 1`."""
    if p.text != "then":
        return None
    twice = re.search(r"\bthen\b[^,()]*$", p.before)
    help = "it has two values: of the first repetition, and of all others"
    if not twice:
        help = "it stands in a named argument of a repeated call: `conv3(out=8 then 16) x3`"
    return Mistake("misplaced-then", "`then` cannot stand here", help)


def shared_without_repeat(p: Place) -> Mistake | None:
    """`conv3-8 shared`."""
    if p.text != "shared" or not p.may_end:
        return None
    help = "it follows a repeat: `conv3-8 x4 shared`; `share=a` uses the weights of another layer"
    return Mistake("syntax", "`shared` repeats nothing", help)


def output_options(p: Place) -> Mistake | None:
    """`output(train) aux weight=0.3: …`."""
    m = re.match(r"\s*output\s*(?:\(([^()]*)\)\s*)?$", p.before)
    if p.kind != "NAME" or m is None or not (p.may_end or "LPAR" in p.terminals):
        return None
    options = re.match(r"[\s,]+(\w+\s*=\s*[^\s:,]+)\s*:", p.after())
    options = options or re.match(r"\s*\(\s*([^():]+?)\s*\)\s*:", p.after())
    if options is None:
        from archdsl.ops.base import Kind

        name = f"aux: {p.text}" if Kind.lookup(p.text) else f"{p.text}: …"
        help = f"write `output{f'({m[1]})' if m[1] else ''} {name}`"
        return Mistake("syntax", "an output has a name and `:`", help)
    given = f"{m[1]}, {options[1]}" if m[1] else options[1]
    better = f"output({given}) {p.text}:"
    start = p.token.start - len(p.before.lstrip())
    fix = Fix(p.span(start, p.token.end + options.end()), better, f"write `{better}`")
    message = "the options of an output stand in brackets before its name"
    return Mistake("syntax", message, f"write `{better} …`", fix)


def body_without_brace(p: Place) -> Mistake | None:
    """`if deep relu`."""
    m = re.match(r"\s*(if|for|else if)\b", p.before)
    if p.kind not in ("NAME", "REF") or m is None or "LBRACE" not in p.terminals:
        return None
    if "{" in p.before:
        return None
    help = f"a body stands in braces: `{m[1]} … {{ conv3-64, relu }}`"
    return Mistake("syntax", f"no body follows `{m[1]}`", help)


def sizes_apart(p: Place) -> Mistake | None:
    """`input 3 224 224`."""
    m = re.match(r"\s*input\b[^#]*?(\d+)\s+$", p.before)
    rest = re.match(r"((?:\s+\d+)*)\s*(?=#|$)", p.after())
    if p.kind != "INT" or m is None or rest is None:
        return None
    sizes = [m[1], p.text, *rest[1].split()]
    better = "x".join(sizes)
    start = p.token.start - len(p.before) + m.start(1)
    fix = Fix(p.span(start, p.token.end + len(rest[1])), better, f"write `{better}`")
    return Mistake("syntax", "`x` stands between the sizes", f"write `{better}`", fix)


def stuck_size(p: Place) -> Mistake | None:
    """`reshape(1xd)`: a size with a name in it needs blanks."""
    m = re.fullmatch(r"x([A-Za-z_]\w*)", p.text)
    if p.kind != "NAME" or m is None or not p.before[-1:].isalnum() or not is_written(p, m[1]):
        return None
    number = re.search(r"\d+$", p.before)
    better = f"{number.group() if number else '…'} x {m[1]}"
    fix = p.here(f" x {m[1]}", f"write `{better}`")
    help = f"a name in a size stands between blanks: `{better}`"
    return Mistake("syntax", f"`{p.text}` is one word", help, fix)


def stuck_repeat(p: Place) -> Mistake | None:
    """`conv3-8 xn`, `unit(8) xdepths[i]`."""
    m = re.fullmatch(r"[xX]([A-Za-z_]\w*)", p.text)
    if p.kind != "NAME" or m is None or "X" not in p.terminals or not is_written(p, m[1]):
        return None
    index = re.match(r"\[[^\[\]\n]*\]", p.after())
    count = m[1] + (index.group() if index else "")
    end = p.token.end + (index.end() if index else 0)
    fix = Fix(p.span(p.token.start, end), f"x({count})", f"write `x({count})`")
    help = f"a computed number of repeats is written `x({count})`"
    return Mistake("syntax", f"`{p.text}` is one word", help, fix)


def number_of_formula(p: Place) -> Mistake | None:
    """`conv1-c//2`, `conv1-c+k`."""
    m = re.search(r"-([A-Za-z_]\w*|\d+)$", p.before)
    rest = re.match(r"(\w+)(?=\s*(?:[,|\]})#/(]|$))", p.after())
    if p.text not in ("//", "+", "**") or not p.may_end or m is None or rest is None:
        return None
    better = f"({m[1]}{p.text}{rest[1]})"
    start = p.token.start - len(p.before) + m.start(1)
    fix = Fix(p.span(start, p.token.end + rest.end()), better, f"write `-{better}`")
    help = f"what is computed stands in brackets: `-{better}`"
    return Mistake("syntax", f"{p.shown} cannot follow a layer", help, fix)


def percent(p: Place) -> Mistake | None:
    """`dropout-50%`; `dropout(p=10%)`, where the sign begins a division's rest."""
    ends = p.text == "%" and p.may_end
    line = p.before + "%" if ends else p.before
    m = re.search(r"(-|[=(]\s*)(\d{1,2})%\s*$", line)
    if m is None or not (ends or p.kind in ("RPAR", "COMMA")):
        return None
    better = f"{int(m[2]) / 100:g}"
    start = p.token.start - len(p.before)
    fix = Fix(p.span(start + m.start(2), start + m.end()), better, f"write `{better}`")
    help = f"write `{'-' if m[1] == '-' else ''}{better}`"
    return Mistake("syntax", "there is no percent sign", help, fix)


def small_unit(p: Place) -> Mistake | None:
    """`expect params < 1.5m`."""
    m = re.search(r"(?<!\w)\d+$", p.before)
    rest = re.match(r"(\d+)([kmgtbB])(?!\w)", p.after())
    if p.text != "." or m is None or rest is None:
        return None
    better = f"{m[0]}.{rest[1]}{UNITS[rest[2].lower()]}"
    start = p.token.start - len(m[0])
    fix = Fix(p.span(start, p.token.end + rest.end()), better, f"write `{better}`")
    help = f"units are large letters, K, M, G and T: write `{better}`"
    return Mistake("bad-number", f"no number ends in `{rest[2]}`", help, fix)


def unit_apart(p: Place) -> Mistake | None:
    """`expect params > 1 M`."""
    m = re.search(r"\d(\s+)$", p.before)
    if p.text not in ("K", "M", "G", "T") or m is None:
        return None
    fix = Fix(p.span(p.token.start - len(m[1]), p.token.start), "", "take the blank away")
    return Mistake("syntax", "a blank inside a number", f"`{p.text}` stands at its number", fix)


def grouped_digits(p: Place) -> Mistake | None:
    """`expect params == 5,000`; `train { batch = 5,000 }`, where a comma may stand."""
    m = re.search(r"(?<![\w.,])\d{1,3}(?:,\d{3})*(,?)$", p.before)
    rest = re.match(r"(,?)\d{3}(?:,\d{3})*(?![\w.]|,\d)", p.text + p.after())
    if p.kind not in ("COMMA", "INT") or m is None or rest is None or m[1] == rest[1]:
        return None
    start = p.token.start - len(m.group())
    better = (m.group() + rest.group()).replace(",", "_")
    span = p.span(start, p.token.start + rest.end())
    fix = Fix(span, better, f"write `{better}`")
    return Mistake("syntax", "a comma inside a number", f"write `{better}`", fix)


def claim_without_sign(p: Place) -> Mistake | None:
    """`expect params 5000`, `expect output 10`."""
    m = re.match(r"\s*expect\s+([A-Za-z][\w.-]*\s+)?$", p.before)
    if m is None:
        return None
    if p.text in ("output", "input") and not m[1]:
        help = "sizes are claimed of `shape`, the main output's, or of `shape(@name)`"
        if p.text == "input":
            return Mistake("reserved-word", "`input` is no figure of a network", help)
        rest = re.match(r"(?:\s*\.?shape\b)?(?P<bare>\s+(?=\d))?", p.after())
        better = "shape == " if rest and rest["bare"] else "shape"
        end = p.token.end + (rest.end() if rest else 0)
        fix = Fix(p.span(p.token.start, end), better, f"write `{better.rstrip()}`")
        return Mistake("reserved-word", "`output` is no figure of a network", help, fix)
    if p.kind not in ("INT", "DIMS", "REAL") or not m[1]:
        return None
    sign = "~" if p.kind == "REAL" else "=="
    fix = Fix(p.span(p.token.start, p.token.start), f"{sign} ", f"write `{sign}`")
    help = "`==` claims equal, `~` equal when both are rounded to the digits written"
    return Mistake("syntax", f"{p.shown} is compared to nothing", help, fix)


def words_behind_sizes(p: Place) -> Mistake | None:
    """`input 12 features`, `expect shape == seq 3x4`."""
    if p.kind not in ("NAME", "DIMS", "INT") or not p.may_end:
        return None
    m = re.match(r"\s*(input|expect|let)\s", p.before)
    if m is None or (p.lexer.brackets[-1:] and p.lexer.brackets[-1][0] != "{"):
        return None
    if m[1] == "expect" and (layout := re.search(r"\b(seq|signal|volume|tokens)\s+$", p.before)):
        cut = p.span(p.token.start - len(layout.group()), p.token.start)
        fix = Fix(cut, "", f"take `{layout[1]}` away")
        return Mistake("syntax", "a claim has sizes and no layout", f"write {p.shown} alone", fix)
    claim = re.match(r"\s*expect\s+([A-Za-z][\w-]*)(\s+)$", p.before)
    if claim is not None and re.search(rf"\bnetwork\s+{claim[1]}(?![\w-])", p.file.text):
        at = p.token.start - len(claim[2])
        fix = Fix(p.span(at, at), ":", "write `:`")
        help = f"write `expect {claim[1]}: …`"
        return Mistake("syntax", "`:` stands behind the name of a network", help, fix)
    help = {
        "input": "an input is a layout and sizes: `input seq 196x768`; layers go on the next line",
        "expect": "a claim ends its line",
        "let": "a value ends its line",
    }[m[1]]
    return Mistake("syntax", f"{p.shown} cannot follow what stands before it", help)


# --- tensors ----------------------------------------------------------------------------------


def formula_of_tensors(p: Place) -> Mistake | None:
    """`@a - @b`."""
    m = re.search(r"(?:^|[\s,|\[:])@([A-Za-z_]\w*)\s*$", p.before)
    rest = re.match(r"\s*@([A-Za-z_]\w*)(?=\s*(?:[,|\]}#]|$))", p.after())
    if p.kind not in JOINS or not p.may_end or m is None or rest is None:
        return None
    better = f"{JOINS[p.kind]}[ @{m[1]} | @{rest[1]} ]"
    start = p.token.start - len(p.before) + m.start(1) - 1
    fix = Fix(p.span(start, p.token.end + rest.end()), better, f"write `{better}`")
    return Mistake("syntax", f"{p.shown} joins no tensors", f"write `{better}`", fix)


def three_dots(p: Place) -> Mistake | None:
    """`for i in 0...3`."""
    if p.text != "." or not p.before.endswith(".."):
        return None
    help = "a range has two dots and is without its end: `0..3` is 0, 1, 2"
    fix = p.here("", "take the third away", safety="guess")  # elsewhere the end is a part of it
    return Mistake("syntax", "a range has two dots", help, fix)


def loop_in_brackets(p: Place) -> Mistake | None:
    """`for (i in 0..3) { relu }`; behind `if` brackets are those of an expression."""
    m = re.match(r"(\s*\w+\s+in\s[^(){}\n]*)\)", p.after())
    if p.kind != "LPAR" or re.match(r"\s*for\s*$", p.before) is None:
        return None
    fix: Fix | None = None
    if m is not None:
        blank = "" if p.before.endswith(" ") else " "
        fix = Fix(p.span(p.token.start, p.token.end + m.end()), blank + m[1], "without brackets")
    return Mistake("syntax", "a loop has no brackets", "write `for i in 0..3 { … }`", fix)


def formula_of_layers(p: Place) -> Mistake | None:
    """`residual[ conv3-8 ] + relu`, `conv3-8 + relu`."""
    joined = p.kind == "PLUS" or p.before.rstrip().endswith("]")
    if p.kind not in JOINS or not p.may_end or not joined or re.match(r"\s*\d", p.after()):
        return None
    help = f"a `,` passes on to the next layer; `{JOINS[p.kind]}[ … | … ]` joins two"
    return Mistake("syntax", f"{p.shown} joins no layers", help)


RULES: tuple[Callable[[Place], Mistake | None], ...] = (
    fact_outside,
    output_options,
    foreign_word,
    foreign_loop,
    loop_of_pairs,
    colon_behind_word,
    dotted_prefix,
    colon_for_body,
    typed_parameter,
    foreign_comment,
    tensor_argument,
    shared_argument,
    shared_without_repeat,
    else_alone,
    then_elsewhere,
    body_without_brace,
    default_of_nothing,
    kinds_of_default,
    sizes_as_list,
    input_ends_line,
    kind_with_value,
    value_without_let,
    tuple_of_values,
    sizes_apart,
    stuck_size,
    stuck_repeat,
    number_of_formula,
    percent,
    small_unit,
    unit_apart,
    grouped_digits,
    claim_without_sign,
    words_behind_sizes,
    formula_of_tensors,
    formula_of_layers,
    three_dots,
    loop_in_brackets,
)
