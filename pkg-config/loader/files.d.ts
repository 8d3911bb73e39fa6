// files.js is written by build.mjs, which knows the sizes. Each address is spelled out there as
// `new URL('./…', import.meta.url)`, the form that bundlers recognise and copy.
import type { TierName } from './tier.js';
import type { Variant } from './types.js';

/** A file of this package. */
export interface PackagedFile {
  /** Its name within its folder. */
  readonly name: string;
  readonly url: URL;
  /** Its exact length, so that a broken download is noticed. */
  readonly bytes: number;
}

export const binaries: Readonly<Record<`${TierName}.${Variant}` | 'onnx.plain', PackagedFile>>;
export const weights: Readonly<Record<string, PackagedFile>>;
