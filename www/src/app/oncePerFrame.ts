export interface OncePerFrame<T> {
  /** Shows a value: at once, or in the next frame if this one has shown another already. */
  push(value: T): void;
  /** Drops the value that waits for the next frame. */
  drop(): void;
}

/** Shows at most one value per frame, the newest: a second one would be computed but never seen. */
export function oncePerFrame<T>(
  show: (value: T) => void,
  nextFrame = requestAnimationFrame,
): OncePerFrame<T> {
  let waiting: { value: T } | null = null;
  let shownInThisFrame = false;

  function showNow(value: T): void {
    shownInThisFrame = true;
    nextFrame(frame);
    show(value);
  }

  function frame(): void {
    shownInThisFrame = false;
    const next = waiting;
    waiting = null;
    if (next) showNow(next.value);
  }

  return {
    push(value) {
      if (shownInThisFrame) waiting = { value };
      else showNow(value);
    },
    drop() {
      waiting = null;
    },
  };
}
