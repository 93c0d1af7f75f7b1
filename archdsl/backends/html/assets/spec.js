// The text of the spec: coloured, with the places of what is looked at, and mistakes in place.

const TOKENS = /(#.*)|("(?:[^"\\]|\\.)*"?)|(@[\w.]+)|(\d[\d_]*(?:\.\d+)?(?:e[+-]?\d+)?[KMGT]?\b)|([A-Za-z_]\w*(?:-[A-Za-z]+)*)|(\s+|.)/gu;

function make(name, attributes = {}, ...children) {
  const element = document.createElement(name);
  for (const [key, value] of Object.entries(attributes)) {
    if (key === "class") element.className = value;
    else element.setAttribute(key, value);
  }
  element.append(...children);
  return element;
}

class Spec {
  constructor(place, tabs, act) {
    this.place = place;
    this.tabs = tabs;
    this.act = act;
    this.files = [];
    this.file = 0;
    this.lit = [];
    this.problems = [];
    this.words = { keywords: new Set(), kinds: new Set() };
    place.addEventListener("pointerover", (event) => this.over(event));
    place.addEventListener("pointerleave", () => act.lookAtLine(null));
    place.addEventListener("click", (event) => this.pick(event));
  }

  show(files, problems, words) {
    this.files = files.map((f) => ({ name: f.name, lines: f.text.split("\n").map((l) => l.replace(/\r$/, "")) }));
    this.problems = problems;
    this.words = { keywords: new Set(words.keywords), kinds: new Set(words.kinds) };
    if (this.file >= files.length || problems.length) this.file = 0;
    this.drawTabs();
    this.draw();
  }

  drawTabs() {
    const buttons = this.files.map((file, i) => {
      const tab = make("button", { role: "tab", "aria-selected": String(i === this.file), type: "button" }, file.name);
      tab.addEventListener("click", () => this.turnTo(i));
      return tab;
    });
    this.tabs.replaceChildren(...buttons);
  }

  turnTo(file) {
    if (file === this.file || file >= this.files.length) return;
    this.file = file;
    this.drawTabs();
    this.draw();
  }

  draw() {
    document.body.classList.toggle("other-file", this.file > 0);
    const file = this.files[this.file];
    this.rows = file.lines.map((_, i) => {
      const code = make("code");
      const row = make("div", { class: "row", "data-line": String(i + 1) }, make("span", { class: "number", "aria-hidden": "true" }, String(i + 1)), code);
      row.code = code;
      return row;
    });
    const items = [];
    this.rows.forEach((row, i) => items.push(row, ...this.notesBelow(i + 1)));
    this.place.replaceChildren(...items);
    this.marked = new Set();
    this.rows.forEach((_, i) => this.drawRow(i + 1, this.marksOf(i + 1)));
  }

  /** Mistakes are told below their lines; the editor shows them in its list, to keep its lines. */
  notesBelow(line) {
    if (this.place.dataset.plain !== undefined) return [];
    return this.problems
      .filter((p) => p.at[0] === this.file && p.at[1] === line)
      .map((p) => {
        const note = make("div", { class: `note ${p.severity}`, role: "note" }, make("b", {}, `${p.severity}[${p.id}] `), p.message);
        if (p.help) note.append(make("div", { class: "help" }, `help: ${p.help}`));
        return note;
      });
  }

  marksOf(line) {
    const marks = [];
    const add = (at, name) => {
      if (!at || at[0] !== this.file || line < at[1] || line > at[3]) return;
      const end = line === at[3] ? at[4] : Infinity;
      const start = line === at[1] ? at[2] : 0;
      marks.push({ start, end: Math.max(end, start + 1), name });
    };
    for (const p of this.problems) {
      for (const [at] of p.also) add(at, "also");
      add(p.at, `wrong ${p.severity}`);
    }
    for (const { at, name } of this.lit) add(at, name);
    return marks;
  }

  drawRow(line, marks) {
    const row = this.rows[line - 1];
    const text = this.files[this.file].lines[line - 1];
    const pieces = [];
    let at = 0;
    for (const [word, ...groups] of text.matchAll(TOKENS)) {
      for (const part of this.partsOf(word, groups.findIndex((g) => g !== undefined))) {
        pieces.push({ start: at, end: at + part.text.length, name: part.name });
        at += part.text.length;
      }
    }
    const cuts = new Set(marks.flatMap((m) => [m.start, Math.min(m.end, text.length)]));
    const spans = pieces.flatMap((p) => split(p, cuts));
    if (marks.some((m) => m.start >= text.length)) spans.push({ start: text.length, end: text.length + 1, name: "", text: " " });
    row.code.replaceChildren(
      ...spans.map((s) => {
        const names = [s.name, ...marks.filter((m) => m.start <= s.start && s.end <= m.end).map((m) => m.name)];
        const element = make("span", {}, s.text ?? text.slice(s.start, s.end));
        element.className = names.filter(Boolean).join(" ");
        return element;
      }),
    );
    row.classList.toggle("here", marks.some((m) => m.name.includes("lit")));
    if (marks.length) this.marked.add(line);
    else this.marked.delete(line);
  }

  /** A word with a hyphen is a kind (`soft-max`), or what stands before it is (`FC-classes`). */
  partsOf(word, group) {
    if (group !== 4) return [{ text: word, name: ["comment", "string", "label", "figure"][group] ?? "" }];
    if (this.words.kinds.has(word.toLowerCase().replaceAll("-", ""))) return [{ text: word, name: "kind" }];
    return word.split(/(?=-)/).map((text) => ({ text, name: this.nameOf(text) }));
  }

  nameOf(word) {
    if (this.words.keywords.has(word)) return "keyword";
    return this.words.kinds.has(word.toLowerCase().replace(/(\d+x)*\d+$/, "")) ? "kind" : "";
  }

  /** Lights places: the first one is what is looked at, the others are calls on the way to it. */
  light(places, scroll) {
    if (!this.files.length) return;
    this.lit = places.map((at, i) => ({ at, name: i ? "lit call" : "lit" }));
    const lines = new Set(this.marked);
    for (const { at } of this.lit) {
      if (at[0] === this.file) for (let n = at[1]; n <= Math.min(at[3], this.rows.length); n += 1) lines.add(n);
    }
    for (const line of lines) this.drawRow(line, this.marksOf(line));
    const first = scroll && this.lit.find(({ at }) => at[0] === this.file);
    if (first) this.scrollTo(first.at[1]);
  }

  scrollTo(line) {
    const row = this.rows[line - 1];
    const port = this.place.closest(".scroll");
    if (!row || !port) return;
    const [top, bottom] = [row.offsetTop, row.offsetTop + row.offsetHeight];
    const mark = row.querySelector(".lit");
    const [left, right] = mark ? [mark.offsetLeft, mark.offsetLeft + mark.offsetWidth] : [0, 0];
    const over = right > port.scrollLeft + port.clientWidth - 12 || left < port.scrollLeft + 52;
    if (over && mark) port.scrollLeft = right < port.clientWidth - 12 ? 0 : left - 72;
    if (top < port.scrollTop + 20 || bottom > port.scrollTop + port.clientHeight - 20) port.scrollTop = top - port.clientHeight / 3;
  }

  lineText(at) {
    const file = this.files[at[0]];
    const whole = file.lines[at[1] - 1] ?? "";
    const cell = whole.trim().startsWith("|") && at[1] === at[3]; // of a table only what is meant
    return { name: file.name, line: at[1], text: (cell ? whole.slice(at[2], at[4]) : whole).trim() };
  }

  over(event) {
    const row = event.target.closest?.(".row");
    if (row) this.act.lookAtLine([this.file, Number(row.dataset.line)]);
  }

  pick(event) {
    const row = event.target.closest?.(".row");
    if (row) this.act.pickLine([this.file, Number(row.dataset.line)]);
  }
}

function split(piece, cuts) {
  const parts = [];
  let start = piece.start;
  for (let at = piece.start + 1; at < piece.end; at += 1) {
    if (!cuts.has(at)) continue;
    parts.push({ ...piece, start, end: at });
    start = at;
  }
  parts.push({ ...piece, start });
  return parts;
}
