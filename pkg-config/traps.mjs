// Makes panics into traps, for a binary whose every byte counts. A panic is a mistake in this project's own code, and
// ends the engine either way: whoever runs it starts another. What is lost is its message; the full engine has that.
import binaryen from 'binaryen';

/** The functions that the compiler calls where code is to panic; none of them comes back. */
const panics = /\b(panicking::panic\w*|(slice_index|unwrap|expect|assert|len_mismatch|borrow)_fail(ed)?|capacity_overflow|handle_(alloc_)?error|throw_null)\b/;

/** A binary, with the names of its functions, as one whose panics trap. */
export function trapping(binary) {
  binaryen.setDebugInfo(true);
  const module = binaryen.readBinary(forgetPlaces(binary));
  let trapped = 0;
  for (let i = 0; i < module.getNumFunctions(); i += 1) {
    const one = module.getFunctionByIndex(i);
    const { name, module: imported } = binaryen.getFunctionInfo(one);
    if (imported || !panics.test(name)) continue;
    binaryen.Function(one).body = module.unreachable();
    trapped += 1;
  }
  if (trapped === 0) throw new Error('no panics were found to be made into traps: have their functions other names?');
  return module.emitBinary();
}

/**
 * Makes zero what only panics would show: the places in the source, each a pointer to a file's name, the name's length, a
 * line and a column; and those names.
 */
function forgetPlaces(binary) {
  const bytes = Uint8Array.from(binary);
  const segments = dataSegments(bytes);
  const at = (address, length) => {
    const segment = segments.find(({ start, data }) => address >= start && address + length <= start + data.length);
    return segment?.data.subarray(address - segment.start, address - segment.start + length);
  };
  const names = new Set();
  for (const { start, data } of segments) {
    const words = new DataView(data.buffer, data.byteOffset, data.length);
    for (let place = -start & 3; place + 16 <= data.length; place += 4) {
      const [pointer, length] = [words.getUint32(place, true), words.getUint32(place + 4, true)];
      const name = length < 200 && at(pointer, length);
      if (!name || !/^[\w/.-]+\.rs$/.test(Buffer.from(name).toString('latin1'))) continue;
      names.add(name);
      data.fill(0, place, place + 16);
    }
  }
  for (const name of names) name.fill(0);
  return bytes;
}

/** Where the binary's data lie in its memory, each as a view of the binary. */
function dataSegments(bytes) {
  let at = 8;
  const number = () => {
    for (let [value, shift] = [0, 0]; ; shift += 7) {
      const byte = bytes[at++];
      value += (byte & 0x7f) * 2 ** shift;
      if (byte < 0x80) return value;
    }
  };
  while (at < bytes.length) {
    const id = bytes[at++];
    const end = number() + at;
    if (id === 11) {
      return Array.from({ length: number() }, () => {
        // One memory, and a constant for the place in it: `00`, `i32.const`, …, `end`.
        if (bytes[at] !== 0 || bytes[at + 1] !== 0x41) throw new Error('data of a kind that no compiler made so far');
        at += 2;
        const start = number();
        at += 1;
        const length = number();
        return { start, data: bytes.subarray(at, (at += length)) };
      });
    }
    at = end;
  }
  throw new Error('a binary without data');
}
