// Networks of other people: ONNX through the reader, made to read ink, or refused in one sentence.
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { before, test } from 'node:test';
import { load } from '../../../pkg/node.js';
import { close } from '../lib/agreement.mjs';
import { folder, hostile, tensor } from '../lib/cases.mjs';

const mnist = folder('models', 'cntk-mnist');
const unrecorded = { skip: mnist ? false : 'CONVSCOPE_CASES is not set: 1 network and its files are skipped' };
let engine;

before(async () => {
  engine = await load();
});

test('a network from ONNX gives what is recorded of it', unrecorded, async () => {
  const network = await engine.open(readFileSync(join(mnist, 'mnist.onnx')));
  assert.deepEqual([network.parameters, network.macs], [5994, 786_560]);
  for (const set of [0, 1, 2]) {
    const [input, output] = ['input_0.pb', 'output_0.pb'].map((name) => tensor(join(mnist, `test_data_set_${set}`, name)));
    close([...network.run(input)], [...output], 1e-4);
  }
  network.free();
});

test('it reads drawings, its input made as is said', unrecorded, async () => {
  const bytes = readFileSync(join(mnist, 'mnist.onnx'));
  const names = ['nought', 'one', 'two', 'three', 'four', 'five', 'six', 'seven', 'eight', 'nine'];
  for (const making of [undefined, { scale: 255 }, { scale: 255, mean: [0], deviation: [255] }]) {
    const { network, about } = await engine.bring(bytes, { ...(making ? { making } : {}), classes: names.join('\n') });
    assert.deepEqual(about.classes, names);
    assert.deepEqual([about.channels, about.height, about.width, about.layers], [1, 28, 28, 8]);
    assert.deepEqual(about.inputs.map(({ shape }) => shape), [[1, 1, 28, 28]]);
    assert.deepEqual(about.outputs.map(({ shape }) => shape), [[1, 10]]);
    const read = Array.from({ length: 10 }, (_, digit) => network.trace(engine.sample(digit)).verdict.digit);
    assert.ok(read.filter((found, digit) => found === digit).length >= 9, `${JSON.stringify(making)}: ${read}`);
    network.free();
  }
  await assert.rejects(engine.bring(bytes, { classes: 'one\ntwo' }), /10 names/);
  await assert.rejects(engine.bring(bytes, { making: { deviation: [0] } }), /positive deviation/);
});

test('a network of ours is brought as well', async () => {
  const bytes = readFileSync(new URL('../../../pkg/models/lenet5.safetensors', import.meta.url));
  const { network, about } = await engine.bring(bytes);
  assert.equal(about.name, 'lenet5');
  assert.equal(network.classify(engine.sample(3)).digit, 3);
  network.free();
});

test('every hostile file is opened or refused as is recorded, in words, within two seconds', unrecorded, async () => {
  for (const { path, file, expect, what, message_should_mention: words } of hostile('onnx')) {
    const begun = performance.now();
    const outcome = await engine.open(readFileSync(path)).then((network) => network.free(), (error) => error);
    const took = performance.now() - begun;
    assert.ok(took < 2000, `${file}: ${took} ms`);
    if (expect === 'ok') assert.equal(outcome, undefined, `${file} (${what}): ${outcome}`);
    if (expect === 'error') {
      assert.ok(outcome instanceof Error && !(outcome instanceof WebAssembly.RuntimeError), `${file} (${what}): ${outcome}`);
      for (const word of words) assert.ok(outcome.message.toLowerCase().includes(word.toLowerCase()), `${file}: ${outcome.message}`);
    }
  }
});
