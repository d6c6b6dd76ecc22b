// Runs one program, so that the page goes on while it computes. It gets an empty folder.

import { Folder, run } from "./vbc-wasi/vbc-wasi.js";

addEventListener("message", async ({ data: { source, args, stdin } }) => {
  const write = (stream) => (bytes) => postMessage({ stream, bytes }, [bytes.buffer]);
  try {
    const wasm = typeof source === "string" ? fetch(source) : source;
    const given = { args, stdin, stdout: write("stdout"), stderr: write("stderr"), folders: { ".": new Folder() } };
    postMessage({ code: await run(wasm, given) });
  } catch (error) {
    postMessage({ error: `${error.name}: ${error.message}` });
  }
});
