// Networks that read together, where the full engine's interface (src/web/together.rs) meets the package's. The engine must
// run already.
import { verdict } from './network.js';
import type { Drawing, Together, Verdict } from './types.js';

/** Networks from the bytes of their files, and the gate before them from its own. */
export async function openTogether(files: Uint8Array[], gate: Uint8Array | undefined, crops: number): Promise<Together> {
  if (!Number.isInteger(crops)) throw new TypeError(`crops: a whole number of looks, 1 to 11, not ${crops}`);
  const { Together: Compiled } = await import('./lab.js');
  const compiled = Compiled.open(files, gate, crops);
  return {
    classify: (drawing: Drawing): Verdict => verdict(compiled, drawing, false),
    free: (): void => compiled.free(),
  };
}
