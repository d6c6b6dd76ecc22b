// Reports what V8 and wabt have against modules: a request is a line with the bytes of one as hexadecimal digits, the
// answer {"v8": MESSAGE, "wabt": MESSAGE} with null for nothing.

import { createRequire } from "node:module";
import readline from "node:readline";
import { fromHex } from "./hex.mjs";

const wabt = await createRequire(import.meta.url)("../../target/node/wabt.cjs")();

// Those that a result of vbc-wasm may need; the others stay as they are by default.
const FEATURES = { memory64: true, multi_memory: true, tail_call: true };

function problem(action) {
  try {
    action();
    return null;
  } catch (error) {
    return error.message;
  }
}

function validateByWabt(bytes) {
  const module = wabt.readWasm(bytes, FEATURES);
  try {
    module.validate(FEATURES);
  } finally {
    module.destroy();
  }
}

for await (const line of readline.createInterface({ input: process.stdin })) {
  const bytes = fromHex(line);
  const answer = { v8: problem(() => new WebAssembly.Module(bytes)), wabt: problem(() => validateByWabt(bytes)) };
  process.stdout.write(`${JSON.stringify(answer)}\n`);
}
