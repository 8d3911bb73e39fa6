/** The whole page as one value, and every way in which it changes. */
import type {
  About,
  Asked,
  Cell,
  Inside,
  Look,
  NetworkInfo,
  NodeInfo,
  OwnFile,
  Reading,
} from '../engine/protocol';
import { CUSTOM } from '../networks/catalogue';
import type { Sheet } from '../pad/drawing';
import type { Drawing } from '../pad/inkfile';
import { EMPTY_PAD, type Pad } from '../pad/state';
import { type Classes, DIGITS, sentence } from '../verdict/sentence';
import { CLOSED, FIRST_VIEW, type View } from './view';

export interface EngineState {
  readonly phase: 'loading' | 'ready' | 'busy' | 'lost';
  readonly variant: string;
  /** Drawings read so far. */
  readonly runs: number;
  /** Bytes of the weights received; `total` is 0 while unknown. */
  readonly progress: { readonly received: number; readonly total: number } | null;
}

/** What the ends of a map's colours are: its own largest number, its layer's, or the whole network's. */
export type Range = 'map' | 'layer' | 'network';

/** A network that somebody brought. */
export interface Own {
  readonly file: OwnFile;
  readonly about: About;
}

export interface Page {
  readonly pad: Pad;
  /** Drawings kept aside, to be saved as an ink file. */
  readonly shelf: readonly Drawing[];
  readonly view: View;
  readonly engine: EngineState;
  readonly network: NetworkInfo | null;
  /** The network that was last brought, open or not. */
  readonly own: Own | null;
  /** The one that was to be opened, and asks for more. */
  readonly asked: Asked | null;
  /** What was last said: by `network`, or by the one before it until `network` has read the drawing. */
  readonly reading: Reading | null;
  /** What the open cell was last found to be made of. */
  readonly inside: Inside | null;
  /** The cells that were followed to the open one, from the first. */
  readonly trail: readonly Cell[];
  /** Whether the open cell was come to by a link: the page then goes there. */
  readonly arrived: boolean;
  readonly range: Range;
  /** The last verdict on a finished stroke, for screen readers. */
  readonly announcement: string;
  readonly problem: string | null;
}

export const FIRST_PAGE: Page = {
  pad: EMPTY_PAD,
  shelf: [],
  view: FIRST_VIEW,
  engine: { phase: 'loading', variant: '', runs: 0, progress: null },
  network: null,
  own: null,
  asked: null,
  reading: null,
  inside: null,
  trail: [],
  arrived: false,
  range: 'layer',
  announcement: '',
  problem: null,
};

export type Action =
  | { type: 'pad'; pad: Pad }
  | { type: 'shelf'; shelf: readonly Drawing[] }
  | { type: 'look'; view: Partial<View> }
  | { type: 'follow'; to: Cell }
  | { type: 'range'; range: Range }
  | { type: 'inside'; inside: Inside }
  | { type: 'phase'; phase: EngineState['phase']; variant?: string }
  | { type: 'progress'; received: number; total: number }
  | { type: 'network'; network: NetworkInfo }
  | { type: 'own'; network: NetworkInfo; own: Own }
  | { type: 'asked'; asked: Asked | null }
  | { type: 'reading'; reading: Reading; sheet: Sheet }
  | { type: 'refused'; sheet: Sheet; problem: string }
  | { type: 'problem'; problem: string | null };

export function reduce(page: Page, action: Action): Page {
  switch (action.type) {
    case 'pad':
      return announced({ ...page, pad: action.pad });
    case 'shelf':
      return { ...page, shelf: action.shelf };
    case 'look':
      return withView({ ...page, arrived: false }, { ...page.view, ...action.view });
    case 'range':
      return { ...page, range: action.range };
    case 'follow':
      return followed(page, action.to);
    case 'inside':
      return withInside(page, action.inside);
    case 'phase': {
      const progress = action.phase === 'loading' ? page.engine.progress : null;
      const variant = action.variant ?? page.engine.variant;
      return { ...page, engine: { ...page.engine, phase: action.phase, variant, progress } };
    }
    case 'progress': {
      const { received, total } = action;
      return { ...page, engine: { ...page.engine, progress: { received, total } } };
    }
    case 'network':
      return withNetwork(page, action.network);
    case 'own':
      return withOwn(page, action.network, action.own);
    case 'asked':
      return withAsked(page, action.asked);
    case 'reading':
      return withReading(page, action.reading, action.sheet);
    case 'refused':
      // The verdict on another drawing must not stand beside this one.
      return {
        ...page,
        reading: action.sheet === page.pad.sheet ? null : page.reading,
        problem: action.problem,
      };
    case 'problem':
      return { ...page, problem: action.problem };
  }
}

/** A newly opened network: a layer that it lacks cannot stay open, nor a channel or cell out of its range. */
function withNetwork(page: Page, network: NetworkInfo): Page {
  const { view } = page;
  const opened = { ...page, network, inside: null, trail: [] };
  // Only what a link asks for is missed; a change of network closes what the new one lacks without a word.
  const linked = page.network === null;
  const said = (problem: string): string | null => (linked ? problem : page.problem);
  const node = nodesOf(network).find(({ name }) => name === view.node);
  if (!node) {
    if (view.node === null) return { ...opened, view: { ...view, ...CLOSED } };
    const problem = said(`${network.name} has no layer called “${view.node.slice(0, 40)}”.`);
    return { ...opened, problem, view: { ...view, ...CLOSED } };
  }
  const [, channels = 1, rows = 1, columns = 1] = node.shape;
  const inside = !view.cell || (view.cell[0] < rows && view.cell[1] < columns);
  if (inside && view.channel < channels) return opened;
  const place = `channel ${view.channel}${view.cell ? `, row ${view.cell[0]}, column ${view.cell[1]}` : ''}`;
  const problem = said(
    `There is no ${place} in ${node.name}: it has ${channels} of ${rows} × ${columns}, counted from 0.`,
  );
  const channel = view.channel < channels ? view.channel : 0;
  return { ...opened, problem, view: { ...view, channel, cell: inside ? view.cell : null } };
}

