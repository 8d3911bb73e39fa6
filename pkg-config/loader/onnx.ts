// The reader of ONNX: a binary of its own, loaded when such a file is first opened. It gives a file of ours.
import type { Read, Wanted } from './download.js';
import { binaries } from './files.js';
import type { DownloadOptions } from './types.js';

let started: Promise<typeof import('./reader.js')> | undefined;

async function start(read: Read, place: (file: Wanted) => Wanted, how?: DownloadOptions) {
  const glue = import('./reader.js');
  const bytes = read(place(binaries['reader.plain']), how);
  const module = await WebAssembly.compile((await bytes) as BufferSource);
  await (await glue).default({ module_or_path: module });
  return glue;
}

/**
 * The network of an ONNX file as a file of ours.
 *
 * @throws Error with the reader's sentence: what the file looks like, or where and why it cannot be read
 */
export async function fromOnnx(
  bytes: Uint8Array,
  read: Read,
  place: (file: Wanted) => Wanted,
  how?: DownloadOptions,
): Promise<Uint8Array> {
  started ??= start(read, place, how).catch((error: unknown) => {
    started = undefined; // what failed may be tried again
    throw error;
  });
  const { OnnxReader } = await started;
  const reader = new OnnxReader();
  try {
    return reader.read(bytes, '{}');
  } finally {
    reader.free();
  }
}
