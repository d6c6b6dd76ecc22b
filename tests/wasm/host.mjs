// What a module of the tests is given, by our own JavaScript.

import { Exit, File, Folder, Link, Wasi } from "../../lib/js/vbc-wasi.js";
import { fromHex, toHex } from "./hex.mjs";

/** A folder of `{"file": HEX}`, `{"link": TARGET}` and `{"folder": {NAME: ...}}`. */
function toFolder(tree) {
  const folder = new Folder();
  for (const [name, item] of Object.entries(tree.folder)) {
    if ("file" in item) folder.set(name, new File(fromHex(item.file)));
    else if ("link" in item) folder.set(name, new Link(item.link));
    else folder.set(name, toFolder(item));
  }
  return folder;
}

function fromFolder(folder) {
  const show = (item) => {
    if (item instanceof File) return { file: toHex(item.bytes) };
    return item instanceof Link ? { link: item.target } : fromFolder(item);
  };
  return { folder: Object.fromEntries(folder.names().map((name) => [name, show(folder.get(name))])) };
}

/** Keeps what is written to it. */
class Sink {
  parts = [];

  write = (bytes) => this.parts.push(bytes);

  get bytes() {
    return Uint8Array.from(this.parts.flatMap((part) => [...part]));
  }
}

const text = (hex) => new TextDecoder().decode(fromHex(hex));

/** The host for a request. */
export function makeHost(request) {
  const [stdout, stderr] = [new Sink(), new Sink()];
  const tree = request.tree && toFolder(request.tree);
  const given = (request.given ?? []).map(([name, path]) => [name, path === "" ? tree : tree.get(path)]);
  const wasi = new Wasi({
    args: (request.args ?? []).map(text),
    env: Object.fromEntries((request.env ?? []).map(([name, value]) => [text(name), text(value)])),
    stdin: fromHex(request.stdin ?? ""),
    stdout: stdout.write,
    stderr: stderr.write,
    folders: Object.fromEntries(given),
    ...(request.impatient && { sleep: () => {} }),
  });
  return {
    imports: wasi.imports,
    initialize: (instance) => wasi.initialize(instance),
    start: (instance) => wasi.start(instance),
    exitCode: (error) => (error instanceof Exit ? error.code : undefined),
    stdout: () => stdout.bytes,
    stderr: () => stderr.bytes,
    tree: () => tree && fromFolder(tree),
  };
}
