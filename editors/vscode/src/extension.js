// The client: starts `archdsl lsp`, shows error pages, and draws the network beside the text.
"use strict";

const vscode = require("vscode");
const { LanguageClient } = require("vscode-languageclient/node");

const PAGES = "archdsl-explain";
let client;
let preview;

async function activate(context) {
  context.subscriptions.push(
    vscode.commands.registerCommand("archdsl.restart", restart),
    vscode.commands.registerCommand("archdsl.showDiagram", showDiagram),
    vscode.workspace.registerTextDocumentContentProvider(PAGES, { provideTextDocumentContent }),
    vscode.workspace.onDidChangeConfiguration((change) => {
      if (change.affectsConfiguration("archdsl")) restart();
    }),
    vscode.workspace.onDidChangeTextDocument((change) => preview?.changed(change.document)),
  );
  await start();
}

async function deactivate() {
  await client?.stop();
  client = undefined;
}

async function start() {
  const settings = vscode.workspace.getConfiguration("archdsl");
  const [command = "archdsl", ...args] = settings.get("command") ?? [];
  client = new LanguageClient(
    "archdsl",
    "archdsl",
    { command, args: [...args, "lsp"] },
    {
      documentSelector: [
        { language: "archdsl", scheme: "file" },
        { language: "archdsl", scheme: "untitled" },
      ],
      synchronize: { fileEvents: vscode.workspace.createFileSystemWatcher("**/*.arch") },
      initializationOptions: {
        hints: settings.get("hints") ?? true,
        lint: settings.get("lint") ?? true,
        lensCommand: "archdsl.showDiagram",
        explain: `${PAGES}:/`,
      },
      middleware: {
        provideCodeLenses: (document, token, next) =>
          settings.get("totals") === false ? [] : next(document, token),
      },
    },
  );
  try {
    await client.start();
  } catch (reason) {
    const open = "Open Settings";
    const shown = `archdsl did not start (${command}): ${reason?.message ?? reason}. Install it with pip install 'archdsl[lsp]', or set archdsl.command.`;
    const chosen = await vscode.window.showErrorMessage(shown, open);
    if (chosen === open) {
      await vscode.commands.executeCommand("workbench.action.openSettings", "archdsl.command");
    }
  }
}

async function restart() {
  await deactivate().catch(() => undefined);
  await start();
}

// The page of an error: what the link on its code opens.
async function provideTextDocumentContent(uri) {
  const id = uri.path.replace(/^\//, "");
  const found = await client.sendRequest("archdsl/explain", { id });
  return found.page || `No page on ${id}.`;
}

// --- the diagram beside the text -----------------------------------------------------------------

async function showDiagram(uri) {
  const shown = vscode.window.activeTextEditor?.document.uri.toString();
  const wanted = typeof uri === "string" ? uri : shown;
  if (!wanted) return;
  preview ??= new Preview();
  await preview.show(wanted);
}

class Preview {
  constructor() {
    this.panel = vscode.window.createWebviewPanel(
      "archdsl.diagram",
      "Diagram",
      { viewColumn: vscode.ViewColumn.Beside, preserveFocus: true },
      { enableScripts: true, retainContextWhenHidden: true },
    );
    this.panel.onDidDispose(() => {
      clearTimeout(this.timer);
      preview = undefined;
    });
    this.panel.webview.onDidReceiveMessage((message) => {
      this.network = String(message.network ?? "");
      this.show(this.uri);
    });
  }

  changed(document) {
    if (document.uri.toString() !== this.uri) return;
    clearTimeout(this.timer);
    this.timer = setTimeout(() => this.show(this.uri), 400);
  }

  async show(uri) {
    if (uri !== this.uri) this.network = "";
    this.uri = uri;
    let found;
    try {
      found = await client.sendRequest("archdsl/draw", { uri, network: this.network });
    } catch {
      return; // the text has changed meanwhile: the next answer comes
    }
    if (!found || (!found.svg && !found.problem)) return; // wrong text: the last picture stays
    this.panel.title = found.network || "Diagram";
    this.panel.webview.html = page(found);
  }
}

function page({ svg, networks, network, problem }) {
  const nonce = Array.from({ length: 24 }, () => Math.floor(Math.random() * 36).toString(36)).join("");
  const choices = networks
    .map((n) => `<option${n === network ? " selected" : ""}>${escape(n)}</option>`)
    .join("");
  const picture = svg ? svg.slice(Math.max(0, svg.indexOf("<svg"))) : `<p>${escape(problem ?? "")}</p>`;
  return `<!DOCTYPE html><html><head><meta charset="utf-8">
<meta http-equiv="Content-Security-Policy" content="default-src 'none'; style-src 'unsafe-inline'; script-src 'nonce-${nonce}'">
<style>body{background:#fff;color:#000;margin:8px}svg{max-width:100%;height:auto}</style></head>
<body>${networks.length > 1 ? `<select id="n">${choices}</select><br>` : ""}${picture}
<script nonce="${nonce}">
const api = acquireVsCodeApi();
document.getElementById("n")?.addEventListener("change", (e) => api.postMessage({ network: e.target.value }));
</script></body></html>`;
}

function escape(text) {
  return text.replace(/[&<>"']/g, (c) => `&#${c.charCodeAt(0)};`);
}

module.exports = { activate, deactivate };
