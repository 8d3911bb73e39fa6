/** The state of the page as one immutable value, and every way in which it changes. */
import type {
  Cell,
  CellAddress,
  CellDetail,
  Description,
  NetworkFile,
  NetworkInfo,
  NodeInfo,
  PendingImport,
  Reading,
} from '../engine/protocol';
import { CUSTOM } from '../networks/catalogue';
import type { Sheet } from '../pad/drawing';
import type { Drawing } from '../pad/inkfile';
import { EMPTY_PAD, type Pad } from '../pad/state';
import { type Classes, DIGITS, sentence } from '../verdict/sentence';
import { CLOSED, FIRST_VIEW, type View } from './address';

export interface EngineState {
  readonly phase: 'loading' | 'ready' | 'busy' | 'lost';
  readonly variant: string;
  /** Drawings read so far. */
  readonly runs: number;
  /** Bytes of the weights received; `total` is 0 while unknown. */
  readonly progress: { readonly received: number; readonly total: number } | null;
}

/** Which values share one colour scale: those of a map, of a layer, or of the network. */
export type ColourRange = 'map' | 'layer' | 'network';

/** A network that the visitor has imported. */
export interface CustomNetwork {
  readonly file: NetworkFile;
  readonly about: Description;
}

export interface Page {
  readonly pad: Pad;
  /** Drawings kept aside, to be saved as an ink file. */
  readonly shelf: readonly Drawing[];
  readonly view: View;
  readonly engine: EngineState;
  readonly network: NetworkInfo | null;
  /** The last imported network, open or not. */
  readonly custom: CustomNetwork | null;
  /** A network file that cannot be opened until the visitor adds what it requires. */
  readonly pendingImport: PendingImport | null;
  /** The last reading: of `network`, or of the network before it until `network` has read the drawing. */
  readonly reading: Reading | null;
  /** The last detail of a cell that the engine has sent. */
  readonly detail: CellDetail | null;
  /** The cells from which links were followed to the open one, oldest first. */
  readonly trail: readonly Cell[];
  /** Whether the open cell was reached by a link; the page then scrolls to it. */
  readonly arrived: boolean;
  readonly range: ColourRange;
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
  custom: null,
  pendingImport: null,
  reading: null,
  detail: null,
  trail: [],
  arrived: false,
  range: 'layer',
  announcement: '',
  problem: null,
};

export type Action =
  | { type: 'pad'; pad: Pad }
  | { type: 'shelf'; shelf: readonly Drawing[] }
  | { type: 'show'; view: Partial<View> }
  | { type: 'follow'; to: Cell }
  | { type: 'range'; range: ColourRange }
  | { type: 'detail'; detail: CellDetail }
  | { type: 'phase'; phase: EngineState['phase']; variant?: string }
  | { type: 'progress'; received: number; total: number }
  | { type: 'network'; network: NetworkInfo }
  | { type: 'custom'; network: NetworkInfo; custom: CustomNetwork }
  | { type: 'pendingImport'; pending: PendingImport | null }
  | { type: 'reading'; reading: Reading; sheet: Sheet }
  | { type: 'refused'; sheet: Sheet; problem: string }
  | { type: 'problem'; problem: string | null };

export function reduce(page: Page, action: Action): Page {
  switch (action.type) {
    case 'pad':
      return announced({ ...page, pad: action.pad });
    case 'shelf':
      return { ...page, shelf: action.shelf };
    case 'show':
      return withView({ ...page, arrived: false }, { ...page.view, ...action.view });
    case 'range':
      return { ...page, range: action.range };
    case 'follow':
      return followed(page, action.to);
    case 'detail':
      return withDetail(page, action.detail);
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
    case 'custom':
      return withCustom(page, action.network, action.custom);
    case 'pendingImport':
      return withPendingImport(page, action.pending);
    case 'reading':
      return withReading(page, action.reading, action.sheet);
    case 'refused':
      // The verdict on another drawing must not be shown with this one.
      return {
        ...page,
        reading: action.sheet === page.pad.sheet ? null : page.reading,
        problem: action.problem,
      };
    case 'problem':
      return { ...page, problem: action.problem };
  }
}

/** Opens a network: a layer, channel or cell that it does not have is closed. */
function withNetwork(page: Page, network: NetworkInfo): Page {
  const { view } = page;
  const opened = { ...page, network, detail: null, trail: [] };
  // Reported only if a link asked for it, not if the visitor has switched networks.
  const fromLink = page.network === null;
  const report = (problem: string): string | null => (fromLink ? problem : page.problem);
  const node = nodesOf(network).find(({ name }) => name === view.node);
  if (!node) {
    if (view.node === null) return { ...opened, view: { ...view, ...CLOSED } };
    const problem = report(`${network.name} has no layer called “${view.node.slice(0, 40)}”.`);
    return { ...opened, problem, view: { ...view, ...CLOSED } };
  }
  const [, channels = 1, rows = 1, columns = 1] = node.shape;
  const isInside = !view.cell || (view.cell[0] < rows && view.cell[1] < columns);
  if (isInside && view.channel < channels) return opened;
  const where = `channel ${view.channel}${view.cell ? `, row ${view.cell[0]}, column ${view.cell[1]}` : ''}`;
  const problem = report(
    `${node.name} has no ${where}: it has ${channels} channels of ${rows} × ${columns}, counted from 0.`,
  );
  const channel = view.channel < channels ? view.channel : 0;
  return { ...opened, problem, view: { ...view, channel, cell: isInside ? view.cell : null } };
}

