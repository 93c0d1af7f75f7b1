// Where boxes, frames and lines go: Graphviz, compiled to WebAssembly, in a worker.

const LAYOUT_LIMIT = 20000; // milliseconds
const TITLE = "600 12px system-ui, sans-serif";
const SMALL = "9.5px system-ui, sans-serif";
const pen = document.createElement("canvas").getContext("2d");
const widths = new Map();

function widthOf(text, font) {
  const key = font + text;
  if (!widths.has(key)) {
    pen.font = font;
    widths.set(key, pen.measureText(text).width);
  }
  return widths.get(key);
}

/** The lines of a box: text, whether small, and whether muted. */
function linesOfBox(box) {
  const lines = [];
  if (box.above) lines.push({ text: cut(box.above), small: true });
  lines.push({ text: cut(box.title), small: false });
  if (box.below) lines.push({ text: cut(box.below), small: true });
  if (box.params) lines.push({ text: count(box.params), small: true, figure: true });
  return lines;
}

function cut(text) {
  return text.length > 60 ? `${text.slice(0, 59)}…` : text;
}

function measure(box) {
  box.text = linesOfBox(box);
  const width = Math.max(...box.text.map((l) => widthOf(l.text, l.small ? SMALL : TITLE)));
  box.width = Math.max(64, Math.ceil(width) + (box.fold ? 40 : 26));
  box.height = 14 + box.text.reduce((sum, l) => sum + (l.small ? 12.5 : 16), 0);
}

/** The width of a frame's tab: its sign, its title, its parameters. */
function headWidth(cluster) {
  const figure = cluster.params ? widthOf(count(cluster.params), SMALL) + 8 : 0;
  return Math.ceil(widthOf(cut(cluster.title), TITLE) + figure + 28);
}

class Layout {
  constructor(code) {
    this.code = code;
    this.next = 0;
    this.start();
  }

  start() {
    const url = URL.createObjectURL(new Blob([this.code, `;(${serveLayouts})()`], { type: "text/javascript" }));
    const policy = window.trustedTypes?.createPolicy(`layout${(Layout.made = (Layout.made ?? 0) + 1)}`, { createScriptURL: (u) => u });
    this.worker = new Worker(policy ? policy.createScriptURL(url) : url);
    this.waiting = new Map();
    this.worker.onmessage = ({ data }) => this.settle(data.id, data);
    this.worker.onerror = (event) => this.fail(`the layout failed: ${event.message ?? "no worker"}`);
  }

  settle(id, answer) {
    const job = this.waiting.get(id);
    if (!job) return;
    this.waiting.delete(id);
    clearTimeout(job.timer);
    if (answer.error) job.reject(new Error(answer.error));
    else job.resolve(JSON.parse(answer.json));
  }

  fail(message) {
    for (const id of [...this.waiting.keys()]) this.settle(id, { error: message });
  }

  /** Puts positions on what is shown; a promise of the size of the whole. */
  async place(shown, direction) {
    for (const box of shown.boxes) measure(box);
    const id = (this.next += 1);
    const answer = new Promise((resolve, reject) => {
      const timer = setTimeout(() => {
        this.worker.terminate();
        this.fail("the layout took too long: fold something");
        this.start();
      }, LAYOUT_LIMIT);
      this.waiting.set(id, { resolve, reject, timer });
      this.worker.postMessage({ id, graph: graphOf(shown, direction) });
    });
    return read(await answer, shown);
  }
}

/** Runs in the worker: one graph after the other. */
function serveLayouts() {
  const ready = self.Viz.instance();
  self.onmessage = async ({ data }) => {
    try {
      const viz = await ready;
      const done = viz.render(data.graph, { format: "json0", yInvert: true });
      const error = done.status === "success" ? "" : done.errors.map((e) => e.message).join("; ") || "no layout";
      self.postMessage({ id: data.id, json: done.output, error });
    } catch (problem) {
      self.postMessage({ id: data.id, error: String(problem) });
    }
  };
}

function graphOf(shown, direction) {
  const child = (item) => (item.isBox ? { node: nodeOf(item) } : { cluster: clusterOf(item) });
  const split = (children) => {
    const made = children.map(child);
    return { nodes: made.flatMap((m) => m.node ?? []), subgraphs: made.flatMap((m) => m.cluster ?? []) };
  };
  const clusterOf = (cluster) => ({
    name: `cluster_${cluster.index}`,
    graphAttributes: { label: room(headWidth(cluster) - 8, 13), labeljust: "l", labelloc: "t", margin: 10 },
    ...split(cluster.children),
  });
  return {
    graphAttributes: { rankdir: direction, nodesep: 0.28, ranksep: 0.22, newrank: true },
    nodeAttributes: { shape: "box", fixedsize: true, label: "" },
    edgeAttributes: { arrowsize: 0.5 },
    ...split(shown.top ?? []),
    edges: shown.edges.map((edge, i) => ({
      tail: `n${edge.source.index}`,
      head: `n${edge.target.index}`,
      attributes: { id: `e${i}`, weight: edge.skip ? 0 : 60, label: room(widthOf(shapeText(edge.shape), SMALL) + 10, 13) },
    })),
  };
}

function nodeOf(box) {
  return { name: `n${box.index}`, attributes: { width: box.width / 72, height: box.height / 72 } };
}

/** Room for a text that the page writes itself: nothing of a spec reaches Graphviz. */
function room(width, height) {
  const size = `WIDTH="${Math.ceil(width)}" HEIGHT="${height}"`;
  return { html: `<TABLE BORDER="0" CELLBORDER="0" CELLPADDING="0" CELLSPACING="0"><TR><TD FIXEDSIZE="TRUE" ${size}></TD></TR></TABLE>` };
}

function read(answer, shown) {
  const numbers = (text) => text.split(",").map(Number);
  for (const object of answer.objects ?? []) {
    if (object.name.startsWith("cluster_")) {
      const cluster = shown.clusters[Number(object.name.slice(8))];
      const [x0, y0, x1, y1] = numbers(object.bb);
      Object.assign(cluster, { x: x0, y: Math.min(y0, y1), width: x1 - x0, height: Math.abs(y1 - y0) });
    } else {
      const box = shown.boxes[Number(object.name.slice(1))];
      [box.x, box.y] = numbers(object.pos);
    }
  }
  for (const line of answer.edges ?? []) {
    const edge = shown.edges[Number(line.id.slice(1))];
    const parts = line.pos.split(" ");
    edge.tip = numbers(parts.find((p) => p.startsWith("e,"))?.slice(2) ?? parts.at(-1));
    edge.points = parts.filter((p) => !/^[es]/.test(p)).map(numbers);
    edge.label = line.lp ? numbers(line.lp) : null;
  }
  const [x0, y0, x1, y1] = numbers(answer.bb);
  return { x: x0, y: Math.min(y0, y1), width: x1 - x0, height: Math.abs(y1 - y0) };
}
