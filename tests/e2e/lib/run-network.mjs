// node run-network.mjs NETWORK INPUT OUTPUT: runs a file's network in the package on a file of numbers; prints the variant.
import { readFileSync, writeFileSync } from 'node:fs';
import { load } from '../../../pkg/node.js';

const [, , file, input, output] = process.argv;
const engine = await load();
const network = await engine.import(readFileSync(file));
const numbers = new Float32Array(new Uint8Array(readFileSync(input)).buffer);
const first = network.run(numbers);
// Again, on the same buffers.
const second = network.run(numbers);
if (!first.every((number, at) => number === second[at])) throw new Error('two runs differ');
writeFileSync(output, Buffer.from(second.buffer));
network.free();
console.log(engine.variant);
