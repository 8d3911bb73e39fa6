/** What is looked at. It lives in the address, so any view can be linked, and comes back after a reload. */

import { CUSTOM, DEFAULT_NETWORK, NETWORKS } from '../networks/catalogue';
import type { Strokes } from '../pad/drawing';
import { decode, encode } from '../pad/inkcode';

export interface View {
  readonly model: string;
  /** The network beside it, or null for none. */
  readonly beside: string | null;
  /** The opened layer, by its node's name; the network's input is one too. */
  readonly node: string | null;
  readonly channel: number;
  readonly cell: readonly [row: number, column: number] | null;
}

export const FIRST_VIEW: View = { model: DEFAULT_NETWORK, beside: null, node: null, channel: 0, cell: null };

/** No layer open. */
export const CLOSED = { node: null, channel: 0, cell: null } as const;

/** What an address asks for, and one sentence for each thing in it that cannot be had. */
export interface Request {
  readonly view: View;
  readonly strokes: Strokes;
  readonly problems: readonly string[];
}

/** `own` tells whether a network that somebody brought is open here. */
export function fromSearch(search: string, own = false): Request {
  const query = new URLSearchParams(search);
  const problems: string[] = [];

  /** A network that the address names, if it can be had. */
  const named = (name: string | null): string | null => {
    if (name === null || Object.hasOwn(NETWORKS, name) || (name === CUSTOM && own)) return name;
    problems.push(
      name === CUSTOM
        ? 'The link is to a network of somebody’s own, which a link cannot carry; open its file here.'
        : `The link names the network “${name.slice(0, 40)}”, which is not in the catalogue.`,
    );
    return null;
  };
  const asked = query.get('model');
  const model = named(asked);
  const beside = named(query.get('with'));

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
  // A layer of somebody's own network is none of the one that is shown instead.
  const node = asked === CUSTOM && model === null ? null : query.get('node');
  const view: View = {
    model: model ?? DEFAULT_NETWORK,
    beside,
    node: node?.slice(0, 200) || null,
    channel: /^\d{1,5}$/.test(query.get('channel') ?? '') ? Number(query.get('channel')) : 0,
    cell: cell ? [Number(cell[1]), Number(cell[2])] : null,
  };
  return { view, strokes, problems };
}

/** The query of an address, with its question mark; a drawing too long for a link is left out. */
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
