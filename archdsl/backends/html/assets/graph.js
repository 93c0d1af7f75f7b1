// The picture: boxes, frames and lines as SVG, kept by key so that they move when the layout does.

const SVG = "http://www.w3.org/2000/svg";

function svg(name, attributes = {}, parent = null) {
  const element = document.createElementNS(SVG, name);
  for (const [key, value] of Object.entries(attributes)) element.setAttribute(key, value);
  if (parent) parent.append(element);
  return element;
}

class Graph {
  constructor(camera, act) {
    this.act = act;
    this.camera = camera;
    this.layers = Object.fromEntries(["frames", "lines", "boxes", "heads"].map((name) => [name, svg("g", { class: name }, camera.root)]));
    this.drawn = new Map();
    this.shown = null;
    this.current = null;
  }

  draw(shown) {
    this.shown = shown;
    const kept = new Map();
    const keep = (key, stamp, make) => {
      const old = this.drawn.get(key);
      const made = old && old.stamp === stamp ? old : { stamp, ...make() };
      if (old && old !== made) remove(old);
      kept.set(key, made);
      return made;
    };
    for (const cluster of shown.clusters) this.frame(cluster, keep);
    for (const edge of shown.edges) this.line(edge, keep);
    for (const box of shown.boxes) this.box(box, keep);
    for (const [key, old] of this.drawn) if (!kept.has(key)) remove(old);
    this.drawn = kept;
    this.order(shown);
    const again = this.find(this.current?.key) ?? shown.boxes[0] ?? null;
    this.setCurrent(again);
  }

  /** Elements in the order of execution, for those who hear the page. */
  order(shown) {
    for (const box of shown.boxes) this.layers.boxes.append(box.element);
  }

  box(box, keep) {
    const stamp = JSON.stringify([box.text, box.role, box.fold?.state, box.width, box.height, box.training]);
    const made = keep(`b ${box.key}`, stamp, () => ({ elements: [this.makeBox(box)] }));
    box.element = made.elements[0];
    made.elements[0].thing = box;
    box.element.style.transform = `translate(${box.x}px, ${box.y}px)`;
    box.element.setAttribute("aria-label", spoken(box));
  }

  makeBox(box) {
    const classes = ["box", `r-${box.role}`, box.fold ? "folded" : "", box.training ? "training" : "", box.stopped ? "stopped" : ""];
    const element = svg("g", { class: classes.filter(Boolean).join(" "), role: "button", tabindex: "-1" });
    if (box.fold) element.setAttribute("aria-expanded", "false");
    const at = { x: -box.width / 2, y: -box.height / 2, width: box.width, height: box.height, rx: box.role === "join" ? 14 : 7 };
    if (box.fold) svg("rect", { ...at, x: at.x + 4, y: at.y - 4, class: "behind" }, element);
    svg("rect", { ...at, class: "face" }, element);
    let y = at.y + 7;
    for (const line of box.text) {
      y += line.small ? 12.5 : 16;
      const text = svg("text", { y: y - 4, class: line.figure ? "small figure" : line.small ? "small" : "title" }, element);
      text.textContent = line.text;
    }
    if (box.fold) svg("path", { class: "plus", d: `M${box.width / 2 - 13} ${at.y + 10}h7m-3.5 -3.5v7` }, element);
    this.listen(element);
    return element;
  }

  frame(cluster, keep) {
    const stamp = JSON.stringify([cluster.title, cluster.training, cluster.fold.state, String(cluster.params)]);
    const made = keep(`c ${cluster.key}`, stamp, () => this.makeFrame(cluster));
    const [rect, head] = made.elements;
    head.thing = cluster;
    cluster.element = head;
    cluster.rect = rect;
    rect.style.transform = `translate(${cluster.x}px, ${cluster.y}px)`;
    rect.setAttribute("width", cluster.width);
    rect.setAttribute("height", cluster.height);
    head.style.transform = `translate(${cluster.x + 8}px, ${cluster.y + 15}px)`;
    head.setAttribute("aria-label", spoken(cluster));
  }

