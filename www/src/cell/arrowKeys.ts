/** What an arrow key leads to from number `at`, over what is no link and no button; nothing where there is nothing. */
function next(cells: readonly Element[], at: number, step: number): Element | undefined {
  for (let to = at + step; to >= 0 && to < cells.length; to += step) {
    if (cells[to]?.matches('a, button')) return cells[to];
  }
  return undefined;
}

/** Arrow keys among the links or buttons of a grid or a list, which is one stop of the tab key. */
export function walk(event: KeyboardEvent, columns: number): void {
  const link = event.currentTarget;
  const group = link instanceof HTMLElement ? link.closest('[role=group]') : null;
  if (!group || !(link instanceof HTMLElement)) return;
  // Places of a grid without a link count, so that up and down stay in their column.
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
