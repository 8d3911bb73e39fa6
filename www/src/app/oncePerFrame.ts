export interface Paced<T> {
  /** Has something shown: at once, or with the next frame where something was shown in this one. */
  push(value: T): void;
  /** Forgets what waits for the next frame. */
  drop(): void;
}

/** Shows one thing a frame, the newest: two in one frame and none in the next would be work for half of what is seen. */
export function paced<T>(show: (value: T) => void, nextFrame = requestAnimationFrame): Paced<T> {
  let waiting: { value: T } | null = null;
  let shown = false;

  function put(value: T): void {
    shown = true;
    nextFrame(frame);
    show(value);
  }

  function frame(): void {
    shown = false;
    const next = waiting;
    waiting = null;
    if (next) put(next.value);
  }

  return {
    push(value) {
      if (shown) waiting = { value };
      else put(value);
    },
    drop() {
      waiting = null;
    },
  };
}
