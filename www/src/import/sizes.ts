/** Sizes that a network's file leaves open, as a form asks for them. */
import type { OpenSize } from '../engine/protocol';

/** What stands in the form, by the size's name; empty where the engine is to choose. */
export type SizeForm = Record<string, string>;

export const sizeForm = (sizes: readonly OpenSize[]): SizeForm =>
  Object.fromEntries(sizes.map(({ name, size }) => [name, size === undefined ? '' : `${size}`]));

const COUNTS: Readonly<Record<string, string>> = {
  channels: 'Channels',
  rows: 'Height',
  columns: 'Width',
  numbers: 'Numbers',
};

/** What a size is, in the page's words and the file's. */
export function labelOf({ name, counts }: OpenSize): string {
  const word = COUNTS[counts];
  if (!word) return name;
  return word.toLowerCase() === name.toLowerCase() ? word : `${word}, “${name}”`;
}

/** @throws Error with one sentence for what is not a size */
export function sizesOf(form: SizeForm): Record<string, number> {
  const given = Object.entries(form).filter(([, text]) => text.trim() !== '');
  return Object.fromEntries(
    given.map(([name, text]) => {
      const size = Number(text);
      if (Number.isSafeInteger(size) && size > 0) return [name, size];
      throw new Error(`The size “${name}” must be a whole number from 1 up, not “${text.slice(0, 40)}”.`);
    }),
  );
}
