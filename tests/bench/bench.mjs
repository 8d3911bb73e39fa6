// Measures the package in pkg/ and its peers, in one browser and by turns.
//
//     node tests/bench/bench.mjs [--networks a,b] [--rounds 21] [--milliseconds 100] 
//         [--skip peak,inference,steadiness,sweep,training,cold]
//
// A run without options writes tests/bench/RESULTS.md and the table in README.md; every run writes target/bench/result.json.
import { readFileSync, writeFileSync } from 'node:fs';
import { cpus } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { root, sentences } from '../../pkg-config/tools.mjs';
import { open } from '../e2e/lib/browser.mjs';
import { serve } from '../e2e/lib/server.mjs';
import { layOut, put, site } from './layout.mjs';
import { Bench, coldStart } from './measure.mjs';
import { networks, sweep, trained, withDenormals, yardstick } from './networks.mjs';
import { plot } from './plot.mjs';
import { meanLoss } from './reference.mjs';
import { details, summary } from './table.mjs';

sentences();
const { values } = parseArgs({ options: {
  networks: { type: 'string' }, rounds: { type: 'string', default: '21' }, milliseconds: { type: 'string', default: '100' }, skip: { type: 'string', default: '' },
} });
const skipped = values.skip.split(',').filter(Boolean);
const wanted = values.networks?.split(',');
const log = (sentence) => console.log(`${new Date().toISOString().slice(11, 19)} ${sentence}`);

const training = trained();
const chosen = networks().filter(({ name }) => !wanted || wanted.includes(name));
if (chosen.length === 0) throw new Error(`there is no such network; there are ${networks().map(({ name }) => name).join(', ')}`);

log('laying out networks and pages');
const expected = await layOut([...chosen, ...training]);
const [ours, plain] = ['convscope+relaxed', 'convscope+simd128'];
const alone = chosen.filter(({ input }) => input[0] === 1);
if (!skipped.includes('steadiness')) for (const net of alone) for (const where of ['input', 'weights']) put(withDenormals(net, where));
const swept = sweep();
if (!skipped.includes('sweep')) for (const net of Object.values(swept).flat()) put(net);
// The headers give pages a finer clock; no engine is given threads.
const server = await serve(site, { isolated: true });
const browser = await open('chrome');
try {
  const capabilities = await browser.driver.getCapabilities();
  const rounds = Number(values.rounds);
  const bench = new Bench(browser, server.url, { rounds, milliseconds: Number(values.milliseconds), warm: 1000, log });
  const result = {
    date: new Date().toISOString().slice(0, 10),
    machine: `${cpus()[0].model.trim()}, ${cpus().length} cores`,
    browser: `Chromium ${capabilities.getBrowserVersion()}`,
    rounds,
    networks: Object.fromEntries(chosen.map(({ name, macs, parameters, input }) => [name, { macs, parameters, input }])),
  };
  const parts = {
    peak: () => bench.peak(),
    inference: () => bench.inference(chosen, expected),
    steadiness: async () => ({ [ours]: await bench.steadiness(alone, ours), [plain]: await bench.steadiness(alone, plain) }),
    sweep: () => bench.sweep(swept, yardstick.name, ours),
    training: async () => {
      const rows = {};
      for (const { name, input } of training) rows[name] = await bench.training(name, meanLoss(expected[name], input[0]));
      return rows;
    },
    cold: () => coldStart(bench),
  };
  for (const [name, part] of Object.entries(parts)) if (!skipped.includes(name)) result[name] = await part();
  writeFileSync(join(root, 'target/bench/result.json'), JSON.stringify(result, null, 1));
  if (result.sweep) writeFileSync(join(root, 'target/bench/sweep.svg'), plot(result.sweep, result.peak));
  if (result.inference) console.log(`\n${summary(result)}\n\n${details(result)}`);
  if (bench.missing.length > 0) throw new Error(`nothing is published:\n${bench.missing.join('\n')}`);
  if (process.argv.length === 2) publish(result);
} finally {
  await browser.quit();
  await server.close();
}

function publish(result) {
  const table = summary(result);
  writeFileSync(join(root, 'tests/bench/RESULTS.md'), `# Measured\n\n${table}\n\n${details(result)}\n\n\`make bench\` measures this again and writes this file.\n`);
  writeFileSync(join(root, 'tests/bench/sweep.svg'), plot(result.sweep, result.peak));
  const readme = join(root, 'README.md');
  const [before, after] = ['<!-- bench -->', '<!-- /bench -->'];
  const text = readFileSync(readme, 'utf8');
  if (!text.includes(before)) return;
  writeFileSync(readme, text.slice(0, text.indexOf(before) + before.length) + `\n${table}\n` + text.slice(text.indexOf(after)));
}
