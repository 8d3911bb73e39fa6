/** Links to cells: addresses that open anywhere, followed in place by a plain click. */

import type { Desk } from '../app/state.svelte';
import { toSearch } from '../app/view';
import type { Cell } from '../engine/protocol';

/** The address of a cell, without the drawing: hundreds of them stand on the page. */
export const address = (model: string, { node, channel, row, column }: Cell): string =>
  toSearch({ model, beside: null, node, channel, cell: [row, column] }, []);

const cellAt = (event: Event): { link: HTMLAnchorElement; cell: Cell } | null => {
  const link = event.target instanceof Element ? event.target.closest('a') : null;
  if (!link?.dataset.node) return null;
  const { node, channel, row, col } = link.dataset;
  return { link, cell: { node, channel: Number(channel), row: Number(row), column: Number(col) } };
};

/** What a region full of links to cells listens to. */
export const links = (desk: Desk) => ({
  onclick(event: MouseEvent): void {
    const found = cellAt(event);
    if (!found || event.button !== 0 || event.metaKey || event.ctrlKey || event.shiftKey || event.altKey)
      return;
    event.preventDefault();
    desk.follow(found.cell);
  },
  /** A link that leaves the page takes the drawing along. */
  onpointerdown(event: PointerEvent): void {
    const found = cellAt(event);
    if (!found) return;
    const { node, channel, row, column } = found.cell;
    const { model, beside } = desk.page.view;
    const view = { model, beside, node, channel, cell: [row, column] as const };
    found.link.search = toSearch(view, desk.page.pad.sheet.strokes);
  },
});