/** Shows an imported network; the open layer stays open if the same network was imported again. */
function withCustom(page: Page, network: NetworkInfo, custom: CustomNetwork): Page {
  const view = page.view.model === CUSTOM ? page.view : { ...page.view, model: CUSTOM, ...CLOSED };
  return { ...withNetwork({ ...page, view }, network), custom, pendingImport: null, reading: null };
}

/** If the same file is open already, its form asks for the requirements, and only the refusal is reported. */
function withPendingImport(page: Page, pending: PendingImport | null): Page {
  const isOpen = pending && page.custom?.file.bytes === pending.file.bytes && page.network?.name === CUSTOM;
  if (isOpen) return { ...page, problem: `“${pending.file.title}” stays as it was: ${pending.reason}.` };
  return { ...page, pendingImport: pending };
}

const sameCell = (a: Cell | null, b: Cell | null): boolean =>
  a?.node === b?.node && a?.channel === b?.channel && a?.row === b?.row && a?.column === b?.column;

/** Changes the view. The trail ends when the layer is left by any other way than following a link. */
function withView(page: Page, view: View): Page {
  if (view.model !== page.view.model) return { ...page, view, pendingImport: null, detail: null, trail: [] };
  if (view.node === page.view.node) return { ...page, view };
  const index = page.trail.findIndex((cell) => sameCell(cell, cellOf({ view })));
  return { ...page, view, trail: index < 0 ? [] : page.trail.slice(0, index) };
}

/** Follows a link from the open cell to one of its operands, or back along the trail. */
function followed(page: Page, to: Cell): Page {
  const from = cellOf(page);
  const index = page.trail.findIndex((cell) => sameCell(cell, to));
  const trail = index >= 0 ? page.trail.slice(0, index) : from ? [...page.trail, from] : page.trail;
  const view = { ...page.view, node: to.node, channel: to.channel, cell: [to.row, to.column] as const };
  return { ...page, view, trail, arrived: true };
}

/** Keeps a detail only if it is of the open network and layer. */
function withDetail(page: Page, detail: CellDetail): Page {
  const isWanted = detail.network === page.network?.name && detail.cell.node === page.view.node;
  return isWanted ? { ...page, detail } : page;
}

function withReading(page: Page, reading: Reading, sheet: Sheet): Page {
  if (reading.network !== page.network?.name) return page;
  const engine = { ...page.engine, runs: page.engine.runs + 1 };
  return announced({ ...page, engine, reading: { ...reading, sheet } });
}

/** Announces the verdict when the pen is up and the verdict is on the current drawing. */
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
    description: 'Your drawing as the network gets it: 0 is background, 1 is stroke.',
    inputs: [],
    parameters: 0,
    macs: 0,
    connections: 0,
  },
  ...nodes,
];

/** The class names of an imported network; null if its classes are the ten digits. */
export const classesOf = ({ network, custom }: Pick<Page, 'network' | 'custom'>): Classes | null => {
  if (network?.name !== CUSTOM || !custom) return null;
  const { labels: classes, outputs } = custom.about;
  const count = outputs[0]?.shape.at(-1) ?? 0;
  if (classes.length === 0 && count === DIGITS) return null;
  return { names: classes };
};

/** The open cell. */
export const cellOf = ({ view }: Pick<Page, 'view'>): Cell | null =>
  view.node === null
    ? null
    : { node: view.node, channel: view.channel, row: view.cell?.[0] ?? 0, column: view.cell?.[1] ?? 0 };

/** The cell that the engine inspects; null for a pixel of the input, which nothing was computed for. */
export function inspectedCell({ view, network }: Pick<Page, 'view' | 'network'>): CellAddress | null {
  const cell = cellOf({ view });
  if (!network || !cell || view.model !== network.name || cell.node === network.input.name) return null;
  return { network: network.name, cell };
}

/** The detail of the open cell; null while only that of another cell is known. */
export const detailOf = (page: Page): CellDetail | null =>
  page.detail && page.view.model === page.detail.network && sameCell(page.detail.cell, cellOf(page))
    ? page.detail
    : null;

/** The drawing as the open network got it; null until it has read one. */
export const inkOf = ({ reading, network }: Page): Float32Array | null =>
  reading && reading.network === network?.name ? reading.ink : null;

/** All outputs of the open network for the drawing; null until it has read one. */
export const mapsOf = ({ reading, network }: Page): Float32Array | null =>
  reading && reading.network === network?.name ? reading.maps : null;
