// Search by name, kind and path, through what is folded too.

class Search {
  constructor(input, counter, act) {
    this.input = input;
    this.counter = counter;
    this.act = act;
    this.found = [];
    this.at = -1;
    input.addEventListener("input", () => this.look());
    input.addEventListener("keydown", (event) => {
      if (event.key === "Enter") this.step(event.shiftKey ? -1 : 1);
      if (event.key === "Escape") this.clear();
    });
  }

  reset(tree) {
    this.tree = tree;
    this.entries = null;
    if (this.input.value) this.look(false);
  }

  look(jump = true) {
    const words = this.input.value.toLowerCase().trim().split(/\s+/).filter(Boolean);
    this.entries ??= this.tree.entries();
    this.found = words.length ? this.entries.filter((e) => words.every((w) => e.words.includes(w))) : [];
    this.at = -1;
    const exact = words.length === 1 && !this.found.length && this.tree.rows.has(this.input.value.trim());
    if (exact) this.found = [{ path: this.input.value.trim() }];
    this.tell();
    if (jump && this.found.length === 1) this.step(1);
    this.act.matches(new Set(this.found.map((e) => e.path)), words.length > 0);
  }

  step(by) {
    if (!this.found.length) return;
    this.at = (this.at + by + this.found.length) % this.found.length;
    if (this.at < 0) this.at = this.found.length - 1;
    this.tell();
    this.act.reveal(this.found[this.at].path, false);
  }

  tell() {
    const none = this.input.value.trim() ? "nothing" : "";
    this.counter.textContent = this.found.length ? `${this.at < 0 ? "" : `${this.at + 1} / `}${this.found.length}` : none;
  }

  clear() {
    this.input.value = "";
    this.look();
    this.act.leave();
  }
}