  makeFrame(cluster) {
    const rect = svg("rect", { class: cluster.training ? "frame training" : "frame", rx: 10 }, this.layers.frames);
    const head = svg("g", { class: "head", role: "button", tabindex: "-1", "aria-expanded": "true" }, this.layers.heads);
    const figure = cluster.params ? count(cluster.params) : "";
    svg("rect", { class: "tab", x: -8, y: -15, width: headWidth(cluster), height: 21, rx: 8 }, head);
    svg("path", { class: "minus", d: "M0 -4.5h6" }, head);
    svg("text", { x: 12, class: "title" }, head).textContent = cut(cluster.title);
    svg("text", { x: 20 + widthOf(cut(cluster.title), TITLE), class: "small" }, head).textContent = figure;
    this.listen(head);
    return { elements: [rect, head] };
  }

  line(edge, keep) {
    const made = keep(`e ${edge.key}`, edge.skip + edge.shape + edge.training, () => ({ elements: [this.makeLine(edge)] }));
    const [path, arrow, label] = made.elements[0].children;
    const [start, ...rest] = edge.points;
    let d = `M${start}`;
    for (let i = 0; i + 2 < rest.length; i += 3) d += `C${rest[i]} ${rest[i + 1]} ${rest[i + 2]}`;
    path.setAttribute("d", `${d}L${edge.tip}`);
    const from = rest.at(-1) ?? start;
    const angle = (Math.atan2(edge.tip[1] - from[1], edge.tip[0] - from[0]) * 180) / Math.PI;
    arrow.setAttribute("transform", `translate(${edge.tip}) rotate(${angle})`);
    if (edge.label) {
      label.setAttribute("x", edge.label[0]);
      label.setAttribute("y", edge.label[1] + 3);
    }
    edge.element = made.elements[0];
  }

  makeLine(edge) {
    const classes = `line${edge.skip ? " skip" : ""}${edge.training ? " training" : ""}`;
    const group = svg("g", { class: classes, "aria-hidden": "true" }, this.layers.lines);
    svg("path", { class: "wire" }, group);
    svg("path", { class: "arrow", d: "M1 0L-6 -3.2L-4.6 0L-6 3.2Z" }, group);
    svg("text", { class: "small" }, group).textContent = shapeText(edge.shape);
    return group;
  }

  listen(element) {
    element.addEventListener("click", (event) => this.act.click(element.thing, event));
    element.addEventListener("pointerenter", () => this.act.look(element.thing));
    element.addEventListener("pointerleave", () => this.act.look(null));
    element.addEventListener("focus", () => {
      this.setCurrent(element.thing);
      this.act.look(element.thing);
    });
  }

  things() {
    return this.shown ? [...this.shown.boxes, ...this.shown.clusters] : [];
  }

  find(key) {
    return key === undefined ? undefined : this.things().find((t) => t.key === key);
  }

  /** The one thing that the Tab key stops at. */
  setCurrent(thing) {
    this.current?.element?.setAttribute("tabindex", "-1");
    this.current = thing;
    thing?.element?.setAttribute("tabindex", "0");
  }

  /** The nearest thing in a direction: [1, 0] is to the right. */
  neighbour([dx, dy]) {
    const here = this.center(this.current);
    let best = null;
    let least = Infinity;
    for (const thing of this.things()) {
      const at = this.center(thing);
      const [x, y] = [at[0] - here[0], at[1] - here[1]];
      const along = x * dx + y * dy;
      const aside = Math.abs(x * dy) + Math.abs(y * dx);
      if (along > 1 && along + 2.5 * aside < least) [least, best] = [along + 2.5 * aside, thing];
    }
    return best;
  }

  center(thing) {
    return thing.isBox ? [thing.x, thing.y] : [thing.x + 30, thing.y + 11];
  }

  /** Marks what has to do with a thing or with a line of the text. */
  mark(name, things) {
    const wanted = new Set(things);
    for (const thing of this.things()) {
      thing.element.classList.toggle(name, wanted.has(thing));
      thing.rect?.classList.toggle(name, wanted.has(thing));
    }
    if (name !== "lit") return;
    for (const edge of this.shown?.edges ?? []) edge.element.classList.toggle("lit", wanted.has(edge.source) || wanted.has(edge.target));
  }
}

function remove(drawn) {
  for (const element of drawn.elements) element.remove();
}

/** What a screen reader says of a box or a frame. */
function spoken(thing) {
  const words = [thing.title, thing.kind === thing.title ? "" : thing.kind, thing.path];
  if (thing.shapes?.length) words.push(`gives ${thing.shapes.join(", ")}`);
  if (thing.params) words.push(`${count(thing.params)} parameters`);
  if (thing.training) words.push("training only");
  return words.filter(Boolean).join("; ");
}
