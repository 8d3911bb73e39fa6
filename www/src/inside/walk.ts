/** Arrow keys among the links of a grid or a list, which is one stop of the tab key. */
export function walk(event: KeyboardEvent, columns: number): void {
  const link = event.currentTarget;
  if (!(link instanceof HTMLElement)) return;
  const cells = [...(link.closest('[role=group]')?.querySelectorAll<HTMLElement>('.grid > *, a') ?? [])];
  const at = cells.indexOf(link);
  const step = { ArrowLeft: -1, ArrowRight: 1, ArrowUp: -columns, ArrowDown: columns }[event.key];
  if (step === undefined && event.key !== 'Home' && event.key !== 'End') return;
  event.preventDefault();
  const links = cells.filter((cell) => cell instanceof HTMLAnchorElement);
  if (event.key === 'Home') return links[0]?.focus();
  if (event.key === 'End') return links.at(-1)?.focus();
  // What is no link lies in the border: the step goes on over it.
  for (let to = at + (step ?? 0); to >= 0 && to < cells.length; to += step ?? 0) {
    const cell = cells[to];
    if (cell instanceof HTMLAnchorElement) return cell.focus();
  }
}
