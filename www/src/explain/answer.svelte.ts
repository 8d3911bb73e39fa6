import type { Outcome } from '../engine/protocol';

/** The engine's last answer and its question; both change together, so that texts and values always match. */
export interface Answer<Question, Value> {
  readonly question: Question | null;
  readonly value: Value | null;
  readonly problem: string;
}

/** Asks the engine again whenever what the question reads changes; a late answer is dropped. */
export function answer<Question, Value>(
  question: () => Question | null,
  ask: (question: Question) => Promise<Outcome<Value>>,
): Answer<Question, Value> {
  const nothing: Answer<Question, Value> = { question: null, value: null, problem: '' };
  let last = $state.raw(nothing);
  $effect(() => {
    let late = false;
    const asked = question();
    if (asked === null) {
      last = nothing;
      return;
    }
    void ask(asked).then((outcome) => {
      if (late) return;
      last =
        outcome.kind === 'done'
          ? { question: asked, value: outcome.value, problem: '' }
          : { question: asked, value: null, problem: outcome.message };
    });
    return () => {
      late = true;
    };
  });
  return {
    get question() {
      return last.question;
    },
    get value() {
      return last.value;
    },
    get problem() {
      return last.problem;
    },
  };
}
