// The page: starts a program in a worker, shows what it writes and how it ends. What begins like a PPM picture is
// drawn.

import { isPicture, toImageData } from "./picture.js";

const [form, program, file, forget, takes, args, stdin, stop, status, output, canvas] = [
  "form", "program", "file", "forget", "takes", "args", "stdin", "stop", "status", "output", "canvas",
].map((id) => document.getElementById(id));

let worker;
// Counts what was asked for, so that what takes a while knows whether it is still wanted.
let wish = 0;

/** Shows bytes as text, which may be cut within a character. */
class TextView {
  #decoder = new TextDecoder();

  constructor(kind) {
    this.kind = kind;
  }

  add(bytes) {
    const part = document.createElement("span");
    part.className = this.kind;
    part.textContent = this.#decoder.decode(bytes, { stream: true });
    output.append(part);
  }
}

function end(message) {
  wish += 1;
  worker?.terminate();
  worker = undefined;
  stop.disabled = true;
  status.value = message;
}

function draw(bytes) {
  const image = toImageData(bytes);
  const picture = document.createElement("canvas");
  [picture.id, picture.width, picture.height] = ["picture", image.width, image.height];
  picture.getContext("2d").putImageData(image, 0, 0);
  canvas.replaceChildren(picture);
}

/** What comes from the worker, until the program has ended. */
function listen() {
  const text = { stdout: new TextView("text"), stderr: new TextView("error") };
  // A picture is drawn when it is whole.
  const parts = [];
  let drawing = false;
  return ({ data: { stream, bytes, code, error } }) => {
    if (stream !== undefined) {
      if (stream === "stdout" && parts.length === 0) drawing = isPicture(bytes);
      if (stream === "stdout" && drawing) parts.push(bytes);
      else text[stream].add(bytes);
      return;
    }
    try {
      if (parts.length > 0) draw(new Uint8Array(parts.flatMap((part) => [...part])));
      end(error ?? `exit code ${code}`);
    } catch (problem) {
      end(problem.message);
    }
  };
}

/** Shows what the chosen program takes, and offers only what has an effect. */
function describe() {
  const chosen = file.files[0];
  program.disabled = chosen !== undefined;
  forget.hidden = chosen === undefined;
  takes.textContent = chosen === undefined
    ? program.selectedOptions[0].dataset.takes
    : `${chosen.name}: gets the arguments, the input and an empty folder.`;
}

/** Why a file is not something that a browser can run; nothing if it is WebAssembly. */
function objection(name, bytes) {
  const begins = (text) => [...text].every((letter, at) => bytes[at] === letter.charCodeAt(0));
  if (begins("\0asm")) return undefined;
  const made = name.replace(/\.[^.]*$/, "");
  if (begins("VITBC\0")) {
    return `${name} is VITBC, which browsers do not run: make WebAssembly of it with "vbc-wasm ${name} -o ${made}.wasm".`;
  }
  if (name.endsWith(".vitasm")) {
    return `${name} is a text, which browsers do not run: make WebAssembly of it with "vbc-wasm ${name} -o ${made}.wasm".`;
  }
  return `${name} is not WebAssembly.`;
}

form.addEventListener("submit", async (event) => {
  event.preventDefault();
  end("running");
  stop.disabled = false;
  output.replaceChildren();
  canvas.replaceChildren();
  const mine = wish;
  const chosen = file.files[0];
  const name = chosen?.name ?? program.value;
  let source = new URL(program.value, location.href).href;
  let wrong;
  if (chosen) {
    try {
      source = await chosen.arrayBuffer();
      wrong = objection(name, new Uint8Array(source));
    } catch (problem) {
      wrong = `${name} cannot be read: ${problem.message}`;
    }
  }
  if (mine !== wish) return;
  if (wrong) {
    end(wrong);
    return;
  }
  worker = new Worker("worker.js", { type: "module" });
  worker.addEventListener("message", listen());
  worker.addEventListener("error", ({ message }) => end(message ?? "the worker cannot be loaded"));
  worker.postMessage({ source, args: [name, ...args.value.split(" ").filter((word) => word !== "")], stdin: stdin.value });
});

stop.addEventListener("click", () => end("stopped"));
program.addEventListener("change", describe);
file.addEventListener("change", describe);
forget.addEventListener("click", () => {
  file.value = "";
  describe();
});
// Browsers keep what was chosen when a page is loaded again.
describe();
