/** Encodes a tensor in NumPy's file format, version 1.0: a header in Python syntax, then little-endian numbers in row-major order. */
export function npy(shape: readonly number[], values: Float32Array): Uint8Array<ArrayBuffer> {
  // A tuple with one element needs its comma.
  const axes = shape.map((axis) => `${axis},`).join(' ');
  const header = `{'descr': '<f4', 'fortran_order': False, 'shape': (${axes}), }`;
  // The header ends with a newline; the numbers begin at a multiple of 64 bytes.
  const begin = Math.ceil((10 + header.length + 1) / 64) * 64;
  const file = new Uint8Array(begin + 4 * values.length);
  const view = new DataView(file.buffer);
  file.set([0x93, ...new TextEncoder().encode('NUMPY'), 1, 0]);
  view.setUint16(8, begin - 10, true);
  file.set(new TextEncoder().encode(`${header.padEnd(begin - 11)}\n`), 10);
  values.forEach((number, i) => {
    view.setFloat32(begin + 4 * i, number, true);
  });
  return file;
}
