// Ink for the tests: people's recorded digits, where the folder with recorded cases is there.
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';

const cases = process.env.CONVSCOPE_CASES;
const file = cases && join(cases, '../data/pen-digits.jsonl');
if (file && !existsSync(file)) throw new Error(`CONVSCOPE_CASES is set, but ${file} is missing`);

/** For each digit the drawings of the first `writers` people, one each: `{ label, writer, strokes }`; none where nothing is recorded. */
export function recorded(writers) {
  if (!file) return [];
  const drawings = readFileSync(file, 'utf8').trim().split('\n').map((line) => JSON.parse(line));
  const chosen = new Map();
  for (const drawing of drawings.filter(({ writer }) => writer <= writers)) {
    const key = `${drawing.label} ${drawing.writer}`;
    if (!chosen.has(key)) chosen.set(key, drawing);
  }
  return [...chosen.values()].sort((a, b) => a.label - b.label || a.writer - b.writer);
}

/** A one in a single stroke, for tests that only need some ink. */
export const one = [[[30, 40], [50, 10], [50, 40], [50, 70], [50, 100]]];
