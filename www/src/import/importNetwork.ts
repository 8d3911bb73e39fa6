/** Files of networks that somebody brings. The engine reads them; here is only what must be refused before that. */
import type { Desk } from '../app/state.svelte';
import { isNetworkFile } from './openFiles';

/** The largest files that are handed on: with their weights as numbers of four bytes and packed, a tab still has room. */
const LIMIT = 256 * 2 ** 20;

const bytesOf = async (file: File): Promise<Uint8Array> => new Uint8Array(await file.arrayBuffer());

/**
 * Has a network's file opened, with those that came with it: as one that reads ink from 0 to 1 until something else is
 * said. Without a network among them they are what the last one asked for.
 *
 * @throws Error with one sentence when the files cannot be handed on
 */
export async function importNetwork(desk: Desk, files: readonly File[]): Promise<void> {
  const network = files.find(isNetworkFile);
  const before = network ? null : desk.page.asked?.file;
  const given = Object.values(before?.files ?? {}).reduce((sum, bytes) => sum + bytes.length, 0);
  const size = files.reduce((sum, file) => sum + file.size, (before?.bytes.length ?? 0) + given);
  if (size > LIMIT) {
    throw new Error(`it has ${Math.ceil(size / 2 ** 20)} MiB; at most ${LIMIT / 2 ** 20} are taken`);
  }
  desk.problem(null);
  const beside = files.filter((file) => file !== network);
  const read = await Promise.all(beside.map(async (file) => [file.name, await bytesOf(file)] as const));
  const brought = Object.fromEntries(read);
  if (before) return desk.bring({ ...before, files: { ...before.files, ...brought } });
  if (!network) return;
  const bytes = await bytesOf(network);
  desk.bring({ title: network.name, bytes, making: null, classes: '', sizes: {}, files: brought });
}
