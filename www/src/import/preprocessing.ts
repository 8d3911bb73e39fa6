/** The form for how a drawing becomes a network's input. */
import type { Preprocessing } from '../engine/protocol';

export interface PreprocessingForm {
  /** The value of a full-intensity pixel: 1 or 255. */
  scale: number;
  invert: boolean;
  /** One number, or one per channel. */
  mean: string;
  std: string;
}

export const preprocessingForm = (preprocessing: Preprocessing | null): PreprocessingForm => ({
  scale: preprocessing?.scale ?? 1,
  invert: preprocessing?.invert ?? false,
  mean: (preprocessing?.mean ?? [0]).join(', '),
  std: (preprocessing?.std ?? [1]).join(', '),
});

/** Parses numbers between commas or spaces; the engine checks how many there are. */
function parseNumbers(text: string, field: string): number[] {
  const words = text.split(/[\s,;]+/).filter(Boolean);
  const numbers = words.map(Number);
  const wrong = words[numbers.findIndex((number) => !Number.isFinite(number))];
  if (wrong !== undefined) throw new Error(`The ${field} “${wrong.slice(0, 40)}” is not a number.`);
  if (numbers.length === 0) throw new Error(`The ${field} is missing.`);
  return numbers;
}

/** @throws Error for a mean or a standard deviation that is missing or not a number */
export const parsePreprocessing = ({ scale, invert, mean, std }: PreprocessingForm): Preprocessing => ({
  scale,
  invert,
  mean: parseNumbers(mean, 'mean'),
  std: parseNumbers(std, 'standard deviation'),
});
