export interface Latest<T> {
  /** Queues `input`; it replaces an input that still waits. */
  push(input: T): void;
  /** Accepts no more inputs, and drops the waiting one. */
  close(): void;
}

/** Processes only the newest input: one in work and at most one waiting, so drawing never queues up behind the engine. */
export function latest<T>(work: (input: T) => Promise<void>): Latest<T> {
  let waiting: { input: T } | null = null;
  let working = false;
  let closed = false;

  const run = async (): Promise<void> => {
    working = true;
    while (waiting && !closed) {
      const { input } = waiting;
      waiting = null;
      await work(input);
    }
    working = false;
  };

  return {
    push(input) {
      if (closed) return;
      waiting = { input };
      if (!working) void run();
    },
    close() {
      closed = true;
      waiting = null;
    },
  };
}
