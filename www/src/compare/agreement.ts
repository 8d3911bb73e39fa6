import type { Verdict } from '../engine/protocol';
import { percent } from '../verdict/sentence';

/** What two networks that read digits say of one drawing together; nothing where there is nothing to compare. */
export function together(a: Verdict, b: Verdict): string {
  if (a.reason === 'no-ink' || b.reason === 'no-ink') return '';
  if (a.digit === b.digit) return 'They agree.';
  if (a.digit === null || b.digit === null) return 'They disagree.';
  const mean = a.probabilities.map((probability, digit) => (probability + (b.probabilities[digit] ?? 0)) / 2);
  const greatest = Math.max(...mean);
  return `They disagree; averaged, they say ${mean.indexOf(greatest)}, ${percent(greatest)} % sure.`;
}
