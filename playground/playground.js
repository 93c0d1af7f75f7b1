// The playground: a text that is edited here, and Python in a worker that says what it is.

const PATIENCE = 20000; // milliseconds for one answer
const LONGEST = 1 << 20; // characters of a shared text
const EXAMPLE = `## VGG-19 (Simonyan and Zisserman 2014, Table 1, column E).
input 3x224x224
default conv + FC (act=relu)

conv3-64, conv3-64, maxpool
conv3-128 x2, maxpool
conv3-256 x4, maxpool
conv3-512 x4, maxpool
conv3-512 x4, maxpool
FC-4096, dropout-0.5, FC-4096, dropout-0.5, FC-1000
soft-max

expect params == 143_667_240
`;

class Playground {
  constructor() {
    this.editor = $("editor");
    const tools = { code: () => this.openCode(), share: () => this.share() };
    this.page = new Page($("layout-code").textContent, tools);
    this.page.choose = (name) => this.choose(name);
    this.network = "";
    this.next = 0;
    this.pending = false;
    this.startWorker();
    this.editor.addEventListener("input", () => this.edited());
    this.editor.addEventListener("pointermove", (event) => this.over(event));
    this.editor.addEventListener("pointerleave", () => this.page.lookAtLine(null));
    this.editor.addEventListener("keydown", (event) => this.indent(event));
    window.addEventListener("hashchange", () => this.openLink());
    this.openLink();
  }

  startWorker() {
    const policy = window.trustedTypes?.createPolicy("python", { createScriptURL: () => new URL("worker.mjs", location.href).href });
    const url = policy ? policy.createScriptURL("") : new URL("worker.mjs", location.href);
    this.worker = new Worker(url, { type: "module" });
    this.ready = false;
    this.busy = false;
    this.worker.onmessage = ({ data }) => (data.stage === undefined ? this.answered(data) : this.progress(data));
    this.worker.onerror = (event) => this.progress({ stage: `Python did not start: ${event.message ?? "no worker"}`, done: 0 });
  }

  progress({ stage, done }) {
    $("progress").hidden = done === 1;
    $("progress-bar").value = done;
    $("progress-text").textContent = stage;
    if (done !== 1) return;
    this.ready = true;
    this.ask();
  }

  async openLink() {
    const link = new URLSearchParams(location.hash.slice(1));
    let text = EXAMPLE;
    try {
      if (link.has("s")) text = await unpack(link.get("s"));
    } catch (problem) {
      say(`The link holds no spec: ${problem.message}`);
    }
    if (text === this.editor.value) return;
    this.network = link.get("n") ?? "";
    this.editor.value = text;
    this.edited();
  }

  edited() {
    const text = this.editor.value;
    const words = this.doc ?? { keywords: [], kinds: [] };
    this.page.spec.turnTo(0);
    this.page.spec.show([{ name: "net.arch", text }], [], words);
    clearTimeout(this.timer);
    this.timer = setTimeout(() => this.ask(), 90);
  }

  choose(name) {
    this.network = name;
    this.ask();
  }

  ask() {
    if (!this.ready || this.busy) {
      this.pending = true;
      return;
    }
    this.pending = false;
    this.busy = true;
    this.asked = this.editor.value;
    this.worker.postMessage({ id: (this.next += 1), text: this.asked, network: this.network });
    this.alarm = setTimeout(() => {
      this.worker.terminate();
      say("This spec took too long; Python starts again.");
      this.startWorker();
    }, PATIENCE);
  }

  async answered({ id, json, error }) {
    if (id !== this.next) return;
    clearTimeout(this.alarm);
    this.busy = false;
    if (this.pending || this.asked !== this.editor.value) {
      this.ask();
      return;
    }
    if (error) {
      say(error);
      return;
    }
    this.doc = JSON.parse(json);
    $("source").textContent = this.doc.source ?? "";
    await this.page.show(this.doc);
    const link = await linkTo(this.asked, this.network);
    if (this.asked === this.editor.value) history.replaceState(null, "", link);
  }

  async share() {
    const link = new URL(await linkTo(this.editor.value, this.network), location.href).href;
    history.replaceState(null, "", link);
    try {
      await navigator.clipboard.writeText(link);
      say("The link to this spec is copied.");
    } catch {
      say("The address of this page is now the link to this spec.");
    }
  }

  openCode() {
    togglePane("code");
  }

  over(event) {
    const height = this.page.spec.rows?.[0]?.offsetHeight;
    const line = height ? Math.floor((event.offsetY - 8) / height) + 1 : 0;
    if (line > 0 && line !== this.line) this.page.lookAtLine([0, line]);
    this.line = line;
  }

  /** Tab indents; Escape lets the key go on to the next control. */
  indent(event) {
    if (event.key === "Escape") $("search").focus();
    if (event.key !== "Tab" || event.shiftKey) return;
    event.preventDefault();
    this.editor.setRangeText("    ", this.editor.selectionStart, this.editor.selectionEnd, "end");
    this.edited();
  }
}

async function linkTo(text, network) {
  const more = network ? `&n=${encodeURIComponent(network)}` : "";
  return `#s=${await pack(text)}${more}`;
}

async function pack(text) {
  const stream = new Blob([text]).stream().pipeThrough(new CompressionStream("deflate-raw"));
  const bytes = new Uint8Array(await new Response(stream).arrayBuffer());
  const binary = Array.from(bytes, (b) => String.fromCharCode(b)).join("");
  return btoa(binary).replaceAll("+", "-").replaceAll("/", "_").replaceAll("=", "");
}

/** The text of a link; a few bytes that unpack to a giant are refused. */
async function unpack(link) {
  const bytes = Uint8Array.from(atob(link.replaceAll("-", "+").replaceAll("_", "/")), (c) => c.charCodeAt(0));
  const reader = new Blob([bytes]).stream().pipeThrough(new DecompressionStream("deflate-raw")).getReader();
  const decoder = new TextDecoder("utf-8", { fatal: true });
  let text = "";
  for (let part = await reader.read(); !part.done; part = await reader.read()) {
    text += decoder.decode(part.value, { stream: true });
    if (text.length > LONGEST) throw new Error("it is too long");
  }
  return text + decoder.decode();
}

new Playground();
