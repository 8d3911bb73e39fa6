// Measures what a visitor downloads, as brotli, against budget.json; fails when it is more.
//
//     node pkg-config/budget.mjs core|full|onnx|page
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { brotliBytes, kib, root } from './tools.mjs';

const budgets = JSON.parse(readFileSync(join(root, 'pkg-config/budget.json'), 'utf8'));

function measure({ folder, files, largest }) {
  const pattern = new RegExp(files);
  const found = readdirSync(join(root, folder), { recursive: true })
    .filter((name) => pattern.test(name))
    .map((name) => ({ name: `${folder}/${name}`, bytes: brotliBytes(join(root, folder, name)) }))
    .sort((a, b) => b.bytes - a.bytes);
  if (found.length === 0) throw new Error(`nothing in ${folder} matches ${files}: is it built?`);
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
