import type { Outcome } from '../engine/protocol';

export type Phase = 'idle' | 'running' | 'stopped' | 'done';

export interface Job<T> {
  /** What it has come to so far. */
  readonly found: T | null;
  readonly phase: Phase;
  readonly problem: string;
  /** Begins, in place of what was before. */
  start(begin: () => Promise<Outcome<T>>): Promise<void>;
  /** Stops, and keeps what was found. */
  stop(): void;
  /** Stops, and forgets. */
  reset(): void;
}

/** Long work of the engine, asked for piece by piece, so that other questions have their turn and it can be stopped. */
export function job<T extends { readonly done: boolean }>(
  goOn: () => Promise<Outcome<T>>,
  end: () => void,
): Job<T> {
  let found = $state.raw<T | null>(null);
  let phase = $state<Phase>('idle');
  let problem = $state('');
  /** Which start's answers count. */
  let current = 0;

  const stop = (): void => {
    if (phase !== 'running') return;
    current += 1;
    phase = 'stopped';
    end();
  };

  return {
    get found() {
      return found;
    },
    get phase() {
      return phase;
    },
    get problem() {
      return problem;
    },
    async start(begin) {
      current += 1;
      const mine = current;
      [found, problem, phase] = [null, '', 'running'];
      let outcome = await begin();
      while (mine === current) {
        if (outcome.kind !== 'done') {
          [problem, phase] = [outcome.sentence, 'stopped'];
          return;
        }
        found = outcome.value;
        if (found.done) {
          phase = 'done';
          return;
        }
        outcome = await goOn();
      }
    },
    stop,
    reset() {
      stop();
      [found, problem, phase] = [null, '', 'idle'];
    },
  };
}
