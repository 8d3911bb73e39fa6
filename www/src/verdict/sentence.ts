import type { Verdict } from '../engine/protocol';

/** A probability as people say it. A network is never certain, so “100 %” is not said. */
export const percent = (probability: number): string => Math.min(99.9, probability * 100).toFixed(1);

/** An indefinite article: “an 8”, “a 3”. */
const article = (digit: number): string => (digit === 8 ? 'an' : 'a');

/** The verdict in words. */
export function sentence(verdict: Verdict): string {
  if (verdict.reason === 'no-ink') return 'Draw a digit.';
  if (verdict.several) return 'This looks like several digits; draw one at a time.';
  if (verdict.digit === null) return 'This does not look like a digit.';
  return `This is ${article(verdict.digit)} ${verdict.digit}, ${percent(verdict.confidence)} % sure.`;
}
