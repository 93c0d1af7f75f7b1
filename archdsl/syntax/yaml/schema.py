"""The JSON Schema of the form, made from the same table of keys that the reader goes by."""

from __future__ import annotations

from archdsl.syntax.yaml.keys import HEADS, LINE, NAMED, STATEMENTS, STEPS, VERSION

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

    Schema = dict[str, Any]

SCHEMA_ID = "https://json-schema.org/draft/2020-12/schema"
NAME = "^[A-Za-z_][A-Za-z0-9_]*$"
NETWORK_NAME = "^[A-Za-z_][A-Za-z0-9_]*(-[A-Za-z0-9_]+)*$"
KEY_DOCS = {
    "network": "a network's name; `body`, or `of` another with `args`",
    "block": "a block's name",
    "input": "sizes without the batch: `3x224x224`, `seq 196x768`, or a list of them",
    "default": "kinds whose attributes are in `args` from here on: `conv + FC`",
    "let": "names with their values",
    "use": "`std/resnet`, or a file below the same root",
    "expect": "a claim: `params == 7_168`, `macs ~ 19.6G`",
    "output": "a side chain's name, or `y[i]`",
    "train": "optimizer, schedule, batch, epochs …",
    "table": "headings: variants, or a block and its parameters",
    "comment": "a comment, for JSON, which has no other",
    "layer": "a layer as text, where its name is a word of this form: `block`",
    "group": "statements that are one step",
    "if": "a condition",
    "for": "a name that takes the values of `in`",
    "steps": "steps of one line",
    "label": "names the last tensor of the line: `stem`, `y[i]`",
    "branches": "each a line, or a list of lines",
    "repeat": "how often, each time with weights of its own",
    "shared": "all repetitions use the same weights",
    "args": "`{act: relu}`, or `[64, stride: 2]` with some by place",
    "params": "`[out, stride: 1, '@other', '@more[*]']`",
    "doc": "what it is: goes into the module's docstring and the report",
    "of": "the network that is meant",
    "body": "statements",
    "rows": "a list of cells each; a text alone is a row that all columns share",
}


def ref(name: str) -> Schema:
    """A reference to a definition."""
    return {"$ref": f"#/$defs/{name}"}


TEXT = ["string", "number", "boolean"]
SCALAR: Schema = {"type": [*TEXT, "null"]}
KEYS: dict[str, Schema] = {
    "network": {"type": "string", "pattern": NETWORK_NAME},
    "block": {"type": "string", "pattern": NAME},
    "input": ref("value"),
    "default": ref("names"),
    "let": {
        "type": "object",
        "minProperties": 1,
        "propertyNames": {"pattern": NAME},
        "additionalProperties": ref("value"),
    },
    "use": {
        "type": [*TEXT, "object"],
        "minLength": 1,
        "properties": {"file": {"type": TEXT, "minLength": 1}},
        "required": ["file"],
        "additionalProperties": False,
    },
    "expect": ref("text"),
    "output": ref("text"),
    "train": ref("args"),
    "table": {"type": "array", "items": ref("text"), "minItems": 1, "maxItems": 64},
    "comment": SCALAR,
    "layer": ref("text"),
    "group": ref("body"),
    "if": ref("value"),
    "for": {"type": "string", "pattern": NAME},
    "steps": {"type": [*TEXT, "array"], "items": ref("step"), "minItems": 1},
    "label": ref("text"),
    "branches": {
        "type": "array",
        "items": {
            "if": {"type": "array"},
            "then": {"items": ref("line"), "minItems": 1},
            "else": ref("line"),
        },
        "minItems": 1,
    },
    "repeat": ref("text"),
    "shared": {"type": "boolean"},
    "args": ref("args"),
    "params": {
        "type": "array",
        "items": {
            **ref("pair"),
            "type": ["string", "object"],
            "pattern": r"^\s*(@?[A-Za-z_][A-Za-z0-9_]*|@[A-Za-z_][A-Za-z0-9_]*\[\*\])\s*$",
        },
    },
    "doc": SCALAR,
    "of": {"type": "string", "pattern": NETWORK_NAME},
    "body": ref("body"),
    "rows": {
        "type": "array",
        "items": {
            "if": {"type": "array"},
            "then": {"items": ref("cell"), "minItems": 1, "maxItems": 64},
            "else": ref("cell"),
        },
    },
    "then": ref("body"),
    "else": ref("body"),
    "do": ref("body"),
    "in": ref("value"),
    "elif": {
        "type": "array",
        "items": {
            "type": "object",
            "properties": {"if": ref("value"), "then": ref("body")},
            "required": ["if", "then"],
            "additionalProperties": False,
        },
    },
    "names": {
        "type": ["string", "array"],
        "minLength": 1,
        "items": {"type": "string", "pattern": NAME},
        "minItems": 1,
    },
    "name": {"type": "string", "pattern": NAME},
    "layout": {"type": "string", "pattern": NAME},
}
KEYS["default"] = KEYS["names"]


