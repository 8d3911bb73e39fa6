import type { Outcome } from './protocol';

/** One worker's upgrade from the core engine to the full one, which inspects cells, explains, counts and times. */
export class Upgrade {
  readonly #load: () => Promise<Outcome<void>>;
  readonly #onUpgrade: (outcome: Outcome<void>, quiet: boolean) => void;
  #state: 'core' | 'loading' | 'full' | 'refused' = 'core';
  #loading = Promise.resolve();

  /** `onUpgrade` is called after each attempt; `quiet` is true for a failed prefetch, which is not reported. */
  constructor(
    load: () => Promise<Outcome<void>>,
    onUpgrade: (outcome: Outcome<void>, quiet: boolean) => void,
  ) {
    this.#load = load;
    this.#onUpgrade = onUpgrade;
  }

  get state(): 'core' | 'loading' | 'full' | 'refused' {
    return this.#state;
  }

  /** Loads the full engine, or waits until the attempt in progress ends. */
  start({ prefetch = false } = {}): Promise<void> {
    if (this.#state === 'loading') return this.#loading;
    this.#state = 'loading';
    this.#loading = this.#load().then((outcome) => {
      const quiet = prefetch && outcome.kind === 'refused';
      this.#state = outcome.kind === 'done' ? 'full' : quiet ? 'core' : 'refused';
      this.#onUpgrade(outcome, quiet);
    });
    return this.#loading;
  }

  /** The worker has loaded the full engine by itself, for an import. */
  skip(): void {
    this.#state = 'full';
  }

  /** Allows another attempt after a refused one. */
  allowRetry(): void {
    if (this.#state === 'refused') this.#state = 'core';
  }
}
