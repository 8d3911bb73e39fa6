// The networks of the bench in the published package, both variants: every output agrees with a reference that sums in double
// precision. CONVSCOPE_LONG (make long) adds the networks whose reference takes its time.
import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { safetensors } from '../../bench/formats/safetensors.mjs';
import { networks } from '../../bench/networks.mjs';
import { difference, reference } from '../../bench/reference.mjs';
import { fastestVariant } from '../../../pkg/variant.js';

const runner = fileURLToPath(new URL('../lib/run-network.mjs', import.meta.url));
const epsilon = 1e-5;
const long = Boolean(process.env.CONVSCOPE_LONG);
const chosen = networks().filter(({ macs, name }) => long || (macs < 2e8 && name !== 'lenet5-x64'));

let folder;
const path = (net, kind) => join(folder, `${net.name}.${kind}`);

before(() => {
  folder = mkdtempSync(join(tmpdir(), 'convscope-networks-'));
  for (const net of chosen) {
    const input = net.sample();
    writeFileSync(path(net, 'safetensors'), safetensors(net));
    writeFileSync(path(net, 'input'), Buffer.from(input.buffer));
    net.expected = reference(net, input);
  }
});
after(() => rmSync(folder, { recursive: true, force: true }));

const floats = (file) => new Float32Array(new Uint8Array(readFileSync(file)).buffer);

// What this Node runs by itself, and what it runs when V8 is told to know relaxed SIMD; later ones know it anyway.
const own = fastestVariant();
const runs = own === 'simd128' ? { simd128: [], relaxed: ['--experimental-wasm-relaxed-simd'] } : { relaxed: [] };

for (const [variant, flags] of Object.entries(runs)) {
  for (const net of chosen) {
    test(`${net.name} in ${variant} agrees with the reference`, () => {
      const args = [...flags, runner, path(net, 'safetensors'), path(net, 'input'), path(net, variant)];
      assert.equal(execFileSync(process.execPath, args, { encoding: 'utf8' }).trim(), variant);
      const found = difference(floats(path(net, variant)), net.expected);
      assert.ok(found <= epsilon, `off by ${found}`);
    });
  }
}
