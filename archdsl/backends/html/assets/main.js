// The page: one document, its parts, and what leads from one to the other.

const $ = (id) => document.getElementById(id);

class Page {
  constructor(code, tools = {}) {
    this.tools = tools;
    this.layout = new Layout(code);
    this.camera = new Camera($("canvas"));
    this.graph = new Graph(this.camera, {
      click: (thing, event) => this.click(thing, event),
      look: (thing) => this.look(thing),
    });
    this.spec = new Spec($("text"), $("files"), {
      lookAtLine: (line) => this.lookAtLine(line),
      pickLine: (line) => this.pickLine(line),
    });
    this.card = new Card($("card"), this.spec);
    this.table = new Table($("rows"), { reveal: (path) => this.reveal(path) });
    this.search = new Search($("search"), $("found"), {
      reveal: (path) => this.reveal(path, false),
      matches: (paths, active) => this.match(paths, active),
      leave: () => this.graph.current?.element?.focus(),
    });
    this.direction = "TB";
    this.turn = 0;
    bindControls(this);
  }

  /** Shows a document; folds, zoom and what is picked stay where the network keeps its name. */
  async show(doc) {
    this.doc = doc;
    this.spec.show(doc.files, doc.problems, { keywords: doc.keywords, kinds: doc.kinds });
    showProblems(doc.problems);
    showNetworks(doc);
    document.body.classList.toggle("faulty", doc.problems.some((p) => p.severity === "error"));
    document.body.classList.toggle("stale", !doc.network);
    if (!doc.network) return;
    const again = this.tree?.net.name === doc.network.name;
    const before = this.tree;
    this.tree = new Tree(doc.network);
    if (again) Object.assign(this.tree, { folds: before.folds, level: before.level, stages: before.stages });
    if (this.tree.size() === Infinity) this.tree.begin();
    if (!again) this.picked = undefined;
    document.title = doc.network.name;
    $("name").textContent = doc.network.name;
    $("totals").textContent = totalsOf(doc.network);
    this.search.reset(this.tree);
    this.table.show(doc.network);
    await this.redraw(again ? null : "fit");
    this.restCard();
    document.body.dataset.version = doc.version ?? "0";
  }

  /** Lays out what is open. `anchor` is a thing that stays where it is on the screen, or "fit". */
  async redraw(anchor = null) {
    const turn = (this.turn += 1);
    let shown;
    try {
      shown = this.tree.expand();
    } catch (problem) {
      if (!(problem instanceof TooMany)) throw problem;
      say(`More than ${MOST_BOXES} boxes: fold something first.`);
      return false;
    }
    document.body.classList.add("busy");
    try {
      const bounds = await this.layout.place(shown, this.direction);
      if (turn !== this.turn) return true;
      const held = anchor?.key ? this.graph.center(anchor) : null;
      this.camera.bounds = bounds;
      this.graph.draw(shown);
      this.settle(anchor, held);
    } catch (problem) {
      say(problem.message);
      return false;
    } finally {
      if (turn === this.turn) document.body.classList.remove("busy");
    }
    this.search.look(false);
    return true;
  }

  settle(anchor, held) {
    if (anchor === "fit") return this.camera.fit(false, 0.75);
    const now = this.graph.find(anchor?.key);
    if (!now || !held) return undefined;
    const at = this.graph.center(now);
    this.camera.move((held[0] - at[0]) * this.camera.scale, (held[1] - at[1]) * this.camera.scale, true);
    this.graph.setCurrent(now);
    if (document.activeElement === document.body || $("canvas").contains(document.activeElement)) now.element.focus({ preventScroll: true });
    return undefined;
  }

  async click(thing, event) {
    if (this.camera.dragged) {
      this.camera.dragged = false;
      return;
    }
    this.pick(thing);
    if (thing.fold && event.altKey) await this.unroll(thing);
    else if (thing.fold) await this.fold(thing);
  }

  async fold(thing) {
    const before = new Map(this.tree.folds);
    this.tree.toggle(thing.fold);
    if (!(await this.redraw(thing))) this.tree.folds = before;
    else say(`${thing.title} ${this.tree.folds.get(thing.fold.key) === "closed" ? "folded" : "unfolded"}`, true);
  }

