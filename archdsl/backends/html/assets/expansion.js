// One walk over the tree of a network: boxes, frames and lines of what is open.

class Expansion {
  constructor(tree) {
    this.tree = tree;
    this.net = tree.net;
    this.boxes = [];
    this.clusters = [];
    this.edges = [];
    this.known = new Set();
  }

  run() {
    const { net, tree } = this;
    const top = { prefix: "", key: "", depth: 0, training: false, times: 1n, held: 1n, chain: [], parent: null, only: false };
    const several = net.inputs.length > 1;
    const sources = net.inputs.map((port) => {
      const title = several ? port.name : "input";
      const box = this.box({ key: `in:${port.name}`, path: port.name, role: "input", title, scope: top });
      Object.assign(box, { below: port.layout, at: port.at, shapes: [port.shape], kind: "input" });
      return { box, shape: port.shape };
    });
    const results = this.module(tree.root, sources, top, net.stages);
    net.outputs.forEach((output, i) => {
      const title = output.open ? "stops here" : net.outputs.length > 1 ? output.name : "output";
      const scope = { ...top, training: output.training };
      const box = this.box({ key: `out:${output.name}${output.open ? i : ""}`, path: output.name, role: "output", title, scope });
      Object.assign(box, { shapes: [output.shape], kind: "output", stopped: output.open });
      if (output.training) box.below = "training only";
      if (results[i]) this.connect([results[i]], box);
    });
    this.markSkips();
    return this;
  }

  module(module, sources, scope, stages = []) {
    const values = new Map(sources.map((source, i) => [`-1,${i}`, source]));
    const begins = new Map(stages.map((stage) => [stage.first, stage]));
    for (let at = 0; at < module.items.length; at += 1) {
      const stage = begins.get(at);
      if (!stage) {
        this.item(module, module.items[at], scope, values);
        continue;
      }
      const items = module.items.slice(stage.first, stage.end);
      this.stage(module, stage, items, scope, values);
      at = stage.end - 1;
    }
    return module.out.map((value) => values.get(value.join(",")));
  }

  stage(module, stage, items, scope, values) {
    const key = `stage:${stage.name}`;
    const state = this.tree.folds.get(key) ?? (this.tree.stages ? "open" : "closed");
    const fold = { key, state, times: 1, single: false };
    const sum = (what) => items.reduce((total, item) => total + BigInt(item[what]), 0n);
    const figures = { params: sum("params"), macs: sum("macs"), lines: new Set(items.flatMap((i) => linesOf(i.at))) };
    const out = items.at(-1).out;
    if (state !== "closed") {
      const cluster = this.cluster({ key, path: stage.name, title: stage.name, scope, fold, shapes: out, ...figures });
      for (const item of items) this.item(module, item, { ...scope, parent: cluster }, values);
      return;
    }
    const box = this.box({ key, path: stage.name, role: "block", title: stage.title, scope });
    Object.assign(box, { above: stage.name, fold, kind: "stage", shapes: out, at: items[0].at, ...figures });
    const own = new Set(items.map((i) => i.i));
    const feeds = items.flatMap((i) => i.in.filter(([n]) => !own.has(n)).map((v) => values.get(v.join(","))));
    this.connect(feeds, box);
    for (const item of items) item.out.forEach((shape, i) => values.set(`${item.i},${i}`, { box, shape }));
  }

  item(module, item, outer, values) {
    const scope = item.training ? { ...outer, training: true } : outer;
    const feeds = item.in.map((value) => values.get(value.join(",")));
    const path = scope.prefix + item.name;
    const key = scope.key + item.name;
    let outs;
    if (item.type === "step") outs = this.step(module, item, path, key, feeds, scope);
    else if (item.type === "call") outs = this.call(item, path, key, feeds, scope);
    else outs = this.repeat(item, path, key, feeds, scope);
    outs.forEach((source, i) => values.set(`${item.i},${i}`, source));
  }

  step(module, item, path, key, feeds, scope) {
    const box = this.box({ key, path, role: item.role, title: item.title, scope });
    this.fill(box, item, module);
    this.connect(feeds, box);
    return item.out.map((shape) => ({ box, shape }));
  }

