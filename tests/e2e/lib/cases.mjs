// Recorded cases: the folder that CONVSCOPE_CASES names, or the subset in tests/recorded. A folder that is missing is a failure.
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

const root = process.env.CONVSCOPE_CASES ?? fileURLToPath(new URL('../../recorded', import.meta.url));

/** A folder of cases that the repository has too. */
export function folder(...names) {
  const path = join(root, ...names);
  if (!existsSync(path)) throw new Error(`recorded cases: ${path} is missing`);
  return path;
}

/** Malformed and malicious files of one format: `{ file, path, expect, what, message_should_mention }`. */
export function hostile(format) {
  const path = folder('hostile');
  const { cases } = JSON.parse(readFileSync(join(path, 'manifest.json'), 'utf8'));
  return cases.filter((each) => each.format === format).map((each) => ({ ...each, path: join(path, each.file) }));
}

/** The float32 numbers of a file that holds one ONNX tensor. */
export function tensor(path) {
  const bytes = readFileSync(path);
  let at = 0;
  const varint = () => {
    let value = 0;
    for (let shift = 0; ; shift += 7) {
      const byte = bytes[at++];
      value += (byte & 127) * 2 ** shift;
      if (byte < 128) return value;
    }
  };
  let numbers;
  while (at < bytes.length) {
    const tag = varint();
    if ((tag & 7) === 0) {
      varint();
      continue;
    }
    if ((tag & 7) !== 2) throw new Error(`${path}: a field of kind ${tag & 7}`);
    const end = varint() + at;
    // float_data, or raw_data.
    if (tag >> 3 === 4 || tag >> 3 === 9) numbers = new Float32Array(bytes.buffer.slice(bytes.byteOffset + at, bytes.byteOffset + end));
    at = end;
  }
  return numbers;
}
