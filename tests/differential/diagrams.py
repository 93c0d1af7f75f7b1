"""A diagram holds every layer and every tensor on its way, and Graphviz's language is kept."""

from __future__ import annotations

import re

from archdsl.backends.dot import render_dot, view
from archdsl.ir.model import CallNode, Module, Network, OpNode, RepeatNode
from tests.differential.agree import need

NODE = re.compile(r'^\s*"(n\d+)" \[', re.MULTILINE)
EDGE = re.compile(r'^\s*"(n\d+)" -> "(n\d+)"', re.MULTILINE)


def check(network: Network) -> None:
    """Boxes for all layers, inputs and outputs; edges between boxes that there are."""
    picture = view(network, 9)
    text = render_dot(picture, "light")
    boxes = list(picture.boxes())
    drawn = NODE.findall(text)
    need(len(set(drawn)) == len(drawn) == len(boxes), "the DOT has other boxes than the view")
    edges = EDGE.findall(text)
    need(all(a in drawn and b in drawn for a, b in edges), "an edge leads nowhere")
    need(len(edges) == len(picture.edges), "the DOT has other edges than the view")
    need(text.count("{") == text.count("}"), "brackets of the DOT do not match")
    if picture.detail == 9:
        layers = count_layers(network.module)
        ends = len(network.module.inputs) + len(network.module.outputs)
        need(len(boxes) == layers + ends, f"{len(boxes)} boxes for {layers} layers, {ends} ends")


def count_layers(module: Module) -> int:
    """Boxes of a module at the finest level, where every repetition is drawn."""
    found = 0
    for node in module.nodes:
        if isinstance(node, OpNode):
            found += 1
        elif isinstance(node, CallNode):
            found += count_layers(node.module)
        elif isinstance(node, RepeatNode):
            found += sum(times * count_layers(part) for part, times in node.runs)
    return found
