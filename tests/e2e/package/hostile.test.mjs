// Hostile files in the page's binaries: the importer of ONNX, then the engine, each file in instances of its own, in little
// time and little memory.
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { test } from 'node:test';
import { hostile } from '../lib/cases.mjs';

const cases = [...hostile('onnx'), ...hostile('safetensors')];
const skip = cases.length > 0 ? false : 'CONVSCOPE_CASES is not set: the hostile files are skipped';

const pkg = (name) => new URL(`../../../pkg/${name}`, import.meta.url);
const compiled = (name) => new WebAssembly.Module(readFileSync(pkg(name)));

/** What one file may take beside four times itself, in bytes, and how long. */
const [ROOM, PATIENCE] = [64 * 2 ** 20, 2000];

/** A module anew: an address of its own gives it a memory of its own. */
async function anew(glue, module, number) {
  const fresh = await import(`${pkg(glue)}?file=${number}`);
  const { memory } = await fresh.default({ module_or_path: module });
  return { ...fresh, memory, before: memory.buffer.byteLength };
}

test('every hostile file is opened or refused in little time and memory', { skip }, async (t) => {
  const [onnxModule, fullModule] = ['onnx.plain.wasm', 'full.simd128.wasm'].map(compiled);
  let most = { took: 0 };
  for (const [number, { path, file, format, expect }] of cases.entries()) {
    const [onnx, full] = await Promise.all([anew('onnx.js', onnxModule, number), anew('full.js', fullModule, number)]);
    const bytes = readFileSync(path);
    const begun = performance.now();
    let refused;
    try {
      let ours = bytes;
      if (format === 'onnx') {
        const importer = new onnx.OnnxImporter();
        importer.requirements(bytes);
        ours = importer.import(bytes, true);
      }
      full.Imported.open(ours, {}).take();
    } catch (error) {
      refused = error;
    }
    const milliseconds = performance.now() - begun;
    const took = [onnx, full].reduce((sum, { memory, before }) => sum + memory.buffer.byteLength - before, 0);
    assert.ok(milliseconds < PATIENCE, `${file} takes ${milliseconds} ms`);
    assert.ok(took <= ROOM + 4 * bytes.length, `${file} takes ${took} bytes`);
    assert.ok(!(refused instanceof WebAssembly.RuntimeError), `${file}: ${refused}`);
    if (expect === 'error') assert.ok(refused instanceof Error, `${file} is opened`);
    if (took > most.took) most = { took, file };
  }
  t.diagnostic(`${cases.length} files, the most memory ${most.took / 2 ** 20} MiB, by ${most.file}`);
});
