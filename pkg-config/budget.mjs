// Measures what a visitor downloads, as brotli, against budget.json; fails when it is more.
//
//     node pkg-config/budget.mjs core|full|onnx|page
import { readdirSync, readFileSync } from 'node:fs';
import { dirname, join, normalize } from 'node:path';
import { init, parse } from 'es-module-lexer';
import { brotliBytes, kib, root, sentences } from './tools.mjs';

sentences();
await init;
const budgets = JSON.parse(readFileSync(join(root, 'pkg-config/budget.json'), 'utf8'));

/** The files in a folder and below that match a pattern. */
function matching(folder, files) {
  const pattern = new RegExp(files);
  const names = readdirSync(join(root, folder), { recursive: true }).filter((name) => pattern.test(name));
  if (names.length === 0) throw new Error(`no file in ${folder} matches ${files}; build it first`);
  return names;
}

/** A page, the files that it refers to, and `also`, with all that the scripts among them import statically. */
function loadedBy(folder, page, also) {
  const html = readFileSync(join(root, folder, page), 'utf8');
  const references = [...html.matchAll(/(?:src|href)="(?:\.\/)?([^":]+\.(?:js|css|svg|webmanifest))"/g)].map(([, file]) => file);
  const loaded = new Set([page]);
  const pending = [...references, ...matching(folder, also)];
  for (let file = pending.pop(); file; file = pending.pop()) {
    if (loaded.has(file)) continue;
    loaded.add(file);
    if (!file.endsWith('.js')) continue;
    const [imports] = parse(readFileSync(join(root, folder, file), 'utf8'));
    // Of a dynamic import, `d` is the position.
    for (const { d, n } of imports) if (d === -1 && n?.startsWith('.')) pending.push(normalize(join(dirname(file), n)));
  }
  return [...loaded];
}

function measure({ folder, files, largest, page, also }) {
  const found = (page ? loadedBy(folder, page, also) : matching(folder, files))
    .map((name) => ({ name: `${folder}/${name}`, bytes: brotliBytes(join(root, folder, name)) }))
    .sort((a, b) => b.bytes - a.bytes);
  return largest ? found.slice(0, 1) : found;
}

const name = process.argv[2];
const { about, limit, parts } = budgets[name] ?? {};
if (!parts) throw new Error(`usage: budget.mjs ${Object.keys(budgets).join('|')}`);
const found = parts.flatMap(measure);
const total = found.reduce((sum, { bytes }) => sum + bytes, 0);
for (const { name, bytes } of found) console.log(`  ${kib(bytes).padStart(10)}  ${name}`);
const verdict = `${name}: ${kib(total)} of ${kib(limit)} (${about}, brotli)`;
if (total > limit) {
  console.error(`over the budget: ${verdict}`);
  process.exit(1);
}
console.log(verdict);
