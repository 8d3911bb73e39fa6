/** Importing network files. The engine parses them; this module only refuses what is too large to be passed on. */
import type { App } from '../app/state.svelte';
import { isNetworkFile } from './openFiles';

/** Bytes of the largest import: unpacked to 32-bit numbers and packed for the engine, it still fits into a tab. */
const LIMIT = 256 * 2 ** 20;

const bytesOf = async (file: File): Promise<Uint8Array> => new Uint8Array(await file.arrayBuffer());

/**
 * Imports a network together with its other files, at first with the default preprocessing. If none of the files is a
 * network, they are added to the import that requires them.
 *
 * @throws Error when the files are too large
 */
export async function importNetwork(app: App, files: readonly File[]): Promise<void> {
  const network = files.find(isNetworkFile);
  const pending = network ? null : app.page.pendingImport?.file;
  const pendingBytes = Object.values(pending?.files ?? {}).reduce((sum, bytes) => sum + bytes.length, 0);
  const size = files.reduce((sum, file) => sum + file.size, (pending?.bytes.length ?? 0) + pendingBytes);
  if (size > LIMIT) {
    throw new Error(`it has ${Math.ceil(size / 2 ** 20)} MiB; the limit is ${LIMIT / 2 ** 20} MiB`);
  }
  app.problem(null);
  const others = files.filter((file) => file !== network);
  const entries = await Promise.all(others.map(async (file) => [file.name, await bytesOf(file)] as const));
  const added = Object.fromEntries(entries);
  if (pending) return app.import({ ...pending, files: { ...pending.files, ...added } });
  if (!network) return;
  const bytes = await bytesOf(network);
  app.import({ title: network.name, bytes, preprocessing: null, classes: '', sizes: {}, files: added });
}
