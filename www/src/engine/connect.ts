import * as Comlink from 'comlink';
import type { Connect } from './connection';
import type { Laboratory } from './protocol';

/** Starts a worker with an engine in it. */
export const connect: Connect = (lost) => {
  const worker = new Worker(new URL('./worker.ts', import.meta.url), {
    type: 'module',
    name: 'convscope engine',
  });
  const laboratory = Comlink.wrap<Laboratory>(worker);
  const listening = new AbortController();
  const { signal } = listening;
  worker.addEventListener('error', (event) => lost(event.message || 'it could not be loaded'), { signal });
  worker.addEventListener('messageerror', () => lost('a message could not be read'), { signal });
  return {
    laboratory,
    end() {
      listening.abort();
      // Calls that are never answered now would keep the worker, and whoever waits for them, for ever.
      laboratory[Comlink.releaseProxy]();
      worker.terminate();
    },
  };
};