def schema() -> Schema:
    """The whole schema."""
    return {
        "$schema": SCHEMA_ID,
        "title": "archdsl: a neural network's architecture",
        "type": "object",
        "properties": {"archdsl": {"const": VERSION}, "body": ref("body")},
        "required": ["archdsl", "body"],
        "additionalProperties": False,
        "$defs": definitions(),
    }


def definitions() -> Schema:
    """Each part of the form under its name."""
    statements = {head: shape(head, others) for head, others in STATEMENTS.items()}
    steps = {head: shape(head, others) for head, others in STEPS.items()}
    lines = {f"{h}_line": shape(h, (*others, LINE)) for h, others in STEPS.items()}
    lines["steps_line"] = shape("steps", (LINE,))
    one_text = {"maxProperties": 1, "additionalProperties": ref("text")}
    a_line = choose(lines, {"if": one_text, "then": ref("labelled"), "else": ref("named_line")})
    pair: Schema = {"minProperties": 1, "maxProperties": 1, "propertyNames": {"pattern": NAME}}
    item = {**pair, "additionalProperties": ref("value"), "items": ref("value")}
    return {
        "text": {"type": TEXT},
        "value": {
            "type": [*TEXT, "array", "object"],
            "items": ref("value"),
            **pair,
            "additionalProperties": ref("args"),
        },
        "pair": {**pair, "additionalProperties": ref("value")},
        "args": {
            "type": ["null", "object", "array"],
            "propertyNames": {"pattern": NAME},
            "additionalProperties": ref("value"),
            "items": {"type": [*TEXT, "array", "object"], **item},
        },
        "cell": {
            "if": {"type": "object"},
            "then": ref("line"),
            "else": {"type": [*TEXT, "null", "array"], "items": ref("value")},
        },
        "body": {"type": "array", "items": ref("statement")},
        **statements,
        **steps,
        **lines,
        "named": named(),
        "named_line": named(LINE),
        "labelled": {
            "type": "object",
            "description": "a label with its line: `stem: conv7-64/2, maxpool3/2`",
            "minProperties": 1,
            "maxProperties": 1,
            "propertyNames": {"not": {"enum": [*HEADS, *NAMED, LINE]}},
            "additionalProperties": ref("text"),
        },
        "step": text_or(choose(steps, ref("named"))),
        "line": text_or(a_line),
        "statement": text_or(choose(statements, a_line)),
    }


def text_or(mapping: Schema) -> Schema:
    """A text, or that mapping."""
    return {"type": [*TEXT, "object"], "if": {"type": "object"}, "then": mapping}


def choose(shapes: Schema, otherwise: Schema) -> Schema:
    """The first shape whose head is there: so what is wrong is said of that shape alone."""
    made = otherwise
    for name in reversed(shapes):
        head = name.removesuffix("_line")
        made = {"if": {"required": [head]}, "then": ref(name), "else": made}
    return made


def shape(head: str, others: tuple[str, ...]) -> Schema:
    """A mapping with a head."""
    names = [head, *(k.rstrip("!") for k in others)]
    made: Schema = {
        "type": "object",
        "properties": {n: described(n) for n in names},
        "required": [head, *(k[:-1] for k in others if k.endswith("!"))],
        "additionalProperties": False,
    }
    if head == "network":
        made["oneOf"] = [
            {"required": ["body"], "properties": {"args": False}},
            {"required": ["of"], "properties": {"params": False}},
        ]
    if "shared" in names:
        made["dependentRequired"] = {"shared": ["repeat"]}
    return made


def described(key: str) -> Schema:
    """A key's schema with the words that an editor shows."""
    words = KEY_DOCS.get(key)
    return {**KEYS[key], "description": words} if words else KEYS[key]


def named(*more: str) -> Schema:
    """A layer whose name is the key: `{conv: {kernel: 3, out: 64}}`."""
    known = [*NAMED, *more]
    return {
        "type": "object",
        "description": "a layer: its name, or more of its head, with its arguments",
        "properties": {n: described(n) for n in known},
        "patternProperties": {f"^(?!(?:{'|'.join((*HEADS, *known))})$)": ref("args")},
        "additionalProperties": False,
        "minProperties": 1,
        "dependentRequired": {"shared": ["repeat"]},
    }


def schema_text() -> str:
    """The schema as it is shipped."""
    import json

    return json.dumps(schema(), indent=2) + "\n"
