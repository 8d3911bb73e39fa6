// Lays out the site that the bench serves, in target/bench/site: pages, an engine a bundle, the engines' own files, networks.
import { createHash } from 'node:crypto';
import { cpSync, existsSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { basename, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { build } from 'esbuild';
import { root } from '../../pkg-config/tools.mjs';
import { onnx } from './formats/onnx.mjs';
import { safetensors } from './formats/safetensors.mjs';
import { tflite } from './formats/tflite.mjs';
import { module as peakModule } from './peak.mjs';
import { reference } from './reference.mjs';

const here = fileURLToPath(new URL('.', import.meta.url));
const work = join(root, 'target/bench');
export const site = join(work, 'site');

/** The files that each engine fetches at run time. */
const assets = {
  convscope: ['../../pkg', /^(core|full)\..*\.wasm$|\.safetensors$/],
  onnxruntime: ['node_modules/onnxruntime-web/dist', /^ort-wasm-simd-threaded\.(mjs|wasm)$/],
  litert: ['node_modules/@litertjs/core/wasm', /./],
  tensorflow: ['node_modules/@tensorflow/tfjs-backend-wasm/dist', /\.wasm$/],
};

async function bundles() {
  const entries = readdirSync(join(here, 'engines')).filter((name) => name.endsWith('.mjs'));
  await build({
    entryPoints: entries.map((name) => join(here, 'engines', name)),
    outdir: join(site, 'engines'),
    bundle: true, splitting: true, minify: true, format: 'esm', target: 'es2022', logLevel: 'error',
    // Named in code for Node, never reached in a page.
    external: ['fs', 'path', 'crypto', 'os', 'perf_hooks', 'worker_threads', 'util'],
    // One way to the site's files, whichever bundle asks.
    plugins: [{ name: 'site', setup: ({ onResolve }) => onResolve({ filter: /page\/site\.mjs$/ }, () => ({ path: '../page/site.mjs', external: true })) }],
  });
}

function copyAssets() {
  for (const [engine, [folder, wanted]] of Object.entries(assets)) {
    const to = join(site, 'assets', engine);
    mkdirSync(to, { recursive: true });
    const from = join(here, folder);
    for (const name of readdirSync(from, { recursive: true }).filter((name) => wanted.test(name))) cpSync(join(from, name), join(to, basename(name)));
  }
}

/** A network's expected output; worked out once for as long as its definition stays the same. */
function expected(net, input) {
  const sources = ['networks.mjs', 'reference.mjs'].map((name) => readFileSync(join(here, name)));
  const key = createHash('sha256').update(Buffer.concat(sources)).update(net.name).digest('hex').slice(0, 16);
  const file = join(work, 'expected', `${net.name}-${key}.bin`);
  if (!existsSync(file)) {
    mkdirSync(join(work, 'expected'), { recursive: true });
    writeFileSync(file, bytesOf(reference(net, input)));
  }
  return new Float64Array(new Uint8Array(readFileSync(file)).buffer);
}

const bytesOf = ({ buffer, byteOffset, byteLength }) => Buffer.from(buffer, byteOffset, byteLength);

/** The network without its numbers, which lie in weights.bin; `at` counts numbers. */
function describe(net) {
  const [numbers, parts] = [{ count: 0 }, []];
  const put = (data, shape) => {
    parts.push(bytesOf(data));
    numbers.count += data.length;
    return { at: numbers.count - data.length, shape };
  };
  const nodes = net.nodes.map(({ weight, bias, ...node }) => (weight
    ? { ...node, weight: put(weight.data, weight.shape), bias: put(bias, [bias.length]) } : node));
  const { name, input, shapes, macs, output } = net;
  return [JSON.stringify({ name, input, shapes, macs, output: output.shape, nodes }), Buffer.concat(parts)];
}

/** Writes a network in every form. */
export function put(net, input = net.sample()) {
  const folder = join(site, 'networks', net.name);
  mkdirSync(folder, { recursive: true });
  const [description, weights] = describe(net);
  const files = {
    'network.json': description, 'weights.bin': weights, 'input.bin': bytesOf(input),
    'network.safetensors': safetensors(net), 'network.onnx': onnx(net), 'network.tflite': tflite(net),
  };
  for (const [name, bytes] of Object.entries(files)) writeFileSync(join(folder, name), bytes);
}

/** The whole site; gives each network's expected output by name. */
export async function layOut(nets) {
  rmSync(site, { recursive: true, force: true });
  for (const folder of ['page', 'engines', 'assets', 'networks']) mkdirSync(join(site, folder), { recursive: true });
  cpSync(join(here, 'page'), join(site, 'page'), { recursive: true });
  await bundles();
  copyAssets();
  writeFileSync(join(site, 'peak.wasm'), peakModule());
  for (const net of nets) put(net);
  return Object.fromEntries(nets.map((net) => [net.name, expected(net, net.sample())]));
}

