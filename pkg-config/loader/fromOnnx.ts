// ONNX models as safetensors files that carry their graph, by a binary of its own (src/wasm/onnx.rs), which is loaded when
// one is first imported.
import type { Read, Wanted } from './download.js';
import { binaries } from './files.js';
import type { DownloadOptions, ImportOptions, OpenSize, Requirements } from './types.js';

/** A model as a safetensors file, and the sizes that it leaves open. */
export interface Converted {
  bytes: Uint8Array;
  sizes: OpenSize[];
}

/** How files of the package are fetched. */
export interface Files {
  read: Read;
  place(file: Wanted): Wanted;
}

let started: Promise<typeof import('./onnx.js')> | undefined;

async function start({ read, place }: Files, how?: DownloadOptions) {
  const glue = import('./onnx.js');
  const bytes = read(place(binaries['onnx.plain']), how);
  const module = await WebAssembly.compile((await bytes) as BufferSource);
  await (await glue).default({ module_or_path: module });
  return glue;
}

const engine = (files: Files, how?: DownloadOptions): Promise<typeof import('./onnx.js')> =>
  (started ??= start(files, how).catch((error: unknown) => {
    started = undefined; // what failed may be tried again
    throw error;
  }));

/**
 * The network of an ONNX model as a safetensors file; for a `picture`, sizes that are open and not given are filled in.
 *
 * @throws Error with one sentence: what kind of file it is, or where and why it cannot be imported; with `requirements`
 * where the file lacks something
 */
export async function fromOnnx(bytes: Uint8Array, picture: boolean, files: Files, how: ImportOptions): Promise<Converted> {
  const { OnnxImporter } = await engine(files, how);
  const importer = new OnnxImporter();
  try {
    for (const [name, size] of Object.entries(how.sizes ?? {})) importer.size(name, size);
    const requirements: Requirements = importer.requirements(bytes);
    const missing = give(importer, requirements.files, how.files ?? {});
    try {
      const converted = importer.import(bytes, picture);
      return { bytes: converted, sizes: (importer.requirements(bytes) as Requirements).sizes };
    } catch (error) {
      const unmet = { ...requirements, files: missing };
      throw error instanceof WebAssembly.RuntimeError ? error : lacking(error as Error, unmet);
    }
  } finally {
    importer.free();
  }
}

/** The refusal with what the file requires, if it requires anything. */
const lacking = (error: Error, requirements: Requirements): Error =>
  requirements.sizes.length === 0 && requirements.files.length === 0 ? error : Object.assign(error, { requirements });

/** A file's name without its folder: all that a chosen file says of itself. */
const last = (name: string): string => name.slice(name.lastIndexOf('/') + 1);

/** Gives the importer the files that it requires; returns the names of those that are missing. */
function give(
  importer: { file(name: string, bytes: Uint8Array): void },
  names: readonly string[],
  files: Readonly<Record<string, Uint8Array>>,
): string[] {
  // A name without its folder is enough only where it is unique.
  const counts = new Map<string, number>();
  for (const name of names) counts.set(last(name), (counts.get(last(name)) ?? 0) + 1);
  return names.filter((name) => {
    const key = Object.hasOwn(files, name) || counts.get(last(name)) !== 1 ? name : last(name);
    const bytes = Object.hasOwn(files, key) ? files[key] : undefined;
    if (bytes) importer.file(name, bytes);
    return !bytes;
  });
}
