/** The index that a key leads to in a group with one tab stop: arrows move by one, Home and End to the ends. */
export function roving(event: KeyboardEvent, index: number, length: number): number | null {
  switch (event.key) {
    case 'ArrowRight':
    case 'ArrowDown':
      return Math.min(length - 1, index + 1);
    case 'ArrowLeft':
    case 'ArrowUp':
      return Math.max(0, index - 1);
    case 'Home':
      return 0;
    case 'End':
      return length - 1;
    default:
      return null;
  }
}

/** Moves the focus to the button that a key leads to, and returns its index. */
export function follow(event: KeyboardEvent, index: number, length: number): number {
  const next = roving(event, index, length);
  if (next === null) return index;
  event.preventDefault();
  const group = event.currentTarget instanceof HTMLElement ? event.currentTarget.parentElement : null;
  group?.querySelectorAll('button')[next]?.focus();
  return next;
}
