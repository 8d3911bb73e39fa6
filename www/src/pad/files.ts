/** Files that come to the page, and the one that leaves it. */

import { bring, isNetwork } from '../own/files';
import type { Desk } from '../state/desk.svelte';
import { FILE_LIMITS, read, write } from '../state/inkfile';
import { save as saveFile } from '../ui/save';
import { pixels } from './pictures';

const named = (file: Blob): string => (file instanceof File && file.name ? `“${file.name}”` : 'The picture');

/** Takes a dropped, pasted or chosen file: a picture goes onto the pad, an ink file onto the shelf too, a network opens. */
export async function take(desk: Desk, file: Blob): Promise<void> {
  try {
    if (file instanceof File && isNetwork(file)) return await bring(desk, file);
    const isInk = file instanceof File && /\.(jsonl|json|ndjson|txt)$/i.test(file.name);
    desk.problem(await (isInk ? takeInk(desk, file) : takePicture(desk, file)));
  } catch (error) {
    desk.problem(`${named(file)} cannot be used: ${(error as Error).message}.`);
  }
}

async function takePicture(desk: Desk, file: Blob): Promise<null> {
  desk.put({ strokes: [], picture: await pixels(file) });
  return null;
}

/** Gives a sentence where not all of it was taken. */
async function takeInk(desk: Desk, file: Blob): Promise<string | null> {
  if (file.size > FILE_LIMITS.bytes) {
    throw new Error(
      `it has ${Math.ceil(file.size / 2 ** 20)} MiB; at most ${FILE_LIMITS.bytes / 2 ** 20} are taken`,
    );
  }
  const { shelf } = desk.page;
  const room = FILE_LIMITS.drawings - shelf.length;
  if (room <= 0) throw new Error(`${shelf.length} drawings are kept already; forget them to make room`);
  const found = read(await file.text(), room + 1);
  desk.setShelf([...shelf, ...found.slice(0, room)]);
  const [first] = found;
  if (first) desk.put({ strokes: first.strokes, picture: null });
  return found.length > room
    ? `Of ${named(file)} the first ${room} drawings were taken; more are not kept.`
    : null;
}

/** Saves the drawings on the shelf, and the one on the pad, as an ink file. */
export function save(desk: Desk): void {
  desk.keep();
  if (desk.page.shelf.length === 0) {
    desk.problem('There is no drawing to save yet.');
    return;
  }
  saveFile('digits.jsonl', write(desk.page.shelf), 'application/jsonl');
}
