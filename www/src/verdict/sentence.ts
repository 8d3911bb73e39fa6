import type { Verdict } from '../engine/protocol';

/** A probability as people say it. A network is never certain, so “100 %” is not said. */
export const percent = (probability: number): string => Math.min(99.9, probability * 100).toFixed(1);

/** An indefinite article: “an 8”, “a 3”. */
const article = (digit: number): string => (digit === 8 ? 'an' : 'a');

/** Classes that are digits and have no other names. */
export const DIGITS = 10;

/** Classes other than the ten digits: their names, if they were given. */
export interface Classes {
  readonly names: readonly string[];
}

/** What a class is called. */
export const nameOf = (index: number, classes: Classes | null): string =>
  classes?.names[index] ?? String(index);

/** The verdict in words. */
export function sentence(verdict: Verdict, classes: Classes | null = null): string {
  if (verdict.reason === 'no-ink') return classes ? 'Draw something.' : 'Draw a digit.';
  if (classes) return otherSentence(verdict, classes);
  if (verdict.several) return 'This looks like several digits; draw one at a time.';
  if (verdict.digit === null) return 'This does not look like a digit.';
  return `This is ${article(verdict.digit)} ${verdict.digit}, ${percent(verdict.confidence)} % sure.`;
}

function otherSentence({ digit, confidence }: Verdict, classes: Classes): string {
  if (digit === null) return 'The network’s answer is not a number.';
  const named = classes.names[digit];
  return `${named === undefined ? `Class ${digit}` : `“${named}”`}, ${percent(confidence)} % sure.`;
}
