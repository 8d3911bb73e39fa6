/** The form that says how a network's input is made, as what the engine takes. */
import type { Making } from '../engine/protocol';

export interface Form {
  /** What full ink is: 1 or 255. */
  scale: number;
  invert: boolean;
  /** One number, or one a channel. */
  mean: string;
  deviation: string;
}

export const formOf = (making: Making | null): Form => ({
  scale: making?.scale ?? 1,
  invert: making?.invert ?? false,
  mean: (making?.mean ?? [0]).join(', '),
  deviation: (making?.deviation ?? [1]).join(', '),
});

/** Numbers with commas or spaces between them; the engine says whether they will do. */
function numbers(text: string, what: string): number[] {
  const words = text.split(/[\s,;]+/).filter(Boolean);
  const found = words.map(Number);
  const wrong = words[found.findIndex((number) => !Number.isFinite(number))];
  if (wrong !== undefined) throw new Error(`The ${what} “${wrong.slice(0, 40)}” is not a number.`);
  if (found.length === 0) throw new Error(`The ${what} is missing.`);
  return found;
}

/** @throws Error with one sentence for what is not a number */
export const makingOf = ({ scale, invert, mean, deviation }: Form): Making => ({
  scale,
  invert,
  mean: numbers(mean, 'mean'),
  deviation: numbers(deviation, 'deviation'),
});
