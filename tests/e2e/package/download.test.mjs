// What the loader says and does when files do not come as they should.
import assert from 'node:assert/strict';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { download } from '../../../pkg/download.js';
import { binaries } from '../../../pkg/files.js';
import { load } from '../../../pkg/node.js';
import { fastestVariant } from '../../../pkg/variant.js';
import { serve } from '../lib/server.mjs';

const pkg = fileURLToPath(new URL('../../../pkg', import.meta.url));
const path = `/${binaries['core.simd128'].name}`;
let server;
let file;

before(async () => {
  server = await serve(pkg);
  file = { name: binaries['core.simd128'].name, url: new URL(path, server.url), bytes: binaries['core.simd128'].bytes };
});
after(() => server.close());

test('a file arrives whole, with its progress', async () => {
  const seen = [];
  const bytes = await download(file, { progress: (...step) => seen.push(step) });
  assert.deepEqual(Buffer.from(bytes), await readFile(join(pkg, file.name)));
  assert.deepEqual([seen.at(0), seen.at(-1)], [[0, file.bytes], [file.bytes, file.bytes]]);
});

test('a download that breaks off twice is tried again', async () => {
  server.cut(path, 2);
  assert.equal((await download(file)).length, file.bytes);
});

test('a download that always breaks off ends in one sentence', async () => {
  server.cut(path, 3);
  await assert.rejects(download(file), ({ message }) =>
    /^core\.simd128\.wasm: the download failed 3 times \(.+\); check the connection and try again$/.test(message));
});

test('a file of another length than promised is refused', async () => {
  await assert.rejects(download({ ...file, bytes: file.bytes - 1 }), /longer than the [\d,]+ bytes expected/);
  await assert.rejects(download({ ...file, bytes: file.bytes + 1 }), /broke off after [\d,]+ of [\d,]+ bytes/);
});

test('a missing file is said at once', async () => {
  const begun = performance.now();
  await assert.rejects(download({ name: 'nine.safetensors', url: new URL('/nine.safetensors', server.url) }),
    { message: 'nine.safetensors: the server answered 404 Not Found' });
  assert.ok(performance.now() - begun < 300, 'it was tried again in vain');
});

test('an abort ends a download, also while it waits', async () => {
  server.cut(path, 3);
  await assert.rejects(download(file, { signal: AbortSignal.timeout(200) }), { name: 'TimeoutError' });
  server.cut(path, 0);
});

test('files may lie in other folders', async () => {
  const engine = await load({ wasm: server.url, models: new URL('models', server.url) });
  const network = await engine.network(engine.models[0]);
  assert.equal(network.name, engine.models[0]);
  network.free();
  assert.ok(server.requests.includes(`/models/${engine.models[0]}.safetensors`));
});

test('an unknown network is named with those that there are', async () => {
  const engine = await load();
  await assert.rejects(engine.network('lenet6'), ({ message }) =>
    message.startsWith('unknown network "lenet6"; this package has ') && message.includes('lenet5'));
});

test('bytes that are no weights are an error, and the engine goes on', async () => {
  const engine = await load();
  await assert.rejects(engine.import(new Uint8Array(3)), Error);
  (await engine.network(engine.models[0])).free();
});

test('a browser without SIMD, or without WebAssembly, is told which it needs', (t) => {
  t.mock.method(WebAssembly, 'validate', () => false);
  assert.throws(fastestVariant, /^Error: this browser has no WebAssembly SIMD; Chrome 91, .* are needed$/);
  const whole = globalThis.WebAssembly;
  t.after(() => (globalThis.WebAssembly = whole));
  globalThis.WebAssembly = undefined;
  assert.throws(fastestVariant, /^Error: this browser has no WebAssembly; /);
});

test('a binary that does not validate gives way to the other one', async (t) => {
  // A browser that knows the instruction which is asked for, and refuses the whole binary all the same.
  const { compile, validate } = WebAssembly;
  const relaxed = (bytes) => Buffer.from(bytes).includes(Buffer.from([0xfd, 0x85, 0x02]));
  t.mock.method(WebAssembly, 'validate', (bytes) => relaxed(bytes) || validate(bytes));
  const refused = t.mock.method(WebAssembly, 'compile', async (bytes) => {
    if (relaxed(bytes)) throw new WebAssembly.CompileError('invalid numeric opcode');
    return compile(bytes);
  });
  // Another instance of the loader, whose engine has not started.
  const fresh = await import('../../../pkg/tier.js?fresh');
  const { readFile: read } = await import('node:fs/promises');
  const { variant } = await fresh.startTier('full', ({ url }) => read(url), (file) => file);
  assert.deepEqual([variant, refused.mock.callCount()], ['simd128', 2]);
});
