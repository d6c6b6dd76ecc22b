// Runs WebAssembly modules in Node for the tests: a request is a line on standard input, its answer one on standard
// output. The argument determines what they are given: `node` for Node's own WASI, `ours` for our JavaScript.

import fs from "node:fs";
import os from "node:os";
import path from "node:path";
import readline from "node:readline";
import { WASI } from "node:wasi";
import { makeHost } from "./host.mjs";
import { fromHex } from "./hex.mjs";
import { Instances } from "./instances.mjs";

class Exit {
  constructor(code) {
    this.code = code;
  }
}

const text = (hex) => new TextDecoder().decode(fromHex(hex));

/** Node wants a memory, also of a module that needs none. */
function withMemory({ exports }) {
  return { exports: { ...exports, memory: exports.memory ?? new WebAssembly.Memory({ initial: 1 }) } };
}

function makeNodeHost(request) {
  const folder = fs.mkdtempSync(path.join(os.tmpdir(), "vbc-node-"));
  const at = (name) => path.join(folder, name);
  fs.writeFileSync(at("stdin"), fromHex(request.stdin ?? ""));
  const [stdin, stdout, stderr] = [fs.openSync(at("stdin"), "r"), fs.openSync(at("stdout"), "w"), fs.openSync(at("stderr"), "w")];
  const wasi = new WASI({
    version: "preview1",
    args: (request.args ?? []).map(text),
    env: Object.fromEntries((request.env ?? []).map(([name, value]) => [text(name), text(value)])),
    preopens: Object.fromEntries(request.folder ? [[request.folder[1], request.folder[0]]] : []),
    ...{ stdin, stdout, stderr },
  });
  const functions = { ...wasi.wasiImport };
  let ends;
  // Node catches the end of a command only.
  functions.proc_exit = (code) => {
    if (ends) ends(code);
    throw new Exit(code);
  };
  return {
    imports: { wasi_snapshot_preview1: functions },
    initialize: (instance) => wasi.initialize(withMemory(instance)),
    start: (instance) => {
      ends = wasi.wasiImport.proc_exit;
      return wasi.start(withMemory(instance));
    },
    exitCode: (error) => (error instanceof Exit ? error.code : undefined),
    stdout: () => fs.readFileSync(at("stdout")),
    stderr: () => fs.readFileSync(at("stderr")),
    drop() {
      for (const file of [stdin, stdout, stderr]) fs.closeSync(file);
      fs.rmSync(folder, { recursive: true });
    },
  };
}

const instances = new Instances(process.argv[2] === "node" ? makeNodeHost : makeHost);
for await (const line of readline.createInterface({ input: process.stdin })) {
  process.stdout.write(`${await instances.answer(line)}\n`);
}