  /** Each repetition by itself. */
  async unroll(thing) {
    if (!thing.fold?.rolls) return;
    const before = new Map(this.tree.folds);
    this.tree.folds.set(thing.fold.key, thing.fold.state === "unrolled" ? "open" : "unrolled");
    if (thing.fold.times > MOST_BOXES || !(await this.redraw(thing))) {
      this.tree.folds = before;
      say(`${count(thing.fold.times)} repetitions are too many to draw one by one.`);
    }
  }

  async foldAround(thing) {
    const frame = thing?.isBox ? thing.parent : thing;
    if (frame?.fold) await this.fold(frame);
  }

  async all(open) {
    if (!this.tree) return;
    if (open && !this.tree.unfold()) say(`Unfolded as deep as ${MOST_BOXES} boxes allow.`);
    if (!open) this.tree.collapse();
    await this.redraw("fit");
  }

  async rotate() {
    this.direction = this.direction === "TB" ? "LR" : "TB";
    $("direction").textContent = this.direction === "TB" ? "↓" : "→";
    await this.redraw("fit");
  }

  pick(thing) {
    this.picked = thing?.key;
    this.graph.mark("picked", thing ? [thing] : []);
    if (thing?.at) this.spec.turnTo(thing.at[0]);
    this.look(thing);
  }

  /** Hover and focus: the card, the lines of the text, the lines of the picture. */
  look(thing) {
    const shown = thing ?? this.graph.find(this.picked);
    this.graph.mark("lit", shown ? [shown] : []);
    this.spec.light(shown?.at ? [shown.at, ...shown.scope.chain.toReversed()] : [], true);
    if (shown) this.card.thing(shown, this.tree);
    else this.restCard();
  }

  restCard() {
    if (this.tree && !this.graph.find(this.picked)) this.card.network(this.tree.net);
  }

  thingsOnLine(line) {
    if (!line) return [];
    const [file, n] = line;
    const on = (at) => at && at[0] === file && at[1] <= n && n <= at[3];
    const key = `${file}:${n}`;
    const own = this.graph.things().filter((t) => on(t.at) || t.scope.chain.some(on));
    return own.length ? own : this.graph.things().filter((t) => t.lines?.has(key));
  }

  lookAtLine(line) {
    if (!this.tree) return;
    const things = this.thingsOnLine(line);
    this.graph.mark("lit", line ? things : [this.graph.find(this.picked)].filter(Boolean));
    if (line && things.length) this.card.thing(things[0], this.tree);
    else this.restCard();
  }

  pickLine(line) {
    const [first] = this.tree ? this.thingsOnLine(line) : [];
    if (!first) return;
    this.pick(first);
    this.camera.show(...this.graph.center(first));
  }

  async reveal(path, focus = true) {
    const before = [...this.tree.folds].join();
    const key = this.tree.reveal(path);
    if ([...this.tree.folds].join() !== before && !(await this.redraw())) return;
    const thing = this.graph.find(key) ?? this.graph.things().find((t) => t.path === path);
    if (!thing) return;
    this.graph.setCurrent(thing);
    this.pick(thing);
    this.camera.show(...this.graph.center(thing));
    if (focus) thing.element.focus({ preventScroll: true });
  }

  match(paths, active) {
    document.body.classList.toggle("searching", active);
    this.graph.mark("match", this.graph.things().filter((t) => paths.has(t.path)));
  }
}

function totalsOf(net) {
  if (net.partial) return "drawn up to the mistake";
  return `${count(net.params)} parameters · ${count(net.macs)} MACs`;
}

function showProblems(problems) {
  $("problems").hidden = !problems.length;
  $("problems").replaceChildren(...problems.slice(0, 20).map((p) => colored(p.picture)));
}

function showNetworks(doc) {
  const select = $("networks");
  select.hidden = doc.networks.length < 2;
  select.replaceChildren(...doc.networks.map((name) => make("option", { value: name }, name)));
  if (doc.chosen) select.value = doc.chosen;
}

let quiet;

/** A line at the foot of the page; `aloud` is for screen readers only. */
function say(text, aloud = false) {
  $("status").textContent = text;
  $("status").classList.toggle("hidden", aloud);
  clearTimeout(quiet);
  quiet = setTimeout(() => $("status").classList.add("hidden"), 5000);
}
