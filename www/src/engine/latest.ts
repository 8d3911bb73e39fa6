export interface Latest<T> {
  /** Asks for `input` to be worked on; an input that still waits is dropped for it. */
  push(input: T): void;
  /** Takes no more work, and drops what waits. */
  close(): void;
}

/** Works on the newest input only: one at work, at most one waiting. Drawing never queues up behind the engine. */
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
