import type { JobProgress } from './protocol';

/** Long work of the engine, in steps. */
interface Steps {
  /** Takes `count` steps; true once the work is complete. */
  step(count: number): boolean;
  free(): void;
}

/** Milliseconds of work before other calls get their turn. */
const SLICE = 12;

/** The one job of a worker: started, continued a slice at a time, and ended. */
export class Job {
  #steps: Steps | null = null;
  #advance: (() => JobProgress) | null = null;

  /** Ends the job before, starts another one, and takes its first steps. */
  start<S extends Steps, R>(begin: () => S, result: (steps: S) => R): R & { readonly done: boolean } {
    this.end();
    const steps = begin();
    const advance = (): R & { readonly done: boolean } => {
      const done = slice(steps);
      return { ...result(steps), done };
    };
    this.#steps = steps;
    this.#advance = advance as () => unknown as () => JobProgress;
    return advance();
  }

  continue(): JobProgress {
    if (!this.#advance) throw new Error('no job is running');
    return this.#advance();
  }

  end(): void {
    this.#steps?.free();
    this.#steps = this.#advance = null;
  }
}

function slice(steps: Steps): boolean {
  const end = performance.now() + SLICE;
  let done = steps.step(1);
  while (!done && performance.now() < end) done = steps.step(1);
  return done;
}
