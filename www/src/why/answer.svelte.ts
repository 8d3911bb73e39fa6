import type { Outcome } from '../engine/protocol';

/** The engine's answer to a question that changes with what it reads; one that comes too late is dropped. */
export function answer<T>(
  ask: () => Promise<Outcome<T>> | null,
  blank: T,
): { readonly value: T; readonly problem: string } {
  let value = $state.raw(blank);
  let problem = $state('');
  $effect(() => {
    let late = false;
    void ask()?.then((outcome) => {
      if (late) return;
      problem = outcome.kind === 'done' ? '' : outcome.sentence;
      value = outcome.kind === 'done' ? outcome.value : blank;
    });
    return () => {
      late = true;
    };
  });
  return {
    get value() {
      return value;
    },
    get problem() {
      return problem;
    },
  };
}
