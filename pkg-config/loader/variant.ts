import type { Variant } from './types.js';

// A module that uses an unknown instruction fails to validate as a whole, so it cannot ask for itself. Each probe is
// the smallest module around one instruction: () -> v128, built from `i8x16.splat(0)`.
const header = [0x00, 0x61, 0x73, 0x6d, 0x01, 0x00, 0x00, 0x00]; // "\0asm", version 1
const signature = [0x01, 0x05, 0x01, 0x60, 0x00, 0x01, 0x7b]; // type section: () -> v128
const functions = [0x03, 0x02, 0x01, 0x00]; // function section: one function of that type
const zero = [0x41, 0x00, 0xfd, 0x0f]; // i32.const 0, i8x16.splat
const relaxedMadd = [0xfd, 0x85, 0x02]; // f32x4.relaxed_madd

function validates(instructions: number[]): boolean {
  const body = [0x00, ...instructions, 0x0b]; // no locals … end
  const code = [0x0a, body.length + 2, 0x01, body.length, ...body];
  return WebAssembly.validate(new Uint8Array([...header, ...signature, ...functions, ...code]));
}

/**
 * The fastest variant that runs here.
 *
 * @throws Error when the browser has no WebAssembly, or none with SIMD.
 */
export function fastestVariant(): Variant {
  if (typeof WebAssembly !== 'object') {
    throw new Error('this browser has no WebAssembly; Chrome 91, Firefox 89, Safari 16.4 or newer are needed');
  }
  if (!validates(zero)) {
    throw new Error('this browser has no WebAssembly SIMD; Chrome 91, Firefox 89, Safari 16.4 or newer are needed');
  }
  return validates([...zero, ...zero, ...zero, ...relaxedMadd]) ? 'relaxed' : 'simd128';
}
