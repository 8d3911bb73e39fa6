import type { Verdict } from '../engine/protocol';

/** A probability in percent. A network is never certain, so 99.9 is the maximum. */
export const percent = (probability: number): string => Math.min(99.9, probability * 100).toFixed(1);

/** An indefinite article: “an 8”, “a 3”. */
const article = (digit: number): string => (digit === 8 ? 'an' : 'a');

/** The number of digits: an imported network with ten unnamed classes is taken to read digits. */
export const DIGITS = 10;

/** Classes other than the ten digits, with their names if there are any. */
export interface Classes {
  readonly names: readonly string[];
}

/** The name of a class, or its number. */
export const nameOf = (index: number, classes: Classes | null): string =>
  classes?.names[index] ?? String(index);

/** The verdict as a sentence. */
export function sentence(verdict: Verdict, classes: Classes | null = null): string {
  if (verdict.reason === 'no-ink') return classes ? 'Draw something.' : 'Draw a digit.';
  if (classes) return classSentence(verdict, classes);
  if (verdict.several) return 'This looks like several digits; draw one at a time.';
  if (verdict.digit === null) return 'This does not look like a digit.';
  return `This is ${article(verdict.digit)} ${verdict.digit}, ${percent(verdict.confidence)} % sure.`;
}

function classSentence({ digit, confidence }: Verdict, classes: Classes): string {
  if (digit === null) return 'The network’s output is NaN (not a number).';
  const named = classes.names[digit];
  return `${named === undefined ? `Class ${digit}` : `“${named}”`}, ${percent(confidence)} % sure.`;
}
