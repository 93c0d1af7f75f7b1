// What of a network is shown: its boxes, frames and lines for a given state of its folds.

const MOST_BOXES = 500;
const MOST_ENTRIES = 20000;
const UNROLLED_AT_ONCE = 32;

class TooMany extends Error {}

class Tree {
  constructor(net) {
    this.net = net;
    this.root = net.modules.at(-1);
    this.rows = new Map(net.rows.map((row, i) => [row[0], i]));
    this.insides = new Map();
    this.folds = new Map();
    this.begin();
  }

  /** The first look: stages open, blocks folded, unless that is too much or hardly anything. */
  begin() {
    this.folds.clear();
    this.level = 0;
    this.stages = this.root.items.length <= 60;
    while (this.level < 4 && this.size() < 6) {
      this.level += 1;
      if (this.size() > 30) {
        this.level -= 1;
        break;
      }
    }
  }

  collapse() {
    this.folds.clear();
    this.level = 0;
    this.stages = false;
  }

  /** Opens all, or as deep as there is room for; says whether that was all. */
  unfold() {
    this.folds.clear();
    this.stages = true;
    for (const level of [99, 6, 5, 4, 3, 2, 1]) {
      this.level = level;
      if (this.size() <= MOST_BOXES) return level === 99;
    }
    this.level = 0;
    return false;
  }

  /** How many boxes are shown; Infinity where they are too many. */
  size() {
    try {
      return this.expand().boxes.length;
    } catch (problem) {
      if (problem instanceof TooMany) return Infinity;
      throw problem;
    }
  }

  stateOf(key, depth, single = false) {
    const chosen = this.folds.get(key);
    if (chosen) return chosen;
    return depth >= this.level ? "closed" : single ? "unrolled" : "open";
  }

  toggle(fold) {
    const single = fold.single && fold.times <= UNROLLED_AT_ONCE;
    this.folds.set(fold.key, fold.state === "closed" ? (single ? "unrolled" : "open") : "closed");
  }

  expand() {
    return new Expansion(this).run();
  }

  field(path) {
    const last = (path + ".").replace(/\.\d+-(\d+)(?=\.)/g, ".$1").slice(0, -1);
    const at = this.rows.get(path) ?? this.rows.get(last);
    return at === undefined ? "" : this.net.fields[this.net.rows[at][5]];
  }

  /** Opens what hides a path; gives the key of the box that shows it. */
  reveal(path) {
    const parts = path.split(".");
    let module = this.root;
    let key = "";
    let depth = 0;
    while (parts.length) {
      const name = parts.shift();
      const item = module.items.find((i) => i.name === name || this.holds(module, i, name));
      if (!item) return key;
      if (module === this.root) this.openStage(module.items.indexOf(item));
      key = key ? `${key}.${item.name}` : item.name;
      if (item.type === "step" || !parts.length) return key;
      if (this.stateOf(key, depth, this.isSingle(item)) === "closed") this.folds.set(key, "open");
      if (item.type === "call") {
        module = this.net.modules[item.module];
        depth += 1;
        continue;
      }
      [module, key, depth] = this.enter(item, key, parts.shift(), depth, parts.length > 0);
    }
    return key;
  }

  enter(item, base, part, depth, further) {
    const first = parseInt(part, 10);
    let start = 0;
    for (const [at, run] of item.runs.entries()) {
      const end = start + run[1];
      if (first < end || at === item.runs.length - 1) {
        const unrolled = this.stateOf(base, depth, this.isSingle(item)) === "unrolled";
        const module = this.net.modules[run[0]];
        if (item.runs.length === 1 && !unrolled) return [module, `${base}.${span(start, run[1])}`, depth + 1];
        let key = unrolled ? `${base}.${first}` : `${base}.${span(start, run[1])}`;
        const inner = this.stateOf(key, depth + 1);
        if (!unrolled && inner === "unrolled") key = `${base}.${first}`;
        if (further && inner === "closed") this.folds.set(key, "open");
        return [module, key, depth + 2];
      }
      start = end;
    }
    return [null, base, depth];
  }

  openStage(at) {
    const stage = this.net.stages.find((s) => s.first <= at && at < s.end);
    if (stage) this.folds.set(`stage:${stage.name}`, "open");
  }

  holds(module, item, name) {
    return item.type === "step" && item.layers.some((n) => module.layers[n].name === name);
  }

  isSingle(item) {
    return item.type === "repeat" && item.runs.every(([m]) => bareStep(this.net.modules[m]));
  }

  /** Everything that a search can find: path, words and kind. */
  entries() {
    const found = [];
    const walk = (module, prefix) => {
      for (const item of module.items) {
        if (found.length >= MOST_ENTRIES) return;
        const path = prefix + item.name;
        const words = [path, item.title, item.text, item.kind, item.label, item.above, item.below];
        found.push({ path, item, words: words.filter(Boolean).join(" ").toLowerCase() });
        if (item.type === "call") walk(this.net.modules[item.module], `${path}.`);
        if (item.type !== "repeat") continue;
        let start = 0;
        for (const [m, times] of item.runs) {
          walk(this.net.modules[m], `${path}.${span(start, times)}.`);
          start += times;
        }
      }
    };
    walk(this.root, "");
    return found;
  }

  /** The lines of text that make a module, as `text:line`. */
  linesIn(index) {
    if (!this.insides.has(index)) {
      const lines = new Set();
      for (const item of this.net.modules[index].items) {
        for (const line of linesOf(item.at)) lines.add(line);
        for (const below of usesOf(item)) for (const line of this.linesIn(below)) lines.add(line);
      }
      this.insides.set(index, lines);
    }
    return this.insides.get(index);
  }
}

/** The name of a run of repetitions in a path, as in `state_dict` and reports: `3` or `1-7`. */
function span(first, times) {
  return times === 1 ? `${first}` : `${first}-${first + times - 1}`;
}

/** The one step that is all of a module, if that is what it is. */
function bareStep(module) {
  const only = module.items.length === 1 && module.items[0].type === "step";
  return only ? module.items[0] : null;
}

function usesOf(item) {
  if (item.type === "call") return [item.module];
  return item.type === "repeat" ? item.runs.map(([m]) => m) : [];
}

function linesOf([file, first, , last]) {
  const lines = [];
  for (let n = first; n <= last && n < first + 400; n += 1) lines.push(`${file}:${n}`);
  return lines;
}

/** Exact counts, whatever their size: `143,667,240`. */
function count(n) {
  return BigInt(n).toString().replace(/\B(?=(\d{3})+$)/g, ",");
}

function times(n) {
  return `×${count(n)}`;
}

function shapeText(shape) {
  return shape.replaceAll("x", "×");
}
