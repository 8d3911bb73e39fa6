/** A case study, run here with random weights. */
import { connect } from '../engine/connect';
import type { Outcome } from '../engine/protocol';

/** Something that runs, and can be stopped. */
export interface Running {
  /** Milliseconds for one input. */
  readonly outcome: Promise<Outcome<number>>;
  stop(): void;
}

/** Runs it in a worker of its own: its memory, which may be a gigabyte, is given back with the worker. */
export function runRandom(name: string, start = connect): Running {
  let stop = (): void => undefined;
  const outcome = new Promise<Outcome<number>>((settle) => {
    const connection = start((sentence) => close({ kind: 'broken', sentence }));
    const close = (how: Outcome<number>): void => {
      connection.end();
      settle(how);
    };
    stop = () => close({ kind: 'refused', sentence: 'it was stopped' });
    connection.laboratory
      .timeRandom(name)
      .then(close, (error) => close({ kind: 'broken', sentence: String(error) }));
  });
  return { outcome, stop };
}
