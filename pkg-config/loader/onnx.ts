// The reader of ONNX: a binary of its own, loaded when such a file is first opened. It gives a file of ours.
import type { Read, Wanted } from './download.js';
import { binaries } from './files.js';
import type { Asks, OpenOptions, OpenSize } from './types.js';

/** A network as a file of ours, and the sizes that the ONNX file left open. */
export interface FromOnnx {
  bytes: Uint8Array;
  sizes: OpenSize[];
}

let started: Promise<typeof import('./reader.js')> | undefined;

async function start(read: Read, place: (file: Wanted) => Wanted, how?: OpenOptions) {
  const glue = import('./reader.js');
  const bytes = read(place(binaries['reader.plain']), how);
  const module = await WebAssembly.compile((await bytes) as BufferSource);
  await (await glue).default({ module_or_path: module });
  return glue;
}

/**
 * The network of an ONNX file as a file of ours; for a `picture`, sizes that are open and not given are filled in.
 *
 * @throws Error with the reader's sentence: what the file looks like, or where and why it cannot be read; with `asks`
 * where the file asks for something
 */
export async function fromOnnx(
  bytes: Uint8Array,
  picture: boolean,
  read: Read,
  place: (file: Wanted) => Wanted,
  how: OpenOptions = {},
): Promise<FromOnnx> {
  started ??= start(read, place, how).catch((error: unknown) => {
    started = undefined; // what failed may be tried again
    throw error;
  });
  const { OnnxReader } = await started;
  const reader = new OnnxReader();
  try {
    for (const [name, size] of Object.entries(how.sizes ?? {})) reader.size(name, size);
    const asks = JSON.parse(reader.asks(bytes)) as Asks;
    const missing = give(reader, asks.files, how.files ?? {});
    try {
      const ours = reader.read(bytes, picture);
      return { bytes: ours, sizes: (JSON.parse(reader.asks(bytes)) as Asks).sizes };
    } catch (error) {
      const still = { ...asks, files: missing };
      throw error instanceof WebAssembly.RuntimeError ? error : wanting(error as Error, still);
    }
  } finally {
    reader.free();
  }
}

/** The refusal with what would help, if anything would. */
const wanting = (error: Error, asks: Asks): Error =>
  asks.sizes.length === 0 && asks.files.length === 0 ? error : Object.assign(error, { asks });

/** A file's name without its folder: all that a chosen file says of itself. */
const last = (name: string): string => name.slice(name.lastIndexOf('/') + 1);

/** Hands the reader the files that it asks for; gives the names of those that are not there. */
function give(
  reader: { put(name: string, bytes: Uint8Array): void },
  names: readonly string[],
  files: Readonly<Record<string, Uint8Array>>,
): string[] {
  // Without a folder a name will do only where no other file is called so.
  const called = new Map<string, number>();
  for (const name of names) called.set(last(name), (called.get(last(name)) ?? 0) + 1);
  return names.filter((name) => {
    const key = Object.hasOwn(files, name) || called.get(last(name)) !== 1 ? name : last(name);
    const bytes = Object.hasOwn(files, key) ? files[key] : undefined;
    if (bytes) reader.put(name, bytes);
    return !bytes;
  });
}
