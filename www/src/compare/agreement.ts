import type { Verdict } from '../engine/protocol';
import { percent } from '../verdict/sentence';

/** Whether two networks agree on one drawing, and the average answer if not; empty if the pad is. */
export function agreement(a: Verdict, b: Verdict): string {
  if (a.reason === 'no-ink' || b.reason === 'no-ink') return '';
  if (a.digit === b.digit) return 'They agree.';
  if (a.digit === null || b.digit === null) return 'They disagree.';
  const mean = a.probabilities.map((probability, digit) => (probability + (b.probabilities[digit] ?? 0)) / 2);
  const max = Math.max(...mean);
  return `They disagree. The average of both is ${mean.indexOf(max)}, ${percent(max)} % sure.`;
}
