// NumPy's file format, as far as `convscope run` needs it: little-endian float32, row-major.

export function write(shape, values) {
  const header = `{'descr': '<f4', 'fortran_order': False, 'shape': (${shape.join(', ')},), }`;
  // The header ends with a newline, and the data begins on a multiple of 64 bytes.
  const length = Math.ceil((10 + header.length + 1) / 64) * 64 - 10;
  const start = Buffer.alloc(10);
  start.write('\x93NUMPY\x01\x00', 'latin1');
  start.writeUInt16LE(length, 8);
  return Buffer.concat([start, Buffer.from(`${header.padEnd(length - 1)}\n`), Buffer.from(Float32Array.from(values).buffer)]);
}

export function read(file) {
  const length = file.readUInt16LE(8);
  const header = file.toString('latin1', 10, 10 + length);
  if (!header.includes("'<f4'") || header.includes("'fortran_order': True")) throw new Error(`not row-major float32: ${header}`);
  const shape = header.match(/'shape': \(([^)]*)\)/)[1].split(',').filter((axis) => axis.trim()).map(Number);
  const data = file.subarray(10 + length);
  return { shape, values: Float32Array.from({ length: data.length / 4 }, (_, i) => data.readFloatLE(4 * i)) };
}
