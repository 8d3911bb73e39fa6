/** Files that come to the page, and the one that leaves it. */

import type { Desk } from '../app/state.svelte';
import { FILE_LIMITS, read, write } from '../pad/inkfile';
import { pixels } from '../pad/pictures';
import { save as saveFile } from '../ui/save';

/** The two kinds of network file that open, and others for which the importer reports what they are and what to do. */
const NETWORK_FILES = /\.(onnx|safetensors|pt|pth|pkl|h5|hdf5|keras|tflite|ort|pb|npz|mlmodel)$/i;

/** Whether a file is a network, by its name. */
export const isNetworkFile = ({ name }: File): boolean => NETWORK_FILES.test(name);

/** Whether it is a network that somebody brings, or a file that the last one asks for. */
const isOwn = (desk: Desk, file: Blob): boolean =>
  file instanceof File &&
  (isNetworkFile(file) || (desk.page.asked?.asks.files.some((asked) => asked.endsWith(file.name)) ?? false));

const named = (file: Blob): string => (file instanceof File && file.name ? `“${file.name}”` : 'The picture');

/**
 * Takes what was dropped, pasted or chosen: a picture goes onto the pad, an ink file onto the shelf too, a network opens,
 * with the other files that it keeps weights in.
 */
export async function take(desk: Desk, files: readonly Blob[]): Promise<void> {
  const file = files.find((file) => isOwn(desk, file)) ?? files[0];
  if (!file) return;
  try {
    if (isOwn(desk, file))
      return (await import('./importNetwork')).importNetwork(desk, files as readonly File[]);
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
