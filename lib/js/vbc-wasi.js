// WASI preview 1 for JavaScript: runs what `vbc-wasm` makes in browsers, in their workers, and in every other host that
// has WebAssembly.
//
//     import { run } from "./vbc-wasi.js";
//     const code = await run(fetch("main.wasm"), {
//       args: ["main", "20"],
//       stdin: "some input\n",
//       stdout: (bytes) => console.log(new TextDecoder().decode(bytes)),
//     });
//
// The calls do what docs/wasi.md specifies; docs/wasm.md describes what is different here.

import { Stream, Table, descriptorCalls } from "./descriptors.js";
import { Errno, Failure, fail } from "./errno.js";
import { File, Folder, Link, now, toBytes } from "./files.js";
import { Memory } from "./memory.js";
import { pathCalls } from "./paths.js";
import { pollCalls, sleep } from "./poll.js";

export { File, Folder, Link };

/**
 * What is thrown through a program that ends itself. {@link Wasi#start} catches it; whoever calls other exports has to
 * catch it too.
 */
export class Exit extends Error {
  constructor(code) {
    super(`the program has ended with exit code ${code}`);
    this.name = "Exit";
    this.code = code;
  }
}

/**
 * Compiles, instantiates and runs a command; returns its exit code.
 *
 * `source` is a Response or the promise of one (what `fetch` returns), bytes, or a WebAssembly.Module; `options` are
 * those of {@link Wasi}. A program that traps throws a WebAssembly.RuntimeError or, when the stack is exhausted, what
 * the engine throws then (a RangeError or InternalError); a module that is not valid a WebAssembly.CompileError; one
 * that needs other imports a TypeError or WebAssembly.LinkError.
 */
export async function run(source, options) {
  let module = await source;
  if (typeof Response !== "undefined" && module instanceof Response) {
    if (!module.ok) throw new Error(`${module.url}: ${module.status} ${module.statusText}`);
    module = await module.arrayBuffer();
  }
  if (!(module instanceof WebAssembly.Module)) module = await WebAssembly.compile(module);
  const wasi = new Wasi(options);
  return wasi.start(await WebAssembly.instantiate(module, wasi.imports));
}

/** What one program is given, and the functions through which it reaches that. */
export class Wasi {
  #memory = new Memory();
  #functions = {};

  /**
   * All options may be left out.
   *
   * - `args`: the arguments, the program's name first.
   * - `env`: names and values of variables.
   * - `stdin`: a text or bytes, or a function that returns more of them each time, and none or nothing at the end.
   * - `stdout`, `stderr`: functions that are called with the bytes that the program writes. What they throw ends the
   *   program.
   * - `folders`: names with what they stand for, a {@link Folder} or what one is made from.
   * - `sleep`: a function that waits for the number of milliseconds that it is given.
   */
  constructor({ args = ["program"], env = {}, stdin = "", stdout = () => {}, stderr = () => {}, folders = {}, sleep: wait = sleep } = {}) {
    const table = new Table(new Stream(stdin), new Stream(undefined, stdout), new Stream(undefined, stderr));
    for (const [name, folder] of Object.entries(folders)) {
      table.give(folder instanceof Folder ? folder : new Folder(folder), name);
    }
    const variables = Object.entries(env).map(([name, value]) => `${name}=${value}`);
    const clock = clockReader();
    const calls = {
      ...processCalls(this.#memory, args.map(toBytes), variables.map(toBytes), clock),
      ...descriptorCalls(this.#memory, table),
      ...pathCalls(this.#memory, table),
      ...pollCalls(this.#memory, table, clock, wait),
    };
    for (const [name, call] of Object.entries(calls)) this.#functions[name] = wasiFunction(call);
  }

  /** The imports with which a module is instantiated. */
  get imports() {
    return { wasi_snapshot_preview1: this.#functions };
  }

  /** Runs a command's `_start`; returns its exit code. */
  start(instance) {
    this.#memory.memory = instance.exports.memory;
    try {
      instance.exports._start();
      return 0;
    } catch (error) {
      if (error instanceof Exit) return error.code;
      throw error;
    }
  }

  /** Runs a library's `_initialize`; then its other exports may be called. */
  initialize(instance) {
    this.#memory.memory = instance.exports.memory;
    instance.exports._initialize?.();
  }
}

/** What a program calls: its numbers come with a sign that none of WASI's have, and errors go back as numbers. */
function wasiFunction(call) {
  return (...args) => {
    try {
      call(...args.map((arg) => (typeof arg === "bigint" ? BigInt.asUintN(64, arg) : arg >>> 0)));
      return 0;
    } catch (error) {
      if (error instanceof Failure) return error.errno;
      throw error;
    }
  };
}

/** A function that reads a clock of WASI, in nanoseconds. */
function clockReader() {
  const start = performance.now();
  const nanoseconds = (milliseconds) => BigInt(Math.round(milliseconds * 1e6));
  return (clock) => {
    if (clock === 0) return now();
    if (clock === 1) return nanoseconds(performance.now());
    // For how long processors have worked is not known; it is at most the time that has passed.
    if (clock < 4) return nanoseconds(performance.now() - start);
    return fail(Errno.INVAL);
  };
}

/** Signals have numbers below this. */
const SIGNALS = 31;

/** Bytes that browsers' random numbers come in at most. */
const RANDOM = 65536;

/** The calls for arguments, variables, clocks, random numbers, and the end. */
function processCalls(memory, args, variables, clock) {
  const sizes = (strings) => (countAt, sizeAt) => {
    memory.set32(countAt, strings.length);
    memory.set32(sizeAt, strings.reduce((size, text) => size + text.length + 1, 0));
  };
  const copy = (strings) => (pointers, texts) => {
    let [pointerAt, textAt] = [pointers, texts];
    for (const text of strings) {
      memory.set32(pointerAt, textAt);
      memory.bytes(textAt, text.length).set(text);
      memory.bytes(textAt + text.length, 1).fill(0);
      pointerAt += 4;
      textAt += text.length + 1;
    }
  };
  return {
    args_sizes_get: sizes(args),
    args_get: copy(args),
    environ_sizes_get: sizes(variables),
    environ_get: copy(variables),
    clock_res_get(id, result) {
      clock(id);
      memory.set64(result, 1);
    },
    clock_time_get: (id, _precision, result) => memory.set64(result, clock(id)),
    random_get(at, length) {
      const bytes = memory.bytes(at, length);
      for (let from = 0; from < length; from += RANDOM) crypto.getRandomValues(bytes.subarray(from, from + RANDOM));
    },
    sched_yield() {},
    proc_exit(code) {
      throw new Exit(code | 0);
    },
    proc_raise: (signal) => fail(signal < SIGNALS ? Errno.NOTSUP : Errno.INVAL),
  };
}
