// The page: starts a program in a worker, shows what it writes and how it ends. What begins like a PPM picture is drawn.

import { isPicture, toImageData } from "./picture.js";

const [form, program, file, args, stdin, stop, status, output, picture] = [
  "form", "program", "file", "args", "stdin", "stop", "status", "output", "picture",
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
  [picture.width, picture.height] = [image.width, image.height];
  picture.getContext("2d").putImageData(image, 0, 0);
  picture.hidden = false;
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

form.addEventListener("submit", async (event) => {
  event.preventDefault();
  end("running");
  stop.disabled = false;
  output.replaceChildren();
  picture.hidden = true;
  const mine = wish;
  const chosen = file.files[0];
  const name = chosen?.name ?? program.value;
  const source = chosen ? await chosen.arrayBuffer() : new URL(program.value, location.href).href;
  if (mine !== wish) return;
  worker = new Worker("worker.js", { type: "module" });
  worker.addEventListener("message", listen());
  worker.addEventListener("error", ({ message }) => end(message ?? "the worker cannot be loaded"));
  worker.postMessage({ source, args: [name, ...args.value.split(" ").filter((word) => word !== "")], stdin: stdin.value });
});

stop.addEventListener("click", () => end("stopped"));
