// What npm builds: the .vsix holds what it must and nothing else, and the client in it starts the
// real server, opens a text and hears of its mistake. `vscode` itself is a stand-in.
"use strict";

const assert = require("node:assert");
const { execFileSync } = require("node:child_process");
const fs = require("node:fs");
const Module = require("node:module");
const os = require("node:os");
const path = require("node:path");
const test = require("node:test");

const here = path.join(__dirname, "..");
const vsix = path.join(here, "dist", "archdsl.vsix");

test("the package holds the extension and no sources", () => {
  const list = execFileSync("python3", ["-m", "zipfile", "-l", vsix], { encoding: "utf8" });
  const files = list.split("\n").map((line) => line.split(/\s+/)[0]).filter((f) => f.startsWith("extension/"));
  assert.deepStrictEqual(
    files.map((f) => f.toLowerCase()).sort(),
    [
      "dist/extension.js",
      "icon.png",
      "language-configuration.json",
      "license.txt",
      "package.json",
      "readme.md",
      "syntaxes/arch.tmlanguage.json",
      "syntaxes/markdown.tmlanguage.json",
    ].map((f) => `extension/${f}`),
  );
  assert.ok(fs.statSync(vsix).size < 1_000_000);
});

test("its own files are JSON, and its licence is the project's", () => {
  for (const name of ["language-configuration.json", "syntaxes/markdown.tmLanguage.json", "package.json"]) {
    JSON.parse(fs.readFileSync(path.join(here, name), "utf8"));
  }
  const licence = (folder) => fs.readFileSync(path.join(here, folder, "LICENSE"), "utf8");
  assert.strictEqual(licence("."), licence("../.."));
});

test("the client starts the server and hears of a mistake", { timeout: 60_000 }, async () => {
  const folder = fs.mkdtempSync(path.join(os.tmpdir(), "arch-"));
  const python = process.env.ARCHDSL_PYTHON ?? path.join(here, "..", "..", ".venv", "bin", "python");
  const { vscode, published, open, commands } = standIn([python, "-m", "archdsl"], folder);
  const load = Module._load;
  Module._load = (name, ...rest) => (name === "vscode" ? vscode : load(name, ...rest));
  try {
    execFileSync("python3", ["-m", "zipfile", "-e", vsix, folder]);
    const extension = require(path.join(folder, "extension", "dist", "extension.js"));
    await extension.activate({ subscriptions: [] });
    open("input 3x32x32\nconvv3-8, relu\n");
    const [found] = await published((diagnostics) => diagnostics.length === 1);
    assert.match(found.message, /convv3/);
    assert.ok(commands.has("archdsl.showDiagram") && commands.has("archdsl.restart"));
    await extension.deactivate();
  } finally {
    Module._load = load;
    fs.rmSync(folder, { recursive: true, force: true });
  }
});

