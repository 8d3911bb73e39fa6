/** Runs an architecture on this device with random weights. */
import type { Outcome } from '../engine/protocol';
import { startWorker } from '../engine/startWorker';

export interface Run {
  /** Milliseconds for one input. */
  readonly outcome: Promise<Outcome<number>>;
  stop(): void;
}

/** Runs it in a worker of its own: the memory, which may be a gigabyte, is freed with the worker. */
export function runArchitecture(name: string, start = startWorker): Run {
  let stop = (): void => undefined;
  const outcome = new Promise<Outcome<number>>((settle) => {
    const worker = start((message) => end({ kind: 'broken', message }));
    const end = (result: Outcome<number>): void => {
      worker.end();
      settle(result);
    };
    stop = () => end({ kind: 'refused', message: 'it was stopped' });
    worker.api.timeRandom(name).then(end, (error) => end({ kind: 'broken', message: String(error) }));
  });
  return { outcome, stop };
}
