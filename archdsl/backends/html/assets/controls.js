// Buttons and keys.

const KEYS = {
  "/": "search",
  e: "unfold all",
  c: "fold all",
  "arrow keys": "go from box to box",
  "Enter, Space": "fold or unfold",
  u: "each repetition by itself",
  Backspace: "fold what is around",
  "+ − 0 1": "zoom in, out, fit, actual size",
  "Shift+arrows": "move the picture",
  r: "downwards or to the right",
  s: "spec",
  t: "table",
  d: "light or dark",
  "?": "these keys",
  Escape: "let go",
};
const WAYS = { ArrowLeft: [-1, 0], ArrowRight: [1, 0], ArrowUp: [0, -1], ArrowDown: [0, 1] };

function bindControls(page) {
  const actions = {
    expand: () => page.all(true),
    collapse: () => page.all(false),
    direction: () => page.rotate(),
    in: () => page.camera.zoom(1.3, undefined, undefined, true),
    out: () => page.camera.zoom(1 / 1.3, undefined, undefined, true),
    fit: () => page.camera.fit(),
    theme: () => switchTheme(),
    spec: () => togglePane("spec"),
    table: () => openTable(page),
    help: () => $("keys").showModal(),
    previous: () => page.search.step(-1),
    next: () => page.search.step(1),
    ...page.tools,
  };
  for (const button of document.querySelectorAll("button[data-do]")) button.addEventListener("click", actions[button.dataset.do]);
  $("canvas").addEventListener("zoom", ({ detail }) => ($("zoom").textContent = `${detail} %`));
  $("networks").addEventListener("change", () => page.choose?.($("networks").value));
  const list = Object.entries(KEYS).flatMap(([key, what]) => [make("dt", {}, key), make("dd", {}, what)]);
  $("keylist").replaceChildren(...list);
  document.addEventListener("keydown", (event) => pressed(page, actions, event));
}

function pressed(page, actions, event) {
  if (event.ctrlKey || event.metaKey || event.altKey || $("keys").open) return;
  const where = event.target;
  if (where.closest?.("input, textarea, select")) return;
  const onGraph = where === document.body || $("canvas").contains(where);
  const letters = { "/": () => $("search").focus(), e: actions.expand, c: actions.collapse, r: actions.direction, s: actions.spec, t: actions.table, d: actions.theme, "?": actions.help };
  const zooms = { "+": actions.in, "=": actions.in, "-": actions.out, 0: actions.fit, 1: () => page.camera.actual() };
  const act = letters[event.key] ?? (onGraph ? (zooms[event.key] ?? graphKey(page, event)) : null);
  if (!act) return;
  event.preventDefault();
  act();
}

function graphKey(page, event) {
  const thing = page.graph.current;
  const way = WAYS[event.key];
  if (way && event.shiftKey) return () => page.camera.move(-60 * way[0], -60 * way[1]);
  if (way) return () => step(page, way);
  if (!thing) return null;
  if (event.key === "Enter" || event.key === " ") return () => activate(page, thing);
  if (event.key === "u") return () => page.unroll(thing);
  if (event.key === "Backspace") return () => page.foldAround(thing);
  if (event.key === "Escape") return () => page.pick(null);
  return null;
}

function activate(page, thing) {
  page.pick(thing);
  if (thing.fold) page.fold(thing);
}

function step(page, way) {
  const { graph, camera } = page;
  const next = $("canvas").contains(document.activeElement) ? graph.neighbour(way) : graph.current;
  if (!next) return;
  graph.setCurrent(next);
  next.element.focus({ preventScroll: true });
  camera.show(...graph.center(next));
}

function switchTheme() {
  const root = document.documentElement;
  const now = root.dataset.theme ?? (matchMedia("(prefers-color-scheme: dark)").matches ? "dark" : "light");
  root.dataset.theme = now === "dark" ? "light" : "dark";
}

function togglePane(name) {
  const open = document.body.classList.toggle(`no-${name}`);
  for (const button of document.querySelectorAll(`button[data-do="${name}"]`)) button.setAttribute("aria-pressed", String(!open));
  return !open;
}

function openTable(page) {
  if (togglePane("table")) page.table.draw();
}