/** A network that was brought is shown; brought anew, with its layer still open. */
function withOwn(page: Page, network: NetworkInfo, own: Own): Page {
  const view = page.view.model === CUSTOM ? page.view : { ...page.view, model: CUSTOM, ...CLOSED };
  return { ...withNetwork({ ...page, view }, network), own, asked: null, reading: null };
}

/** What a file asks for stands in its own form where it is open already: then only the refusal is said. */
function withAsked(page: Page, asked: Asked | null): Page {
  const open = asked && page.own?.file.bytes === asked.file.bytes && page.network?.name === CUSTOM;
  if (open) return { ...page, problem: `“${asked.file.title}” is left as it was: ${asked.sentence}.` };
  return { ...page, asked };
}

const sameCell = (a: Cell | null, b: Cell | null): boolean =>
  a?.node === b?.node && a?.channel === b?.channel && a?.row === b?.row && a?.column === b?.column;

/** Another view: the trail to a layer ends where that layer is left by any other way than by following it. */
function withView(page: Page, view: View): Page {
  if (view.model !== page.view.model) return { ...page, view, asked: null, inside: null, trail: [] };
  if (view.node === page.view.node) return { ...page, view };
  const at = page.trail.findIndex((cell) => sameCell(cell, cellOf({ view })));
  return { ...page, view, trail: at < 0 ? [] : page.trail.slice(0, at) };
}

/** Follows a link from the open cell to one that it was made of, or back along the trail. */
function followed(page: Page, to: Cell): Page {
  const from = cellOf(page);
  const at = page.trail.findIndex((cell) => sameCell(cell, to));
  const trail = at >= 0 ? page.trail.slice(0, at) : from ? [...page.trail, from] : page.trail;
  const view = { ...page.view, node: to.node, channel: to.channel, cell: [to.row, to.column] as const };
  return { ...page, view, trail, arrived: true };
}

/** What was opened is kept while it is of the network and the layer that is looked at. */
function withInside(page: Page, inside: Inside): Page {
  const wanted = inside.network === page.network?.name && inside.cell.node === page.view.node;
  return wanted ? { ...page, inside } : page;
}

function withReading(page: Page, reading: Reading, sheet: Sheet): Page {
  if (reading.network !== page.network?.name) return page;
  const engine = { ...page.engine, runs: page.engine.runs + 1 };
  return announced({ ...page, engine, reading: { ...reading, sheet } });
}

/** Speaks when the pen is up and the verdict is that of the drawing on the pad. */
function announced(page: Page): Page {
  if (page.pad.penDown || page.reading?.sheet !== page.pad.sheet) return page;
  const announcement = sentence(page.reading.verdict, classesOf(page));
  return announcement === page.announcement ? page : { ...page, announcement };
}

/** The network's input as the first of its layers, then its nodes. */
export const nodesOf = ({ input, nodes }: NetworkInfo): readonly NodeInfo[] => [
  {
    ...input,
    shape: [...input.shape],
    op: 'input',
    sentence: 'What you drew, as the network sees it: 0 is paper, 1 is ink.',
    inputs: [],
    parameters: 0,
    macs: 0,
    connections: 0,
  },
  ...nodes,
];

/** The names of the open network's classes; null where they are digits. */
export const classesOf = ({ network, own }: Pick<Page, 'network' | 'own'>): Classes | null => {
  if (network?.name !== CUSTOM || !own) return null;
  const { classes, outputs } = own.about;
  const count = outputs[0]?.shape.at(-1) ?? 0;
  if (classes.length === 0 && count === DIGITS) return null;
  return { names: classes };
};

/** The open cell. */
export const cellOf = ({ view }: Pick<Page, 'view'>): Cell | null =>
  view.node === null
    ? null
    : { node: view.node, channel: view.channel, row: view.cell?.[0] ?? 0, column: view.cell?.[1] ?? 0 };

/** What the engine is asked to open: nothing for a pixel, which is made of nothing but ink. */
export function lookOf({ view, network }: Pick<Page, 'view' | 'network'>): Look | null {
  const cell = cellOf({ view });
  if (!network || !cell || view.model !== network.name || cell.node === network.input.name) return null;
  return { network: network.name, cell };
}

/** What the open cell is made of and depends on; null while another cell's is still shown. */
export const insideOf = (page: Page): Inside | null =>
  page.inside && page.view.model === page.inside.network && sameCell(page.inside.cell, cellOf(page))
    ? page.inside
    : null;

/** What the shown network saw of the drawing; null until it has read one. */
export const inkOf = ({ reading, network }: Page): Float32Array | null =>
  reading && reading.network === network?.name ? reading.ink : null;

/** All outputs of the shown network for the drawing; null until it has read one. */
export const mapsOf = ({ reading, network }: Page): Float32Array | null =>
  reading && reading.network === network?.name ? reading.maps : null;
