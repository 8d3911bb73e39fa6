// Networks whose probabilities are averaged, in the full engine (src/wasm/full/ensemble.rs). It must run already.
import { disposable } from './disposable.js';
import { Ensemble as Compiled } from './full.js';
import { classifier } from './network.js';
import type { Drawing, Ensemble, Prediction } from './types.js';

/** Networks from the bytes of their files, and the gate before them from its own. */
export function openEnsemble(files: Uint8Array[], gate: Uint8Array | undefined, crops: number): Ensemble {
  if (!Number.isInteger(crops)) throw new TypeError(`crops: expected an integer from 1 to 11, found ${crops}`);
  const compiled = Compiled.open(files, gate, crops);
  return disposable({
    classify: (drawing: Drawing): Prediction => classifier(drawing, false)(compiled),
    free: (): void => compiled.free(),
  });
}
