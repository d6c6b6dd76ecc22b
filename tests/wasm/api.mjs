// What `vbc-wasi.js` offers to JavaScript, as docs/wasm.md describes it.

import { Exit, File, Folder, Link, Wasi, run } from "../../lib/js/vbc-wasi.js";
import { fromHex } from "./hex.mjs";

const bytes = (text) => new TextEncoder().encode(text);

/** Collects what is written, as a text. */
function collector() {
  const decoder = new TextDecoder();
  const write = (part) => (write.text += decoder.decode(part, { stream: true }));
  write.text = "";
  return write;
}

/** Calls functions of WASI as a command would. */
function calling(wasi, action) {
  const memory = new WebAssembly.Memory({ initial: 3 });
  const _start = () => action(wasi.imports.wasi_snapshot_preview1, new DataView(memory.buffer));
  return wasi.start({ exports: { memory, _start } });
}

/** What is thrown, or undefined. */
async function thrown(action) {
  try {
    await action();
  } catch (error) {
    return error;
  }
}

/** What must hold; each gets programs by name, and a function that compares. */
const CHECKS = {
  async "run takes bytes, modules, responses and promises of them"({ wc }, expect) {
    const sources = [wc, wc.buffer, new WebAssembly.Module(wc), new Response(wc), Promise.resolve(new Response(wc))];
    for (const source of sources) {
      const stdout = collector();
      expect(await run(source, { stdin: "a b\n", stdout }), 0);
      expect(stdout.text, "      1       2       4\n");
    }
    const error = await thrown(() => run(new Response("gone", { status: 404 })));
    expect(error.message.includes("404"), true);
    expect(await thrown(() => run(bytes("no module"))) instanceof WebAssembly.CompileError, true);
  },

  async "input comes in any form and in pieces"({ wc }, expect) {
    const pieces = ["one two", bytes(" three\n"), new DataView(bytes("four\n").buffer), bytes("five").buffer];
    const left = [...pieces];
    const stdins = ["one two three\nfour\nfive", bytes("one two three\nfour\nfive"), () => left.shift()];
    for (const stdin of stdins) {
      const stdout = collector();
      await run(wc, { stdin, stdout });
      expect(stdout.text, "      2       5      23\n");
    }
    const nothing = [() => undefined, () => null, () => "", undefined];
    for (const stdin of nothing) {
      const stdout = collector();
      await run(wc, { stdin, stdout });
      expect(stdout.text, "      0       0       0\n");
    }
  },

  async "what output throws ends the program"({ wc }, expect) {
    const error = new Error("closed");
    const stdout = () => {
      throw error;
    };
    expect(await thrown(() => run(wc, { stdout })), error);
    expect(await run(wc), 0);
  },

  async "traps are exceptions"({ trap }, expect) {
    const stderr = collector();
    expect(await thrown(() => run(trap, { stderr })) instanceof WebAssembly.RuntimeError, true);
    expect(stderr.text, "trap: assertion failed\n");
  },

  async "libraries are called, and may end"({ library }, expect) {
    const stdout = collector();
    const wasi = new Wasi({ args: ["library", "x"], stdout });
    const { instance } = await WebAssembly.instantiate(library, wasi.imports);
    const early = await thrown(() => instance.exports.arguments());
    expect(early.message.startsWith("start or initialize must be called first"), true);
    wasi.initialize(instance);
    expect(stdout.text, "ready\n");
    expect(instance.exports.arguments(), 2n);
    const error = await thrown(() => instance.exports.leave(7));
    expect([error instanceof Exit, error.code, error.message].join(), "true,7,the program has ended with exit code 7");
  },

  async "folders are what was put into them, and what programs left"({ files }, expect) {
    const sub = new Folder();
    const folder = new Folder({ text: "ä", bytes: bytes("b"), sub, plain: { deep: { file: new File("c") } }, link: new Link("text") });
    expect(folder.names().join(), "bytes,link,plain,sub,text");
    expect(folder.get("text").text, "ä");
    expect(folder.get("text").bytes.join(), "195,164");
    expect(folder.get("plain/deep/file").text, "c");
    expect(folder.get("sub") === sub, true);
    expect(folder.get("none/file") ?? folder.get("text/file"), undefined);
    for (const name of ["", ".", "..", "a/b", "a\0"]) expect((await thrown(() => folder.set(name, ""))) instanceof TypeError, true);
    for (const item of [5n, null]) expect((await thrown(() => folder.set("item", item))) instanceof TypeError, true);
    const stdout = collector();
    expect(await run(files, { folders: { ".": sub }, stdout }), 0);
    expect(sub.get("note.txt").text, "one line\nand another\n");
    expect(stdout.text, "one line\nand another\n.\n..\nnote.txt\n");
    // Names are in the order of their bytes, not of JavaScript's characters.
    const names = ["\u{1f600}", "\uffff", "ab", "a"];
    expect(new Folder(Object.fromEntries(names.map((name) => [name, ""]))).names().join(), "a,ab,\uffff,\u{1f600}");
  },

  async "folders lie in each other as deep as one likes"(_, expect) {
    let tree = {};
    for (let depth = 0; depth < 50_000; depth += 1) tree = { d: tree };
    const top = new Folder({ tree, other: {} });
    calling(new Wasi({ folders: { ".": top } }), ({ path_rename }, memory) => {
      const rename = (old, name) => {
        const paths = [old, name].map(bytes);
        for (const [n, path] of paths.entries()) new Uint8Array(memory.buffer, 100 * n).set(path);
        return path_rename(3, 0, paths[0].length, 3, 100, paths[1].length);
      };
      // Not into itself, and not over what holds it.
      expect(rename("tree", "tree/d/d/new"), 28);
      expect(rename("tree/d/d", "tree"), 55);
      expect(rename("tree", "other/tree"), 0);
    });
    let depth = 0;
    for (let folder = top.get("other/tree"); folder !== undefined; folder = folder.get("d")) depth += 1;
    expect(depth, 50_001);
  },

  async "random bytes fill every length"(_, expect) {
    calling(new Wasi(), ({ random_get }, memory) => {
      expect(random_get(5, 140_000), 0);
      const filled = new Uint8Array(memory.buffer);
      for (const from of [5, 70_000, 131_080, 139_000]) expect(filled.subarray(from, from + 100).some((byte) => byte !== 0), true);
      expect(filled.subarray(0, 5).join() + filled.subarray(140_005).some((byte) => byte !== 0), "0,0,0,0,0false");
    });
  },

  async "clocks go on, and waiting takes its time"(_, expect) {
    calling(new Wasi(), ({ clock_time_get, poll_oneoff }, memory) => {
      const time = (clock) => {
        expect(clock_time_get(clock, 0n, 0), 0);
        return memory.getBigUint64(0, true);
      };
      const difference = Number(time(0)) / 1e6 - Date.now();
      expect(Math.abs(difference) < 2000, true);
      const before = time(1);
      // After 30 milliseconds on the monotonic clock.
      memory.setUint32(64 + 16, 1, true);
      memory.setBigUint64(64 + 24, 30_000_000n, true);
      expect(poll_oneoff(64, 256, 1, 8), 0);
      const passed = Number(time(1) - before) / 1e6;
      expect(passed >= 29 && passed < 10_000, true);
      expect(time(2) <= time(1), true);
    });
  },

  async "exit codes are what the program says"(_, expect) {
    for (const code of [0, 1, 255, 1000]) expect(calling(new Wasi(), ({ proc_exit }) => proc_exit(code)), code);
  },
};

/** Checks everything, with programs by name; gives what does not hold. */
export async function check(programs) {
  const modules = Object.fromEntries(Object.entries(programs).map(([name, hex]) => [name, fromHex(hex)]));
  const failures = [];
  for (const [name, action] of Object.entries(CHECKS)) {
    const expect = (found, expected) => {
      if (found !== expected) throw new Error(`${found}, expected ${expected}`);
    };
    await action(modules, expect).catch((error) => failures.push(`${name}: ${error.stack}`));
  }
  return failures;
}
