/** convscope in Node: the same engine; files of the package are read from disk. */
import { readFile } from 'node:fs/promises';
import { pathToFileURL } from 'node:url';
import { download, type Read } from './download.js';
import { loader } from './load.js';

export type * from './types.js';

const read: Read = async (file, options) => {
  if (file.url.protocol !== 'file:') return download(file, options);
  const bytes = await readFile(file.url, options?.signal ? { signal: options.signal } : {});
  if (file.bytes !== undefined && bytes.length !== file.bytes) {
    throw new Error(`${file.name}: ${bytes.length} bytes, expected ${file.bytes}`);
  }
  options?.progress?.(bytes.length, bytes.length);
  return bytes;
};

/** Starts the fastest binary that this Node runs. */
export const load = loader({ read, base: () => pathToFileURL('./') });
