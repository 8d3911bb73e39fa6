/** Files of networks that somebody brings. The engine reads them; here is only what must be refused before that. */
import type { Desk } from '../state/desk.svelte';

/** What their names end with; other files are opened from the network's own button. */
export const ENDINGS = '.onnx,.safetensors';
/** The largest file that is handed on: with its weights as numbers of four bytes and packed, a tab still has room. */
const LIMIT = 256 * 2 ** 20;

export const isNetwork = ({ name }: File): boolean => /\.(onnx|safetensors)$/i.test(name);

/**
 * Has a network's file opened, as one that reads ink from 0 to 1 until something else is said.
 *
 * @throws Error with one sentence when the file cannot be handed on
 */
export async function bring(desk: Desk, file: File): Promise<void> {
  if (file.size > LIMIT) {
    throw new Error(`it has ${Math.ceil(file.size / 2 ** 20)} MiB; at most ${LIMIT / 2 ** 20} are taken`);
  }
  desk.problem(null);
  const bytes = new Uint8Array(await file.arrayBuffer());
  desk.bring({ title: file.name, bytes, making: null, classes: '' });
}
