import type { App } from '../app/state.svelte';
import type { Question } from '../engine/connection';
import type { JobProgress, Outcome } from '../engine/protocol';

export type Phase = 'idle' | 'running' | 'stopped' | 'done';

export interface Job<T> {
  /** The results so far. */
  readonly result: T | null;
  readonly phase: Phase;
  readonly problem: string;
  /** Starts the job, in place of the one before. */
  start(question: Question<T>): Promise<void>;
  /** Stops the job, and keeps its results. */
  stop(): void;
  /** Stops the job, and drops its results. */
  reset(): void;
}

/** Long work of the engine, requested in slices, so that other calls get their turn and it can be stopped. */
export function job<T extends JobProgress>(app: () => App): Job<T> {
  let result = $state.raw<T | null>(null);
  let phase = $state<Phase>('idle');
  let problem = $state('');
  /** The number of the current start: answers to earlier ones are ignored. */
  let current = 0;

  const stop = (): void => {
    if (phase !== 'running') return;
    current += 1;
    phase = 'stopped';
    void app().ask((api) => api.endJob());
  };
  // The worker continues the job that was started last, whose type is T.
  const next = () => app().ask((api) => api.continueJob()) as Promise<Outcome<T>>;

  return {
    get result() {
      return result;
    },
    get phase() {
      return phase;
    },
    get problem() {
      return problem;
    },
    async start(question) {
      current += 1;
      const mine = current;
      [result, problem, phase] = [null, '', 'running'];
      let outcome = await app().ask(question);
      while (mine === current) {
        if (outcome.kind !== 'done') {
          [problem, phase] = [outcome.message, 'stopped'];
          return;
        }
        result = outcome.value;
        if (result.done) {
          phase = 'done';
          return;
        }
        outcome = await next();
      }
    },
    stop,
    reset() {
      stop();
      [result, problem, phase] = [null, '', 'idle'];
    },
  };
}
