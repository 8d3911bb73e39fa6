/** The next link or button from index `at` in steps of `step`; other elements are skipped. */
function next(cells: readonly Element[], at: number, step: number): Element | undefined {
  for (let to = at + step; to >= 0 && to < cells.length; to += step) {
    if (cells[to]?.matches('a, button')) return cells[to];
  }
  return undefined;
}

/** Moves the focus by arrow keys within a grid or list of links or buttons, which has one tab stop. */
export function moveFocus(event: KeyboardEvent, columns: number): void {
  const link = event.currentTarget;
  const group = link instanceof HTMLElement ? link.closest('[role=group]') : null;
  if (!group || !(link instanceof HTMLElement)) return;
  // Cells without a link count, too, so that up and down stay in their column.
  const cells = [...group.querySelectorAll('.grid > *, a, button, td:not(:has(button)):not(:first-child)')];
  const at = cells.indexOf(link);
  const steps: Readonly<Record<string, () => Element | undefined>> = {
    ArrowLeft: () => next(cells, at, -1),
    ArrowRight: () => next(cells, at, 1),
    ArrowUp: () => next(cells, at, -columns),
    ArrowDown: () => next(cells, at, columns),
    Home: () => next(cells, -1, 1),
    End: () => next(cells, cells.length, -1),
  };
  const step = steps[event.key];
  if (!step) return;
  event.preventDefault();
  const to = step();
  if (to instanceof HTMLElement) to.focus();
}
