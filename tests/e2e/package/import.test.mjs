// Imported networks: ONNX models and safetensors files, adapted to drawings, or refused in one sentence.
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
  const network = await engine.import(readFileSync(join(mnist, 'mnist.onnx')), { preprocessing: null });
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
  for (const preprocessing of [undefined, { scale: 255 }, { scale: 255, mean: [0], std: [255] }]) {
    const network = await engine.import(bytes, { ...(preprocessing ? { preprocessing } : {}), labels: names.join('\n') });
    const { description } = network;
    assert.deepEqual(description.labels, names);
    assert.deepEqual([description.channels, description.height, description.width, description.layers], [1, 28, 28, 8]);
    assert.deepEqual(description.inputs.map(({ shape }) => shape), [[1, 1, 28, 28]]);
    assert.deepEqual(description.outputs.map(({ shape }) => shape), [[1, 10]]);
    const read = Array.from({ length: 10 }, (_, digit) => network.trace(engine.sample(digit)).prediction.digit);
    assert.ok(read.filter((found, digit) => found === digit).length >= 9, `${JSON.stringify(preprocessing)}: ${read}`);
    network.free();
  }
  await assert.rejects(engine.import(bytes, { labels: 'one\ntwo' }), /10 names/);
  await assert.rejects(engine.import(bytes, { preprocessing: { std: [0] } }), /positive, finite std/);
});

test('a safetensors file is imported as well: as it is, or described', async () => {
  const bytes = readFileSync(new URL('../../../pkg/models/lenet5.safetensors', import.meta.url));
  for (const options of [{}, { preprocessing: {} }]) {
    const network = await engine.import(bytes, options);
    assert.equal(network.description?.name, options.preprocessing && 'lenet5');
    assert.equal(network.classify(engine.sample(3)).digit, 3);
    network.free();
  }
});

/** What onnxruntime answers, and the picture that it is asked: tests/own-cases/make.py. */
const own = (name) => readFileSync(new URL(`../../own-cases/${name}`, import.meta.url));
const answers = JSON.parse(own('answers.json'));
const picture = (shape) => Float32Array.from({ length: shape.reduce((a, b) => a * b, 1) }, (_, i) => Math.fround((i % 7) / 7));

async function answersAsRecorded(name, options) {
  const network = await engine.import(own(`${name}.onnx`), { preprocessing: null, ...options });
  const { shape, scores } = answers[name];
  assert.deepEqual(network.input.shape, shape);
  close([...network.run(picture(shape))], scores, 1e-5);
  network.free();
}

test('sizes that a file leaves open are given, or those of a picture', async () => {
  await answersAsRecorded('open', { sizes: { channels: 3, height: 28, width: 28 } });
  await answersAsRecorded('odd-side', { sizes: { side: 48 } });
  await assert.rejects(engine.import(own('open.onnx'), { preprocessing: null, sizes: { channels: 3, height: 28 } }), /`width`/);
  for (const [name, sizes] of [
    ['open', [['channels', 3], ['height', 28], ['width', 28]]],
    ['unnamed', [['image[2]', 28], ['image[3]', 28]]],
    ['one-side', [['side', 32]]],
  ]) {
    const network = await engine.import(own(`${name}.onnx`));
    const { description } = network;
    assert.deepEqual(description.sizes.map(({ name, size }) => [name, size]), sizes);
    assert.equal(network.trace(engine.sample(3)).prediction.probabilities.length, 10);
    network.free();
  }
  // Bound anew, planned anew.
  const network = await engine.import(own('open.onnx'), { sizes: { height: 40, width: 20 } });
    const { description } = network;
  assert.deepEqual([description.height, description.width, description.inputs[0].shape], [40, 20, [1, 3, 40, 20]]);
  network.free();
});

test('sizes that do not fit are refused by name, with what else there is to say', async () => {
  await assert.rejects(engine.import(own('odd-side.onnx')), ({ message, requirements }) => {
    assert.match(message, /side = 28/);
    assert.deepEqual(requirements, { sizes: [{ name: 'side', input: 'image', counts: 'rows', axis: 2 }], files: [] });
    return true;
  });
  await assert.rejects(engine.import(own('one-side.onnx'), { sizes: { side: 40 } }), ({ message, requirements }) => {
    assert.match(message, /side = 40.*Gemm/);
    return requirements.sizes[0].size === 40;
  });
});

test('weights in other files are asked for by name, and read from their bytes', async () => {
  const bin = own('beside.bin');
  await assert.rejects(engine.import(own('beside.onnx')), ({ message, requirements }) => {
    assert.match(message, /beside\.bin/);
    assert.deepEqual(requirements.files, ['beside.bin']);
    return true;
  });
  await answersAsRecorded('beside', { files: { 'beside.bin': bin } });
  // A chosen file says nothing of its folder.
  await answersAsRecorded('folder', { files: { 'weights.bin': bin } });
  await answersAsRecorded('folder', { files: { 'parts/weights.bin': bin } });
  await assert.rejects(engine.import(own('short.onnx'), { files: { 'short.bin': own('short.bin') } }), /short\.bin.*160 bytes from byte 144.*300 bytes/);
  await assert.rejects(engine.import(own('length.onnx'), { files: { 'beside.bin': bin } }), /144 bytes.*12/);
  const outside = engine.import(own('outside.onnx'), { files: { 'beside.bin': bin, '../beside.bin': bin } });
  await assert.rejects(outside, ({ message, requirements }) => /own folder.*\.\.\/beside\.bin/.test(message) && requirements === undefined);
});

test('names of classes come as lines or as JSON', async () => {
  const names = [...'abcdefghij'];
  const numbered = Object.fromEntries(names.map((name, number) => [number, name]));
  for (const labels of [names.join('\r\n'), JSON.stringify(names), JSON.stringify(numbered)]) {
    const network = await engine.import(own('unnamed.onnx'), { labels });
    const { description } = network;
    assert.deepEqual(description.labels, names);
    network.free();
  }
  await assert.rejects(engine.import(own('unnamed.onnx'), { labels: '["a", "b"' }), /JSON/);
});

test('every hostile file is opened or refused as is recorded, in words, within two seconds', unrecorded, async () => {
  for (const { path, file, expect, what, message_should_mention: words } of hostile('onnx')) {
    const begun = performance.now();
    const outcome = await engine.import(readFileSync(path), { preprocessing: null }).then((network) => network.free(), (error) => error);
    const took = performance.now() - begun;
    assert.ok(took < 2000, `${file}: ${took} ms`);
    if (expect === 'ok') assert.equal(outcome, undefined, `${file} (${what}): ${outcome}`);
    if (expect === 'error') {
      assert.ok(outcome instanceof Error && !(outcome instanceof WebAssembly.RuntimeError), `${file} (${what}): ${outcome}`);
      for (const word of words) assert.ok(outcome.message.toLowerCase().includes(word.toLowerCase()), `${file}: ${outcome.message}`);
    }
  }
});
