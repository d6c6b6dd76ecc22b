// Instances of WebAssembly modules for the tests, in Node and in a browser: the protocol of `engine.py`, where a
// request also states of which types the exports are ("types"), and a folder is a tree of its contents.

import { check } from "./api.mjs";
import { fromHex, toHex } from "./hex.mjs";

/** How V8 says what a trap is. */
const TRAPS = [
  ["unreachable", "unreachable"],
  ["divide by zero", "integer_divide_by_zero"],
  ["remainder by zero", "integer_divide_by_zero"],
  ["divide result unrepresentable", "integer_overflow"],
  ["float unrepresentable in integer range", "invalid_conversion_to_integer"],
  ["memory access out of bounds", "out_of_bounds_memory_access"],
  ["data segment", "out_of_bounds_memory_access"],
  ["table index is out of bounds", "out_of_bounds_table_access"],
  ["table initializer", "out_of_bounds_table_access"],
  ["element segment", "out_of_bounds_table_access"],
  // Older versions do not tell which.
  ["null function or function signature mismatch", "indirect_call_type_mismatch"],
  ["null function", "uninitialized_element"],
  ["function signature mismatch", "indirect_call_type_mismatch"],
  ["Maximum call stack size exceeded", "call_stack_exhausted"],
];

function trap(message) {
  return TRAPS.find(([words]) => message.includes(words))?.[1];
}

// Numbers of 64 bits must not lose any.
function parse(text) {
  return JSON.parse(text, (_, value, { source }) =>
    typeof value === "number" && !Number.isSafeInteger(value) ? BigInt(source) : value,
  );
}

function print(value) {
  return JSON.stringify(value, (_, value) => (typeof value === "bigint" ? JSON.rawJSON(value.toString()) : value));
}

const TYPES = { i32: 0x7f, i64: 0x7e, f32: 0x7d, f64: 0x7c, funcref: 0x70, externref: 0x6f };
// The integer type that shows the bits of a float, and the instructions that go there and back.
const BITS = { f32: ["i32", 0xbc, 0xbe], f64: ["i64", 0xbd, 0xbf] };
const bitsType = (type) => BITS[type]?.[0] ?? type;

function number(value) {
  const bytes = [];
  for (; value > 127; value >>>= 7) bytes.push((value & 127) | 128);
  return [...bytes, value];
}
const list = (items) => [...number(items.length), ...items.flat()];
const section = (id, content) => [id, ...number(content.length), ...content];
const functionType = (params, results) => [0x60, ...list(params.map((t) => TYPES[t])), ...list(results.map((t) => TYPES[t]))];
const name = (text) => list([...text].map((character) => character.charCodeAt(0)));

/**
 * A module that imports `i` and exports `o`, a function that shows floats as their bits, which JavaScript's numbers
 * might change.
 */
function adapter(params, results, imported, code) {
  const locals = results.map((type) => [1, TYPES[type]]);
  const local = (n) => number(params.length + n);
  const saved = results.map((_, n) => [0x21, ...local(results.length - 1 - n)]).flat();
  const shown = results.map((type, n) => [0x20, ...local(n), ...(BITS[type] ? [BITS[type][1]] : [])]).flat();
  const body = [...list(locals), ...code, ...saved, ...shown, 0x0b];
  const ours = functionType(params.map(bitsType), results.map(bitsType));
  return new Uint8Array([
    ...[0, 0x61, 0x73, 0x6d, 1, 0, 0, 0],
    ...section(1, list([functionType(params, results), ours])),
    ...section(2, list([[...name("a"), ...name("i"), ...imported]])),
    ...section(3, list([[1]])),
    ...section(7, list([[...name("o"), 0, imported[0] === 0 ? 1 : 0]])),
    ...section(10, list([[...number(body.length), ...body]])),
  ]);
}

const modules = new Map();

function adapted(bytes, item) {
  const key = bytes.join();
  if (!modules.has(key)) modules.set(key, new WebAssembly.Module(bytes));
  return new WebAssembly.Instance(modules.get(key), { a: { i: item } }).exports.o;
}

/** A function that takes and gives the bits of floats. */
function functionOfBits(item, [params, results]) {
  const given = params.map((type, n) => [0x20, ...number(n), ...(BITS[type] ? [BITS[type][2]] : [])]).flat();
  return adapted(adapter(params, results, [0, 0], [...given, 0x10, 0]), item);
}

