import type { Explanation } from 'convscope';
import type { Explained } from './protocol';

/** Milliseconds of work before other calls get their turn. */
const SLICE = 12;

/** The one explanation of a worker: started, advanced a slice at a time, and cancelled. */
export class CurrentExplanation {
  #explanation: Explanation | null = null;
  /** The number of the last start: an earlier one that is still starting is dropped. */
  #starts = 0;

  /** Cancels the explanation before, starts another one, and does its first work. */
  async start(begin: () => Promise<Explanation>): Promise<Explained> {
    this.cancel();
    const mine = this.#starts;
    const explanation = await begin();
    if (mine !== this.#starts) {
      explanation.free();
      throw new Error('another explanation was started');
    }
    this.#explanation = explanation;
    return this.advance();
  }

  advance(): Explained {
    const explanation = this.#explanation;
    if (!explanation) throw new Error('no explanation has been started');
    const end = performance.now() + SLICE;
    let done = explanation.advance(1);
    while (!done && performance.now() < end) done = explanation.advance(1);
    return { ...explanation.result(), done };
  }

  cancel(): void {
    this.#starts += 1;
    this.#explanation?.free();
    this.#explanation = null;
  }
}
