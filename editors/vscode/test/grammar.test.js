// The TextMate grammar colours real specs: every kind, keyword, label and reference of them.
"use strict";

const assert = require("node:assert");
const fs = require("node:fs");
const path = require("node:path");
const test = require("node:test");
const oniguruma = require("vscode-oniguruma");
const { INITIAL, Registry, parseRawGrammar } = require("vscode-textmate");

const here = path.join(__dirname, "..");
const root = path.join(here, "..", "..");

async function load(scope) {
  const wasm = fs.readFileSync(require.resolve("vscode-oniguruma/release/onig.wasm")).buffer;
  await oniguruma.loadWASM(wasm);
  const registry = new Registry({
    onigLib: Promise.resolve({
      createOnigScanner: (patterns) => new oniguruma.OnigScanner(patterns),
      createOnigString: (text) => new oniguruma.OnigString(text),
    }),
    loadGrammar: async () => {
      const file = path.join(here, "syntaxes", "arch.tmLanguage.json");
      return parseRawGrammar(fs.readFileSync(file, "utf8"), file);
    },
  });
  return registry.loadGrammar(scope);
}

let loaded;
const grammar = () => (loaded ??= load("source.arch"));

async function scopes(text) {
  const found = [];
  let state = INITIAL;
  for (const line of text.split("\n")) {
    const { tokens, ruleStack } = (await grammar()).tokenizeLine(line, state);
    state = ruleStack;
    for (const t of tokens) {
      const scope = t.scopes[t.scopes.length - 1].replace(/\.arch$/, "");
      found.push([line.slice(t.startIndex, t.endIndex).trim(), scope]);
    }
  }
  return found.filter(([word]) => word);
}

async function has(text, wanted) {
  const found = Object.fromEntries(await scopes(text));
  for (const [word, scope] of Object.entries(wanted)) assert.strictEqual(found[word], scope, word);
}

test("layers, numbers and references", async () => {
  await has("stem: conv3-64/2(pad=0, act=relu) x3, soft-max, maxpool3", {
    stem: "entity.name.label",
    conv: "support.type.layer",
    64: "constant.numeric",
    pad: "variable.parameter",
    relu: "support.type.layer",
    x3: "keyword.operator.repeat",
    "soft-max": "support.type.layer",
    maxpool: "support.type.layer",
  });
  await has("add[ @stem.c | y: FC-10 ]", {
    add: "support.type.layer",
    "@stem": "variable.other.reference",
    y: "entity.name.label",
    FC: "support.type.layer",
  });
});

test("statements", async () => {
  await has("network VGG-A-LRN(classes=10) {", {
    network: "keyword.control",
    "VGG-A-LRN": "entity.name.type.class",
    classes: "variable.parameter",
  });
  await has("expect VGG-A: params ~ 60M", {
    expect: "keyword.control",
    "VGG-A": "entity.name.type.class",
    "60M": "constant.numeric",
  });
  await has("let w = divisible(32*width, 8)", {
    let: "keyword.control",
    w: "variable.other.constant",
    divisible: "support.function",
  });
  await has("use std/resnet: basic # for both", {
    use: "keyword.control",
    "std/resnet": "entity.name.namespace",
    "# for both": "comment.line.number-sign",
  });
  await has("input left: seq 196x768", {
    left: "entity.name.label",
    seq: "storage.type",
    "196x768": "constant.numeric",
  });
  await has("for i in 0..4 { basic(64, stride=2 then 1) }", {
    for: "keyword.control",
    in: "keyword.control",
    then: "keyword.control",
    basic: "entity.name.function.call",
  });
});

test("every spec: its words have a colour", async () => {
  const folder = path.join(root, "specs");
  for (const name of fs.readdirSync(folder).filter((n) => n.endsWith(".arch"))) {
    const found = await scopes(fs.readFileSync(path.join(folder, name), "utf8"));
    const plain = found.filter(([word, scope]) => scope === "source" && /^[@A-Za-z]/.test(word));
    const ratio = plain.length / found.length;
    assert.ok(found.length > 20 && ratio < 0.2, `${name}: ${ratio} ${plain.slice(0, 12).join(" ")}`);
    for (const word of ["network", "default"]) {
      const odd = found.filter(([w, s]) => w === word && s !== "keyword.control" && !s.startsWith("comment"));
      assert.deepStrictEqual(odd, [], name);
    }
  }
});
