// node memory.mjs NETWORK INPUT RUNS: opens a file's network in the package and runs it so often on a file of numbers; prints
// how many bytes the engine's memory has, { opened, first, last }: after opening, the first run, the last.
import { readFileSync } from 'node:fs';
import full from '../../../pkg/full.js';
import { load } from '../../../pkg/node.js';

const [, , file, sample, runs] = process.argv;
const engine = await load();
await engine.preload();
const network = await engine.import(readFileSync(file));
// The engine runs already: this gives what it exports.
const { memory } = await full();
const bytes = () => memory.buffer.byteLength;

const input = new Float32Array(new Uint8Array(readFileSync(sample)).buffer);
const opened = bytes();
const output = network.run(input);
const first = bytes();
for (let run = 1; run < Number(runs); run += 1) network.runInto(input, output);
console.log(JSON.stringify({ opened, first, last: bytes() }));
