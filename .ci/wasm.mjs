// Runs the kit's command line in Python 3.14 of Pyodide, in Node, out of the wheels of the site.
//
//   node .ci/wasm.mjs run sidetable_core:SideTable --profile core,isolation,robust
//
// `hatch run docs:assets` makes what is loaded here. The exit status is that of the command.
import { readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";

const root = fileURLToPath(new URL("..", import.meta.url));
const assets = `${root}build/site-assets/`;

const KIT = `
import os
from sidetable_conformance.cli import main
os.environ["COLUMNS"] = "100"
main(arguments.to_py())
`;

async function main(given) {
  const { loadPyodide } = await import(`${assets}pyodide/pyodide.mjs`);
  const python = await loadPyodide();
  const extractDir = python.runPython("import site; site.getsitepackages()[0]");
  for (const name of JSON.parse(readFileSync(`${assets}wheels/index.json`, "utf8"))) {
    // Unpacked from bytes: a file may be a Buffer of Node's, which Python does not know.
    const bytes = new Uint8Array(readFileSync(`${assets}wheels/${name}`));
    python.unpackArchive(bytes, "wheel", { extractDir });
  }
  python.globals.set("arguments", given);
  return python.runPython(KIT);
}

try {
  process.exitCode = await main(process.argv.slice(2));
} catch (error) {
  // Uncaught, Node would print the line of the program that raised it: a megabyte.
  console.error(error.stack.slice(-4000));
  process.exitCode = 4;
}
