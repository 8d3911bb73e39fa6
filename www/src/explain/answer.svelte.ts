import type { Outcome } from '../engine/protocol';

/** What an engine said, and to which question; both change together, so that no words stand beside another question's numbers. */
export interface Answer<Question, Value> {
  readonly to: Question | null;
  readonly value: Value | null;
  readonly problem: string;
}

/** The engine's answer to a question that changes with what it reads; one that comes too late is dropped. */
export function answer<Question, Value>(
  question: () => Question | null,
  ask: (question: Question) => Promise<Outcome<Value>>,
): Answer<Question, Value> {
  const nothing: Answer<Question, Value> = { to: null, value: null, problem: '' };
  let last = $state.raw(nothing);
  $effect(() => {
    let late = false;
    const to = question();
    if (to === null) {
      last = nothing;
      return;
    }
    void ask(to).then((outcome) => {
      if (late) return;
      last =
        outcome.kind === 'done'
          ? { to, value: outcome.value, problem: '' }
          : { to, value: null, problem: outcome.sentence };
    });
    return () => {
      late = true;
    };
  });
  return {
    get to() {
      return last.to;
    },
    get value() {
      return last.value;
    },
    get problem() {
      return last.problem;
    },
  };
}
