import type { App } from '../app/state.svelte';
import type { Explained, Method, MethodOptions, Outcome } from '../engine/protocol';

export type Phase = 'idle' | 'running' | 'stopped' | 'done';

export interface Explanation<M extends Method> {
  /** The results so far. */
  readonly result: Explained<M> | null;
  readonly phase: Phase;
  readonly problem: string;
  /** Starts it, in place of the one before. */
  start(options: MethodOptions<M>): Promise<void>;
  /** Stops it, and keeps its results. */
  stop(): void;
  /** Stops it, and drops its results. */
  reset(): void;
}

/** Starts a method in the worker; its first slice of work is in the answer. */
export const explain = <M extends Method>(
  app: App,
  method: M,
  options: MethodOptions<M>,
): Promise<Outcome<Explained<M>>> =>
  // A result is that of its method.
  app.ask((api) => api.startExplanation(method, options)) as Promise<Outcome<Explained<M>>>;

/** An explanation by a method, in slices, so that other calls get their turn and it can be stopped. */
export function explanation<M extends Method>(app: () => App, method: () => M): Explanation<M> {
  let result = $state.raw<Explained<M> | null>(null);
  let phase = $state<Phase>('idle');
  let problem = $state('');
  /** The number of the current start: answers to earlier ones are ignored. */
  let current = 0;

  const stop = (): void => {
    if (phase !== 'running') return;
    current += 1;
    phase = 'stopped';
    void app().ask((api) => api.cancelExplanation());
  };
  // The worker advances the explanation that was started last.
  const next = () => app().ask((api) => api.advanceExplanation()) as Promise<Outcome<Explained<M>>>;

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
    async start(options) {
      current += 1;
      const mine = current;
      [result, problem, phase] = [null, '', 'running'];
      let outcome = await explain(app(), method(), options);
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
