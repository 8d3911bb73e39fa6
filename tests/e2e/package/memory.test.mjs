// Memory: none is taken by running, little beside the weights by opening, none at all by what cannot fit.
// CONVSCOPE_LONG (make long) makes as many runs as a pen makes in a day.
import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { safetensors } from '../../bench/formats/safetensors.mjs';
import { Network, networks } from '../../bench/networks.mjs';
import { difference, reference } from '../../bench/reference.mjs';
import full from '../../../pkg/full.js';
import { load } from '../../../pkg/node.js';

const runner = fileURLToPath(new URL('../lib/memory.mjs', import.meta.url));
const named = (name) => networks().find((net) => net.name === name);
const long = Boolean(process.env.CONVSCOPE_LONG);

let folder;
before(() => (folder = mkdtempSync(join(tmpdir(), 'convscope-memory-'))));
after(() => rmSync(folder, { recursive: true, force: true }));

/** What a fresh process says of a network that it opens and runs so often: bytes of the engine's memory. */
function measured(net, runs) {
  const [file, input] = ['safetensors', 'input'].map((kind) => join(folder, `${net.name}.${kind}`));
  writeFileSync(file, safetensors(net));
  writeFileSync(input, Buffer.from(net.sample().buffer));
  return JSON.parse(execFileSync(process.execPath, [runner, file, input, String(runs)], { encoding: 'utf8' }));
}

const runs = long ? 100_000 : 2_000;
test(`${runs} runs of resnet20 take no memory`, () => {
  const { first, last } = measured(named('resnet20'), runs);
  assert.equal(last, first);
});

test('resnet18 takes no more than its weights, as they came and packed, and 16 MiB', () => {
  const net = named('resnet18');
  /** By how much Winograd's scheme enlarges filters: six by six points for 3×3, or four by four where tiles are few. */
  const enlarged = ({ kernel, stride, weight, shape }) =>
    kernel !== 3 || stride !== 1 ? 1 : weight.shape[0] * weight.shape[1] > 2 ** 16 && shape[2] < 13 ? 16 / 9 : 4;
  const packed = net.nodes.filter(({ weight }) => weight).reduce((sum, node) => sum + node.weight.data.length * enlarged(node), 0);
  const { last } = measured(net, 2);
  const most = (net.parameters + packed) * 4 + 16 * 2 ** 20;
  assert.ok(last <= most, `${last} bytes, more than ${most}`);
});

test('a network of another batch is planned anew, and back', async () => {
  const engine = await load();
  const network = await engine.import(safetensors(named('resnet20')));
  const one = named('resnet20').sample();
  const alone = network.run(one);
  const three = network.run(Float32Array.from([...one, ...one.map((x) => 1 - x), ...one]));
  assert.equal(three.length, 30);
  assert.ok(difference(three.subarray(0, 10), alone) <= 1e-5 && difference(three.subarray(20), alone) <= 1e-5);
  assert.ok(difference(three.subarray(10, 20), alone) > 1e-3);
  assert.ok(difference(network.run(one), alone) === 0);
  assert.throws(() => network.run(one.subarray(1)), /784 numbers/);
  assert.throws(() => network.run(new Float32Array(0)), /784 numbers/);
  assert.ok(difference(network.run(one), alone) === 0);
  network.free();
});

test('a network opened, freed and opened again answers the same, in the same memory', async () => {
  const engine = await load();
  const net = named('inception-small');
  const expected = reference(net, net.sample());
  const bytes = safetensors(net);
  await engine.preload();
  const { memory } = await full();
  const seen = [];
  for (let time = 0; time < 20; time += 1) {
    const network = await engine.import(bytes);
    assert.ok(difference(network.run(net.sample()), expected) <= 1e-5);
    network.free();
    seen.push(memory.buffer.byteLength);
  }
  assert.equal(seen.at(-1), seen[2]);
});

test('a network that no memory holds is refused in one sentence, and the engine goes on', async () => {
  const engine = await load();
  for (const size of [9_000, 15_000, 60_000]) {
    const net = new Network('vast', [1, 1, size, size]);
    net.conv('input', 4, 3, { padding: 1 });
    let network;
    await assert.rejects(async () => {
      network = await engine.import(safetensors(net));
      // Where the network itself is small, its input is what does not fit.
      network.run(new Float32Array(size * size));
    }, ({ name, message }) => name === 'Error' && /too large|memory/.test(message));
    network?.free();
  }
  const net = named('lenet5');
  const network = await engine.import(safetensors(net));
  assert.ok(difference(network.run(net.sample()), reference(net, net.sample())) <= 1e-5);
  network.free();
});
