/** Links to cells: real addresses, which a plain click opens in the page. */

import { toSearch } from '../app/address';
import type { App } from '../app/state.svelte';
import type { Cell } from '../engine/protocol';

/** The address of a cell, without the drawing, because there are hundreds of links. */
export const address = (model: string, { node, channel, row, column }: Cell): string =>
  toSearch({ model, beside: null, node, channel, cell: [row, column] }, []);

const cellAt = (event: Event): { link: HTMLAnchorElement; cell: Cell } | null => {
  const link = event.target instanceof Element ? event.target.closest('a') : null;
  if (!link?.dataset.node) return null;
  const { node, channel, row, col } = link.dataset;
  return { link, cell: { node, channel: Number(channel), row: Number(row), column: Number(col) } };
};

/** Event handlers for an element that contains links to cells. */
export const links = (app: App) => ({
  onclick(event: MouseEvent): void {
    const target = cellAt(event);
    if (!target || event.button !== 0 || event.metaKey || event.ctrlKey || event.shiftKey || event.altKey)
      return;
    event.preventDefault();
    app.follow(target.cell);
  },
  /** Adds the drawing to the link, in case it is opened in another tab. */
  onpointerdown(event: PointerEvent): void {
    const target = cellAt(event);
    if (!target) return;
    const { node, channel, row, column } = target.cell;
    const { model, beside } = app.page.view;
    const view = { model, beside, node, channel, cell: [row, column] as const };
    target.link.search = toSearch(view, app.page.pad.sheet.strokes);
  },
});
