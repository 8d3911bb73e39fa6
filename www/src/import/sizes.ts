/** Sizes that a network file leaves open, as fields of a form. */
import type { OpenSize } from '../engine/protocol';

/** The text of each field, by the size's name; empty where the engine chooses the size. */
export type SizeForm = Record<string, string>;

export const sizeForm = (sizes: readonly OpenSize[]): SizeForm =>
  Object.fromEntries(sizes.map(({ name, size }) => [name, size === undefined ? '' : `${size}`]));

const LABELS: Readonly<Record<string, string>> = {
  channels: 'Channels',
  rows: 'Height',
  columns: 'Width',
  numbers: 'Numbers',
};

/** What a size counts, followed by the file's name for it if that is different. */
export function labelOf({ name, counts }: OpenSize): string {
  const label = LABELS[counts];
  if (!label) return name;
  return label.toLowerCase() === name.toLowerCase() ? label : `${label}, “${name}”`;
}

/** @throws Error for a field that is not a positive whole number */
export function parseSizes(form: SizeForm): Record<string, number> {
  const filled = Object.entries(form).filter(([, text]) => text.trim() !== '');
  return Object.fromEntries(
    filled.map(([name, text]) => {
      const size = Number(text);
      if (Number.isSafeInteger(size) && size > 0) return [name, size];
      throw new Error(`The size “${name}” must be a positive whole number, not “${text.slice(0, 40)}”.`);
    }),
  );
}
