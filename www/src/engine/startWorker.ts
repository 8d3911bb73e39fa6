import * as Comlink from 'comlink';
import type { WorkerApi } from './protocol';

/** A running worker. */
export interface WorkerHandle {
  readonly api: Comlink.Remote<WorkerApi>;
  /** Ends the worker and removes every listener on it. */
  end(): void;
}

/** Starts a worker; `lost` is called when the browser reports that it broke. */
export type StartWorker = (lost: (why: string) => void) => WorkerHandle;

/** Starts a worker with an engine in it. */
export const startWorker: StartWorker = (lost) => {
  const worker = new Worker(new URL('./worker.ts', import.meta.url), {
    type: 'module',
    name: 'convscope engine',
  });
  const api = Comlink.wrap<WorkerApi>(worker);
  const listening = new AbortController();
  const { signal } = listening;
  worker.addEventListener('error', (event) => lost(event.message || 'it could not be loaded'), { signal });
  worker.addEventListener('messageerror', () => lost('a message could not be read'), { signal });
  return {
    api,
    end() {
      listening.abort();
      // Calls without an answer would otherwise keep the worker, and their callers, alive.
      api[Comlink.releaseProxy]();
      worker.terminate();
    },
  };
};
