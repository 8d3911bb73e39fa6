/**
 * convscope in a browser: handwritten digits, read by LeNet-5 in WebAssembly.
 *
 *     const engine = await load();
 *     const network = await engine.network('lenet5');
 *     const { digit, confidence } = network.classify(strokes);
 */
import { download } from './download.js';
import { loader } from './load.js';

export type * from './types.js';

/** Picks and starts the fastest binary that this browser runs. */
export const load = loader({ read: download, base: () => globalThis.location?.href ?? import.meta.url });
