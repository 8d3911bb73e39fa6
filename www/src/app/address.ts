/** What the page shows, as its address: every view can be linked and survives a reload. */

import { CUSTOM, DEFAULT_NETWORK, NETWORKS } from '../networks/catalogue';
import type { Strokes } from '../pad/drawing';
import { decode, encode } from '../pad/inkcode';

export interface View {
  readonly model: string;
  /** The network to compare with, or null. */
  readonly beside: string | null;
  /** The name of the open layer's node; the network's input is one, too. */
  readonly node: string | null;
  readonly channel: number;
  readonly cell: readonly [row: number, column: number] | null;
}

export const FIRST_VIEW: View = { model: DEFAULT_NETWORK, beside: null, node: null, channel: 0, cell: null };

/** No layer open. */
export const CLOSED = { node: null, channel: 0, cell: null } as const;

/** What an address asks for, and one sentence for each part of it that is not available. */
export interface Request {
  readonly view: View;
  readonly strokes: Strokes;
  readonly problems: readonly string[];
}

/** Reads the query of an address. `hasCustom`: whether an imported network is open, which an address may then name. */
export function fromSearch(search: string, hasCustom = false): Request {
  const query = new URLSearchParams(search);
  const problems: string[] = [];

  /** The network that the address names, if it is available. */
  const available = (name: string | null): string | null => {
    if (name === null || Object.hasOwn(NETWORKS, name) || (name === CUSTOM && hasCustom)) return name;
    problems.push(
      name === CUSTOM
        ? 'The link is to an imported network, but a link cannot contain the file; open its file here.'
        : `The link names the network “${name.slice(0, 40)}”, which does not exist here.`,
    );
    return null;
  };
  const named = query.get('model');
  const model = available(named);
  const beside = available(query.get('with'));

  let strokes: Strokes = [];
  const ink = query.get('ink');
  if (ink) {
    try {
      strokes = decode(ink);
    } catch (error) {
      problems.push(`The drawing in the link cannot be read: ${(error as Error).message}.`);
    }
  }

  const cell = /^(\d{1,4}),(\d{1,4})$/.exec(query.get('cell') ?? '');
  // The layers of an imported network are not those of the network that is shown instead.
  const node = named === CUSTOM && model === null ? null : query.get('node');
  const view: View = {
    model: model ?? DEFAULT_NETWORK,
    beside,
    node: node?.slice(0, 200) || null,
    channel: /^\d{1,5}$/.test(query.get('channel') ?? '') ? Number(query.get('channel')) : 0,
    cell: cell ? [Number(cell[1]), Number(cell[2])] : null,
  };
  return { view, strokes, problems };
}

/** The query of an address, with its question mark. A drawing that is too long for a link is left out. */
export function toSearch(view: View, strokes: Strokes): string {
  const query: string[] = [`model=${encodeURIComponent(view.model)}`];
  if (view.beside !== null) query.push(`with=${encodeURIComponent(view.beside)}`);
  if (view.node !== null) {
    query.push(`node=${encodeURIComponent(view.node)}`, `channel=${view.channel}`);
    if (view.cell) query.push(`cell=${view.cell.join(',')}`);
  }
  const ink = strokes.length > 0 ? encode(strokes) : null;
  if (ink) query.push(`ink=${ink}`);
  return `?${query.join('&')}`;
}