  fill(box, item, module) {
    const below = [item.more, item.below, item.shared ? "shared weights" : ""].filter(Boolean).join(", ");
    Object.assign(box, { item, module, kind: item.kind, above: item.above, below, at: item.at });
    Object.assign(box, { params: BigInt(item.params), macs: BigInt(item.macs), shapes: item.out });
  }

  call(item, path, key, feeds, scope) {
    const module = this.net.modules[item.module];
    const fold = { key, state: this.stateOf(key, scope), times: 1, single: false };
    const part = { item, module, title: item.title, path, key, feeds, scope, fold, lines: [item.module] };
    if (fold.state === "closed") return this.closed(part);
    const cluster = this.frame(part);
    const held = item.shared ? 0n : scope.held;
    const inner = this.inside(scope, cluster, `${path}.`, `${key}.`, item, 1n, held, 1);
    return this.module(module, feeds, { ...inner, only: module.items.length === 1 });
  }

  repeat(item, path, key, feeds, scope) {
    const total = item.runs.reduce((n, [, k]) => n + k, 0);
    const single = this.tree.isSingle(item);
    const fold = { key, state: this.stateOf(key, scope, single), times: total, single, rolls: total > 1 };
    if (single && fold.state === "unrolled" && !this.tree.folds.has(key) && total > UNROLLED_AT_ONCE) fold.state = "open";
    const module = this.net.modules[item.runs[0][0]];
    const title = total > 1 ? `${item.title} ${times(total)}${item.tied ? " shared" : ""}` : item.title;
    const part = { item, module, title, path, key, feeds, scope, fold, lines: item.runs.map(([m]) => m) };
    if (fold.state === "closed") return this.closed(part, single ? bareStep(module) : null, total, item.tied);
    const cluster = this.frame(part);
    const inner = { ...scope, parent: cluster };
    const unroll = fold.state === "unrolled";
    let [start, sources, outs] = [0, feeds, []];
    for (const [m, n, held] of item.runs) {
      const run = { item, base: path, keyBase: key, module: m, scope: inner, start, times: n, held };
      if (unroll) outs = this.unroll(run, sources);
      else if (item.runs.length === 1) outs = this.body(run, sources, inner, start, n);
      else outs = this.run1(run, sources);
      sources = [outs[0], ...feeds.slice(1)];
      start += n;
    }
    return outs;
  }

  /** One of several runs of a repeat: a frame or a box of its own. */
  run1(run, feeds) {
    const module = this.net.modules[run.module];
    const key = `${run.keyBase}.${span(run.start, run.times)}`;
    const path = run.item.tied ? `${run.base}.0` : key === run.keyBase ? run.base : `${run.base}.${span(run.start, run.times)}`;
    const fold = { key, state: this.tree.stateOf(key, run.scope.depth + 1), times: run.times, rolls: run.times > 1 };
    const title = which(run.start, run.times);
    const item = {
      at: run.item.at, out: run.item.out.length === module.out.length ? this.outputs(module) : run.item.out,
      params: BigInt(module.params) * BigInt(run.held), macs: BigInt(module.macs) * BigInt(run.times), title: module.title,
    };
    const part = { item, module, title, path, key, feeds, scope: run.scope, fold, lines: [run.module] };
    if (fold.state === "closed") return this.closed(part);
    const cluster = this.frame(part);
    const inner = { ...run.scope, parent: cluster };
    if (fold.state === "unrolled") return this.unroll({ ...run, scope: inner }, feeds);
    return this.body(run, feeds, inner, run.start, run.times, 1);
  }

  unroll(run, feeds) {
    let [sources, outs] = [feeds, []];
    const module = this.net.modules[run.module];
    for (let k = 0; k < run.times; k += 1) {
      const one = { ...run, start: run.start + k, times: 1, held: k < run.held ? 1 : 0 };
      outs = bareStep(module) ? this.body(one, sources, run.scope, one.start, 1) : this.run1(one, sources);
      sources = [outs[0], ...feeds.slice(1)];
    }
    return outs;
  }

