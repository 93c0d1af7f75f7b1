// The table of layers: sorted by any column, and each row leads to its box.

class Table {
  constructor(place, act) {
    this.place = place;
    this.act = act;
    this.column = 0;
    this.down = false;
    this.net = null;
    this.stale = true;
  }

  show(net) {
    this.net = net;
    this.stale = true;
    if (this.place.offsetParent !== null) this.draw();
  }

  /** Called when the table comes into view. */
  draw() {
    if (!this.stale || !this.net) return;
    this.stale = false;
    this.rows = this.net.rows.map((row, i) => this.read(row, i));
    const head = make("tr");
    this.heads = COLUMNS.map((column, i) => {
      const button = make("button", { type: "button" }, column.title);
      button.addEventListener("click", () => this.sort(i));
      const cell = make("th", { scope: "col", class: column.text ? "text" : "" }, button);
      head.append(cell);
      return cell;
    });
    this.body = make("tbody");
    const foot = make("tr", {}, make("td", { colspan: "5", class: "text" }, "all"));
    foot.append(make("td", {}, count(this.net.params)), make("td"), make("td", {}, count(this.net.macs)), make("td"), make("td"));
    const table = make("table", {}, make("caption", { class: "hidden" }, `Layers of ${this.net.name}`), make("thead", {}, head), this.body, make("tfoot", {}, foot));
    const note = this.net.rows.length ? [] : [make("p", { class: "doc" }, "Too many layers to list; archdsl report has them.")];
    this.place.replaceChildren(...note, table);
    this.sort(this.column, this.down);
  }

  read([path, m, n, times_, copies, field], i) {
    const layer = this.net.modules[m].layers[n];
    const params = BigInt(layer.params) * BigInt(copies);
    const macs = BigInt(layer.macs) * BigInt(times_);
    const row = make("tr", { tabindex: "-1" });
    const text = times_ > 1 ? `${layer.text} ${times(times_)}` : layer.text;
    const values = [i, path, text, layer.in.join(" "), layer.out.join(" "), params, share(params, this.net.params), macs, share(macs, this.net.macs), this.net.fields[field]];
    const shown = [i + 1, path, text, values[3], values[4], params ? count(params) : "–", percent(values[6]), macs ? count(macs) : "–", percent(values[8]), values[9] || "–"];
    COLUMNS.forEach((column, k) => row.append(make(k === 1 ? "th" : "td", column.text ? { class: "text" } : {}, String(shown[k]))));
    row.cells[1].setAttribute("scope", "row");
    row.addEventListener("click", () => this.act.reveal(path));
    row.addEventListener("keydown", (event) => {
      if (event.key === "Enter") this.act.reveal(path);
      if (event.key === "ArrowDown") row.nextElementSibling?.focus();
      if (event.key === "ArrowUp") row.previousElementSibling?.focus();
      if (event.key.startsWith("Arrow")) event.preventDefault();
    });
    return { row, values };
  }

  sort(column, down = column === this.column ? !this.down : column > 4) {
    this.column = column;
    this.down = down;
    const key = COLUMNS[column].key ?? ((v) => v);
    const sign = this.down ? -1 : 1;
    const sorted = this.rows.toSorted((a, b) => sign * compare(key(a.values[column]), key(b.values[column])) || a.values[0] - b.values[0]);
    this.body.replaceChildren(...sorted.map((r) => r.row));
    if (sorted.length) sorted[0].row.tabIndex = 0;
    this.heads.forEach((head, i) => head.setAttribute("aria-sort", i !== column ? "none" : down ? "descending" : "ascending"));
  }
}

const sizeOf = (shape) => shape.split(" ")[0].split("x").reduce((n, d) => n * BigInt(d || 0), 1n);
const COLUMNS = [
  { title: "#" },
  { title: "layer", text: true },
  { title: "operation", text: true },
  { title: "input", key: sizeOf },
  { title: "output", key: sizeOf },
  { title: "params" },
  { title: "%" },
  { title: "MACs" },
  { title: "%" },
  { title: "sees", key: (v) => (v === "all" ? Infinity : parseInt(v || "0", 10)) },
];

function compare(a, b) {
  return a < b ? -1 : a > b ? 1 : 0;
}

function share(part, whole) {
  return whole && BigInt(whole) ? Number((part * 1000000n) / BigInt(whole)) / 10000 : 0;
}

function percent(value) {
  return value ? (value < 0.05 ? "<0.1" : value.toFixed(1)) : "–";
}
