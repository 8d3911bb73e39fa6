// Builds the npm package into /pkg: two engines, each in both wasm variants with one glue for both, the converter of ONNX,
// the loader, the weights.
//
//     node pkg-config/build.mjs
import { createHash } from 'node:crypto';
import { cpSync, existsSync, mkdirSync, readdirSync, readFileSync, renameSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { availableParallelism } from 'node:os';
import { basename, join } from 'node:path';
import { build as esbuild } from 'esbuild';
import { brotliBytes, checkedInFlags, kib, node, root, run, runBeside, sentences } from './tools.mjs';
import { tiers } from './variants.mjs';

sentences();

const pkg = join(root, 'pkg');
const work = join(root, 'target/package');
const target = 'wasm32-unknown-unknown';
const weightsFolder = join(root, 'www/public/models');
const tool = (name) => join(root, 'pkg-config/node_modules', name);

const outOf = (tier, variant) => join(work, tier.name, variant.name);
const targetOf = (name) => join(work, 'target', name);

const cargo = (command, folder, tier, variant) =>
  runBeside('cargo', [command, '--locked', '--lib', '--target', target, '--profile', 'wasm', ...tier.cargo, ...variant.cargo],
    { env: { ...checkedInFlags(), CARGO_TARGET_DIR: folder } });

/**
 * Macros and build scripts run on this machine and are the same for every binary, so each would compile them again, which takes
 * as long as the engine itself. They are compiled once, for a check, and copied to where nothing was built yet.
 */
async function shareMacros(all) {
  const empty = all.map(({ folder }) => folder).filter((folder) => !existsSync(folder));
  if (empty.length === 0) return;
  console.log('building what all binaries share');
  const shared = targetOf('shared');
  await cargo('check', shared, all[0].tier, all[0].variant);
  for (const folder of empty) cpSync(join(shared, 'wasm'), join(folder, 'wasm'), { recursive: true, preserveTimestamps: true });
}

/**
 * Compiles one engine in one variant: glue and binary come to lie in its folder. Each binary has a target folder too: cargo lets one
 * build at a time into a folder, and would take each engine's binary, which have one name, for an old one of the other.
 */
async function compile({ tier, variant, folder }) {
  console.log(`building ${tier.name}, ${variant.name}`);
  await cargo('build', folder, tier, variant);
  // The loader says which binary; bundlers must not look for one that is not there.
  await runBeside('wasm-bindgen', [join(folder, target, 'wasm/convscope.wasm'), '--target', 'web', '--omit-default-module-path',
    '--out-dir', outOf(tier, variant), '--out-name', tier.name]);
}

/** Optimises a binary and takes its names out; the result is kept for as long as the input stays the same. */
async function optimise({ tier, variant }) {
  const input = join(outOf(tier, variant), `${tier.name}_bg.wasm`);
  const flags = [...tier.optimise, '--strip-debug', '--strip-producers', '--strip-target-features', ...variant.features.map((feature) => `--enable-${feature}`)];
  const key = createHash('sha256');
  for (const part of [readFileSync(input), flags.join(), readFileSync(join(tool('binaryen'), 'package.json'))]) key.update(part);
  const output = join(work, `${tier.name}-${variant.name}-${key.digest('hex').slice(0, 16)}.wasm`);
  if (!existsSync(output)) {
    // What was begun and broken off must not look like a result.
    await runBeside(node, [join(tool('binaryen'), 'bin/wasm-opt'), ...flags, input, '-o', `${output}.part`]);
    renameSync(`${output}.part`, output);
  }
  return output;
}

/** Compiles and optimises all binaries, as many at a time as there are cores: the compiler's last part keeps a single one busy. */
async function buildAll() {
  const all = tiers.flatMap((tier) => tier.variants.map((variant) => ({ tier, variant, folder: targetOf(`${tier.name}-${variant.name}`) })));
  await shareMacros(all);
  const waiting = [...all];
  const worker = async () => {
    for (let next = waiting.shift(); next; next = waiting.shift()) {
      await compile(next);
      next.binary = await optimise(next);
    }
  };
  await Promise.all(Array.from({ length: availableParallelism() }, worker));
  return all;
}

/** The loader is written against one glue an engine: both variants must have come out with the same. */
function sharedGlue(tier, folders) {
  for (const name of [`${tier.name}.js`, `${tier.name}.d.ts`]) {
    const [first, ...others] = folders.map((folder) => readFileSync(join(folder, name), 'utf8'));
    if (others.some((other) => other !== first)) {
      throw new Error(`${name} differs between the two variants (compare ${folders.join(' and ')}): ` +
        'src/wasm must not depend on target features');
    }
    cpSync(join(folders[0], name), join(pkg, name));
  }
}

/** files.js: each file's address in the form that bundlers recognise, and its exact length. */
function listFiles(folder, names) {
  const rows = names.map(([key, path]) => {
    const { size } = statSync(join(pkg, path));
    return `  '${key}': { name: '${basename(path)}', url: new URL('./${path}', import.meta.url), bytes: ${size} },\n`;
  });
  return `export const ${folder} = {\n${rows.join('')}};\n`;
}

function manifest() {
  const cargo = readFileSync(join(root, 'Cargo.toml'), 'utf8');
  const field = (name) => cargo.match(new RegExp(`^${name} = "(.*)"$`, 'm'))[1];
  return {
    name: 'convscope',
    version: field('version'),
    description: 'Reads handwritten digits with LeNet-5 in WebAssembly, and shows every number on the way',
    license: field('license'),
    repository: { type: 'git', url: `git+${field('repository')}.git` },
    keywords: ['mnist', 'handwriting', 'digit', 'convolution', 'lenet', 'wasm', 'simd'],
    type: 'module',
    sideEffects: false,
    main: './index.js',
    types: './index.d.ts',
    exports: {
      '.': { types: './index.d.ts', node: './node.js', default: './index.js' },
      './*.wasm': './*.wasm',
      './models/*': './models/*',
      './package.json': './package.json',
    },
    files: ['*.js', '*.d.ts', '*.wasm', 'models', 'LICENSE-*'],
    engines: { node: '>=20.16' },
  };
}

const built = await buildAll();

rmSync(pkg, { recursive: true, force: true });
mkdirSync(join(pkg, 'models'), { recursive: true });
for (const tier of tiers) sharedGlue(tier, tier.variants.map((variant) => outOf(tier, variant)));
const binaries = built.map(({ tier, variant, binary }) => {
  const name = `${tier.name}.${variant.name}`;
  cpSync(binary, join(pkg, `${name}.wasm`));
  return [name, `${name}.wasm`];
});

const weights = existsSync(weightsFolder) ? readdirSync(weightsFolder).filter((name) => name.endsWith('.safetensors')).sort() : [];
for (const name of weights) cpSync(join(weightsFolder, name), join(pkg, 'models', name));

run(node, [join(tool('typescript'), 'bin/tsc'), '-p', join(root, 'pkg-config')]);
cpSync(join(root, 'pkg-config/loader/files.d.ts'), join(pkg, 'files.d.ts'));
writeFileSync(join(pkg, 'files.js'),
  listFiles('binaries', binaries) +
  listFiles('weights', weights.map((name) => [basename(name, '.safetensors'), `models/${name}`])));
writeFileSync(join(pkg, 'package.json'), `${JSON.stringify(manifest(), null, 2)}\n`);
for (const name of ['README.md', 'LICENSE-MIT', 'LICENSE-APACHE']) {
  const source = name === 'README.md' ? join(root, 'pkg-config/README.md') : join(root, name);
  cpSync(source, join(pkg, name));
}

// Comments and long names are for those who read the source; a visitor downloads what is left without them.
const scripts = readdirSync(pkg).filter((name) => name.endsWith('.js'));
const small = { outdir: pkg, allowOverwrite: true, minify: true, format: 'esm', target: 'es2022' };
// What a page loads first is one file: many small ones compress worse. What is imported later stays outside of it.
const later = {
  name: 'later',
  setup: ({ onResolve }) => onResolve({ filter: /^\./ }, ({ kind, path }) => (kind === 'dynamic-import' ? { path, external: true } : undefined)),
};
await esbuild({ ...small, entryPoints: [join(pkg, 'index.js')], bundle: true, plugins: [later] });
await esbuild({ ...small, entryPoints: scripts.filter((name) => name !== 'index.js').map((name) => join(pkg, name)) });

console.log('\npkg/  bytes → brotli');
for (const name of readdirSync(pkg, { recursive: true }).filter((name) => /\.(js|wasm|safetensors)$/.test(name)).sort()) {
  const path = join(pkg, name);
  console.log(`  ${name.padEnd(34)} ${kib(statSync(path).size).padStart(10)} → ${kib(brotliBytes(path))}`);
}
