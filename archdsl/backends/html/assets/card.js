// The card: figures of what is looked at, or of the whole network.

const ANSI = /\u001b\[([0-9;]*)m/;

class Card {
  constructor(place, spec) {
    this.place = place;
    this.spec = spec;
  }

  network(net) {
    this.place.classList.add("rest");
    const parts = [make("h2", {}, net.name)];
    if (net.partial) parts.push(make("p", { class: "warn" }, "Drawn up to the mistake."));
    if (net.doc) parts.push(make("p", { class: "doc" }, net.doc));
    parts.push(facts(net.facts));
    this.place.replaceChildren(...parts);
  }

  thing(thing, tree) {
    this.place.classList.remove("rest");
    const { item, scope } = thing;
    const parts = [make("h2", {}, thing.title), make("p", { class: "path" }, thing.path)];
    const layers = item?.layers?.map((n) => thing.module.layers[n]) ?? [];
    const kind = tree.net.kinds[thing.kind];
    if (kind) parts.push(make("p", { class: "doc" }, kind));
    if (thing.call) parts.push(make("p", { class: "call" }, thing.call));
    const lines = [];
    if (layers.length) lines.push(["input", layers[0].in.map(shapeText).join(", ")]);
    if (thing.shapes.length) lines.push(["output", thing.shapes.map(shapeText).join(", ")]);
    if (item || thing.fold) {
      lines.push(["parameters", count(thing.params)], ["MACs", count(thing.macs)]);
      if (scope.times > 1n) lines.push(["runs", `${times(scope.times)}: ${count(thing.params * scope.held)} parameters, ${count(thing.macs * scope.times)} MACs`]);
    }
    const field = layers.length ? tree.field(thing.scope.prefix + layers.at(-1).name) : "";
    if (field) lines.push(["receptive field", field]);
    if (item?.shared) lines.push(["weights", "those of another layer"]);
    if (item?.label) lines.push(["label", `@${item.label}`]);
    if (thing.training) lines.push(["only in", "training"]);
    parts.push(facts(lines));
    if (layers.length > 1) parts.push(layerList(layers));
    if (thing.at) parts.push(this.line(thing.at));
    if (thing.fold) parts.push(make("p", { class: "hint" }, hintOf(thing.fold)));
    this.place.replaceChildren(...parts);
  }

  line(at) {
    const { name, line, text } = this.spec.lineText(at);
    return make("p", { class: "source" }, make("small", {}, `${name}:${line}`), make("code", {}, text));
  }
}

function hintOf(fold) {
  const unroll = fold.rolls ? "; U: each repetition" : "";
  return fold.state === "closed" ? `Enter or a click unfolds${unroll}` : `Enter or a click folds${unroll}`;
}

function facts(lines) {
  const list = make("dl");
  for (const [name, value] of lines) list.append(make("dt", {}, name), make("dd", {}, value));
  return list;
}

function layerList(layers) {
  const list = make("ul", { class: "layers" });
  for (const layer of layers) {
    const figure = BigInt(layer.params) ? ` ${count(layer.params)}` : "";
    list.append(make("li", {}, make("code", {}, layer.text), make("small", {}, figure)));
  }
  return list;
}

/** Text with a terminal's colours as elements. */
function colored(text) {
  const parts = text.split(new RegExp(ANSI, "g"));
  const box = make("pre", { class: "picture" });
  parts.forEach((part, i) => {
    if (i % 2 || !part) return;
    const codes = (parts[i - 1] ?? "").split(";").filter((c) => /^(1|3[1-6])$/.test(c));
    box.append(make("span", { class: codes.map((c) => `c${c}`).join(" ") }, part));
  });
  return box;
}
