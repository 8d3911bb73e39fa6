/** One stop of the tab key for a whole group; arrows move within it, Home and End go to its ends. */
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

/** Follows an arrow key to another button of the group, and gives its number. */
export function follow(event: KeyboardEvent, index: number, length: number): number {
  const next = roving(event, index, length);
  if (next === null) return index;
  event.preventDefault();
  const group = event.currentTarget instanceof HTMLElement ? event.currentTarget.parentElement : null;
  group?.querySelectorAll('button')[next]?.focus();
  return next;
}
