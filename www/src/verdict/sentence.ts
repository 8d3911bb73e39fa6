import type { Verdict } from '../engine/protocol';

/** A probability as people say it: never “100 %” for what is not certain. */
export const percent = (probability: number): string => {
  const shown = (probability * 100).toFixed(1);
  return shown === '100.0' && probability < 1 ? '99.9' : shown;
};

/** An indefinite article: “an 8”, “a 3”. */
const article = (digit: number): string => (digit === 8 ? 'an' : 'a');

/** The verdict in words. */
export function sentence(verdict: Verdict): string {
  if (verdict.reason === 'no-ink') return 'Draw a digit.';
  if (verdict.several) return 'This looks like several digits; draw one at a time.';
  if (verdict.digit === null) return 'This does not look like a digit.';
  return `This is ${article(verdict.digit)} ${verdict.digit}, ${percent(verdict.confidence)} % sure.`;
}