// As much of `vscode` as the client touches: named things where they matter, and for all else a
// thing that can be called, made and asked for anything.
function standIn(command, folder) {
  class Disposable {
    dispose() {}
  }
  class Emitter {
    constructor() {
      this.listeners = [];
      this.event = (f) => (this.listeners.push(f), new Disposable());
    }
    fire(value) {
      for (const f of this.listeners) f(value);
    }
    dispose() {}
  }
  class Position {
    constructor(line, character) {
      Object.assign(this, { line, character });
    }
  }
  class Range {
    constructor(start, end) {
      Object.assign(this, { start, end });
    }
  }
  class Location {
    constructor(uri, range) {
      Object.assign(this, { uri, range });
    }
  }
  class Diagnostic {
    constructor(range, message, severity) {
      Object.assign(this, { range, message, severity });
    }
  }
  class Uri {
    constructor(text) {
      this.text = text;
      this.scheme = text.split(":")[0];
      this.fsPath = this.path = text.replace(/^file:\/\//, "");
    }
    static parse(text) {
      return new Uri(text);
    }
    static file(file) {
      return new Uri(`file://${file}`);
    }
    toString() {
      return this.text;
    }
  }
  const anything = (name) => {
    const target = class {};
    Object.defineProperty(target, "name", { value: name });
    return new Proxy(target, {
      get: (of, key) => (key in of || typeof key === "symbol" ? of[key] : (of[key] = anything(String(key)))),
      apply: () => new Disposable(),
      construct: () => ({}),
    });
  };
  const opened = new Emitter();
  const commands = new Map();
  const waiting = [];
  let newest = [];
  const collection = {
    set(_, diagnostics) {
      newest = diagnostics ?? [];
      for (const check of waiting) check();
    },
    delete() {},
    clear() {},
    forEach() {},
    dispose() {},
  };
  const settings = { command, hints: true, lint: true };
  const channel = { append() {}, appendLine: () => {}, show() {}, clear() {}, replace() {}, dispose() {} };
  const on = () => new Disposable();
  const part = (named) => new Proxy(named, { get: (of, key) => of[key] ?? anything(String(key)) });
  const vscode = part({
    version: "1.95.0",
    Disposable: Object.assign(Disposable, { from: () => new Disposable() }),
    EventEmitter: Emitter,
    CancellationTokenSource: class {
      constructor() {
        this.token = { isCancellationRequested: false, onCancellationRequested: on };
      }
      cancel() {}
      dispose() {}
    },
    Position,
    Range,
    Location,
    Diagnostic,
    DiagnosticRelatedInformation: class {},
    Uri,
    DiagnosticSeverity: { Error: 0, Warning: 1, Information: 2, Hint: 3 },
    env: { language: "en", appName: "stand-in", openExternal() {} },
    extensions: { getExtension: () => undefined },
    commands: part({
      registerCommand: (name, f) => (commands.set(name, f), new Disposable()),
      executeCommand: async () => undefined,
    }),
    languages: part({
      createDiagnosticCollection: () => collection,
      match: (selectors, document) =>
        [selectors].flat().some((s) => s.language === document.languageId && s.scheme === document.uri.scheme) ? 10 : 0,
      onDidChangeDiagnostics: on,
    }),
    window: part({
      createOutputChannel: () => channel,
      showErrorMessage: async (text) => assert.fail(text),
      onDidChangeActiveTextEditor: on,
      onDidChangeVisibleTextEditors: on,
      onDidChangeWindowState: on,
      visibleTextEditors: [],
      tabGroups: { all: [], onDidChangeTabs: on, onDidChangeTabGroups: on },
      withProgress: async (_, f) => f({ report() {} }),
    }),
    workspace: part({
      getConfiguration: () => ({ get: (name, other) => settings[name] ?? other, has: () => false, inspect: () => undefined }),
      workspaceFolders: [{ uri: Uri.file(folder), name: "arch", index: 0 }],
      textDocuments: [],
      notebookDocuments: [],
      onDidOpenTextDocument: opened.event,
      createFileSystemWatcher: () => ({ onDidCreate: on, onDidChange: on, onDidDelete: on, dispose() {} }),
      onDidChangeTextDocument: on,
      onDidCloseTextDocument: on,
      onDidSaveTextDocument: on,
      onWillSaveTextDocument: on,
      onDidChangeConfiguration: on,
      onDidChangeWorkspaceFolders: on,
      onDidCreateFiles: on,
      onDidRenameFiles: on,
      onDidDeleteFiles: on,
      onWillCreateFiles: on,
      onWillRenameFiles: on,
      onWillDeleteFiles: on,
      onDidOpenNotebookDocument: on,
      onDidCloseNotebookDocument: on,
      onDidChangeNotebookDocument: on,
      onDidSaveNotebookDocument: on,
      registerTextDocumentContentProvider: on,
    }),
  });
  const open = (text) => {
    const uri = Uri.file(path.join(folder, "net.arch"));
    const document = { uri, languageId: "archdsl", version: 1, getText: () => text, isClosed: false, fileName: uri.fsPath };
    vscode.workspace.textDocuments.push(document);
    opened.fire(document);
  };
  const published = (wanted) =>
    new Promise((resolve) => {
      const check = () => wanted(newest) && resolve(newest);
      waiting.push(check);
      check();
    });
  return { vscode, published, open, commands };
}
