/** Opens the files that the visitor chooses, drops or pastes: a picture, an ink file or a network. */

import type { App } from '../app/state.svelte';
import { FILE_LIMITS, read } from '../pad/inkfile';
import { pixels } from '../pad/pictures';

/** The two kinds of network file that open, and others for which the importer reports what they are and what to do. */
const NETWORK_FILES = /\.(onnx|safetensors|pt|pth|pkl|h5|hdf5|keras|tflite|ort|pb|npz|mlmodel)$/i;

/** Whether a file is a network, by its name. */
export const isNetworkFile = ({ name }: File): boolean => NETWORK_FILES.test(name);

/** Whether a file is a network, or one that the pending import requires. */
const belongsToImport = (app: App, file: Blob): boolean =>
  file instanceof File &&
  (isNetworkFile(file) ||
    (app.page.pendingImport?.requirements.files.some((required) => required.endsWith(file.name)) ?? false));

const titleOf = (file: Blob): string =>
  file instanceof File && file.name ? `“${file.name}”` : 'The picture';

/**
 * Opens files: a picture is put on the pad; the drawings of an ink file are added to the shelf, the first also to the
 * pad; a network is imported, with the other files that contain its weights.
 */
export async function openFiles(app: App, files: readonly Blob[]): Promise<void> {
  const file = files.find((file) => belongsToImport(app, file)) ?? files[0];
  if (!file) return;
  try {
    if (belongsToImport(app, file)) {
      return (await import('./importNetwork')).importNetwork(app, files as readonly File[]);
    }
    const isInk = file instanceof File && /\.(jsonl|json|ndjson|txt)$/i.test(file.name);
    app.problem(await (isInk ? openInk(app, file) : openPicture(app, file)));
  } catch (error) {
    app.problem(`${titleOf(file)} cannot be opened: ${(error as Error).message}.`);
  }
}

async function openPicture(app: App, file: Blob): Promise<null> {
  app.put({ strokes: [], picture: await pixels(file) });
  return null;
}

/** Returns a message if not all drawings of the file were opened. */
async function openInk(app: App, file: Blob): Promise<string | null> {
  if (file.size > FILE_LIMITS.bytes) {
    throw new Error(
      `the file has ${Math.ceil(file.size / 2 ** 20)} MiB; the limit is ${FILE_LIMITS.bytes / 2 ** 20} MiB`,
    );
  }
  const { shelf } = app.page;
  const room = FILE_LIMITS.drawings - shelf.length;
  if (room <= 0)
    throw new Error(`${shelf.length} drawings are kept already; remove them to make room for more`);
  const drawings = read(await file.text(), room + 1);
  app.setShelf([...shelf, ...drawings.slice(0, room)]);
  const [first] = drawings;
  if (first) app.put({ strokes: first.strokes, picture: null });
  return drawings.length > room
    ? `Only the first ${room} drawings of ${titleOf(file)} were opened: the page keeps at most ${FILE_LIMITS.drawings}.`
    : null;
}