/** A function that reads a global. */
function globalOfBits(item, [type, isMutable]) {
  return adapted(adapter([], [type], [3, TYPES[type], isMutable ? 1 : 0], [0x23, 0]), item);
}

function toJs([type, bits]) {
  if (bits === null) return null;
  const isWide = type === "i64" || type === "f64";
  return isWide ? BigInt(bits) : bits;
}

function fromJs(type, value) {
  switch (bitsType(type)) {
    case "i32":
      return [type, value >>> 0];
    case "i64":
      return [type, BigInt.asUintN(64, value)];
    case "funcref":
      return [type, value === null ? null : 1];
    default:
      return [type, value];
  }
}

class Instance {
  exports = undefined;
  heard = 0;

  constructor(request, host) {
    this.types = request.types;
    this.host = host;
    this.wasm = fromHex(request.open);
  }

  async open() {
    this.end = await this.guard(async () => {
      const { instance } = await WebAssembly.instantiate(this.wasm, this.host.imports);
      this.instance = instance;
      this.exports = instance.exports;
      if (!this.exports._start) this.host.initialize(instance);
      return [];
    });
  }

  /** How an action ends. */
  async guard(action) {
    try {
      return ["returned", await action()];
    } catch (error) {
      const code = this.host.exitCode(error);
      if (code !== undefined) return ["exited", code];
      const kind = error instanceof WebAssembly.RuntimeError || error instanceof RangeError ? trap(error.message) : undefined;
      return kind ? ["trapped", kind, this.said(), error.message] : ["broken", String(error?.stack ?? error)];
    }
  }

  /** What the program has written about the trap that it has just raised, if that is what it did. */
  said() {
    const bytes = this.host.stderr();
    const lines = new TextDecoder().decode(bytes.subarray(this.heard)).trimEnd().split("\n");
    this.heard = bytes.length;
    return lines.at(-1).startsWith("trap: ") ? lines.at(-1) : null;
  }

  call(name, args) {
    const type = this.types.functions[name];
    const given = functionOfBits(this.exports[name], type)(...args.map(toJs));
    const results = type[1].length === 1 ? [given] : (given ?? []);
    return type[1].map((type, n) => fromJs(type, results[n]));
  }

  /** The exit code, as what a call gives. */
  start() {
    const code = this.host.start(this.instance);
    return code === 0 ? ["returned", []] : ["exited", code];
  }

  global(name) {
    const type = this.types.globals[name];
    return fromJs(type[0], globalOfBits(this.exports[name], type)());
  }

  state() {
    const globals = [];
    while (this.exports?.[`global#${globals.length}`]) globals.push(this.global(`global#${globals.length}`));
    const memory = this.exports?.["memory#0"];
    const bytes = new Uint8Array(memory?.buffer ?? 0);
    const end = bytes.findLastIndex((byte) => byte !== 0) + 1;
    return {
      globals,
      size: bytes.length,
      memory: toHex(bytes.subarray(0, end)),
      stdout: toHex(this.host.stdout()),
      stderr: toHex(this.host.stderr()),
      tree: this.host.tree?.(),
    };
  }
}

/** All instances of one process or page. `makeHost` makes what a module is given of a request. */
export class Instances {
  #all = new Map();
  #count = 0;

  constructor(makeHost) {
    this.makeHost = makeHost;
  }

  /** Answers a request, both of them JSON. */
  async answer(line) {
    return print(await this.#answer(parse(line)).catch((error) => ({ end: ["broken", String(error.stack)], error: String(error.stack) })));
  }

  async #answer(request) {
    if ("api" in request) return { failures: await check(request.api) };
    if ("open" in request) {
      const id = this.#count++;
      const instance = new Instance(request, this.makeHost(request));
      this.#all.set(id, instance);
      await instance.open();
      return { id, end: instance.end };
    }
    const instance = this.#all.get(request.id ?? request.start ?? request.state ?? request.drop);
    if ("call" in request) return { end: await instance.guard(() => instance.call(request.call, request.args)) };
    if ("start" in request) {
      const end = await instance.guard(() => instance.start());
      return { end: end[0] === "returned" ? end[1] : end };
    }
    if ("global" in request) return { value: instance.global(request.global) };
    if ("state" in request) return instance.state();
    instance.host.drop?.();
    this.#all.delete(request.drop);
    return {};
  }
}