  /** The contents of a repetition, or of several that are drawn as one. */
  body(run, feeds, scope, start, n, deeper = 0) {
    const held = BigInt(run.held) * scope.held;
    const name = span(start, n);
    const prefix = `${run.base}.${run.item.tied ? 0 : name}.`;
    const inner = this.inside(scope, scope.parent, prefix, `${run.keyBase}.${name}.`, run.item, BigInt(n), held, 1 + deeper);
    return this.module(this.net.modules[run.module], feeds, inner);
  }

  inside(scope, parent, prefix, key, item, n, held, deeper) {
    const chain = [...scope.chain, item.at];
    return { ...scope, only: false, parent, prefix, key, chain, held, times: scope.times * n, depth: scope.depth + deeper };
  }

  /** What is all that its block holds opens with it. */
  stateOf(key, scope, single = false) {
    return this.tree.stateOf(key, scope.only ? -1 : scope.depth, single);
  }

  outputs(module) {
    return module.out.map(([n, port]) => (n < 0 ? module.in[port] : module.items.find((i) => i.i === n).out[port]));
  }

  /** A folded part as one box; `step` is all that it repeats. */
  closed(part, step = null, total = 1, tied = false) {
    const { item, module, path, key, feeds, scope, fold } = part;
    const box = this.box({ key, path, role: step ? step.role : "block", title: part.title, scope });
    if (step) {
      this.fill(box, step, module);
      box.title = `${step.title} ${times(total)}${tied ? " shared" : ""}`;
    }
    Object.assign(box, { fold, at: item.at, shapes: item.out, call: module.title, item });
    Object.assign(box, { params: BigInt(item.params), macs: BigInt(item.macs), kind: step ? step.kind : module.kind });
    if (!step && item.name && !item.label && item.name !== item.title) box.above = item.name;
    box.lines = new Set(part.lines.flatMap((m) => [...this.tree.linesIn(m)]));
    if (item.shared) box.below = "shared weights";
    this.connect(feeds, box);
    return item.out.map((shape) => ({ box, shape }));
  }

  frame({ item, module, title, path, key, scope, fold }) {
    const more = { params: BigInt(item.params), macs: BigInt(item.macs), shapes: item.out, at: item.at };
    return this.cluster({ key, path, title, scope, fold, call: module.title, kind: module.kind, item, ...more });
  }

  box(fields) {
    if (this.boxes.length >= MOST_BOXES) throw new TooMany();
    const box = { above: "", below: "", params: 0n, macs: 0n, shapes: [], lines: null, fold: null, isBox: true, ...fields };
    box.training = fields.scope.training;
    box.parent = fields.scope.parent;
    box.index = this.boxes.push(box) - 1;
    (box.parent ? box.parent.children : (this.top ??= [])).push(box);
    return box;
  }

  cluster(fields) {
    const cluster = { children: [], isBox: false, role: "block", ...fields, parent: fields.scope.parent };
    cluster.training = fields.scope.training;
    cluster.index = this.clusters.push(cluster) - 1;
    (cluster.parent ? cluster.parent.children : (this.top ??= [])).push(cluster);
    return cluster;
  }

  connect(sources, target) {
    for (const { box, shape } of sources.filter(Boolean)) {
      const key = `${box.key} ${target.key} ${shape}`;
      if (this.known.has(key) && (box.fold || target.fold)) continue;
      const twice = this.known.has(key) ? ` ${this.edges.length}` : "";
      this.known.add(key);
      this.edges.push({ key: key + twice, source: box, target, shape, training: target.training, skip: false });
    }
  }

  /** Lines beside a longer way to the same box. Boxes come in the order of execution. */
  markSkips() {
    const after = this.boxes.map(() => new Set());
    for (const edge of this.edges) after[edge.source.index].add(edge.target.index);
    const reach = after.map(() => 0n);
    for (let at = after.length - 1; at >= 0; at -= 1) {
      reach[at] = 1n << BigInt(at);
      for (const next of after[at]) reach[at] |= reach[next];
    }
    for (const edge of this.edges) {
      const bit = 1n << BigInt(edge.target.index);
      edge.skip = [...after[edge.source.index]].some((next) => next !== edge.target.index && reach[next] & bit);
    }
  }
}

/** Which repetitions a part stands for: `#1`, `#2–8 ×7`. */
function which(start, n) {
  return n === 1 ? `#${start + 1}` : `#${start + 1}–${start + n} ${times(n)}`;
}
