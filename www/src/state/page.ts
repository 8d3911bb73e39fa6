/** The whole page as one value, and every way in which it changes. */
import type { NetworkInfo, Reading } from '../engine/protocol';
import { sentence } from '../verdict/sentence';
import type { Sheet } from './drawing';
import type { Drawing } from './inkfile';
import { EMPTY_PAD, type Pad } from './pad';
import { FIRST_VIEW, type View } from './view';

export interface EngineState {
  readonly phase: 'loading' | 'ready' | 'busy' | 'lost';
  readonly variant: string;
  /** Drawings read so far. */
  readonly runs: number;
  /** Bytes of the weights received; `total` is 0 while unknown. */
  readonly progress: { readonly received: number; readonly total: number } | null;
}

export interface Page {
  readonly pad: Pad;
  /** Drawings kept aside, to be saved as an ink file. */
  readonly shelf: readonly Drawing[];
  readonly view: View;
  readonly engine: EngineState;
  readonly network: NetworkInfo | null;
  /** What was last said: by `network`, or by the one before it until `network` has read the drawing. */
  readonly reading: Reading | null;
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
  reading: null,
  announcement: '',
  problem: null,
};

export type Action =
  | { type: 'pad'; pad: Pad }
  | { type: 'shelf'; shelf: readonly Drawing[] }
  | { type: 'look'; view: Partial<View> }
  | { type: 'phase'; phase: EngineState['phase']; variant?: string }
  | { type: 'progress'; received: number; total: number }
  | { type: 'network'; network: NetworkInfo }
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
      return { ...page, view: { ...page.view, ...action.view } };
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
  const node = network.nodes.find(({ name }) => name === view.node);
  if (!node) {
    const missing = view.node !== null && page.network === null;
    const problem = missing
      ? `${network.name} has no layer called “${view.node?.slice(0, 40)}”.`
      : page.problem;
    return { ...page, network, problem, view: { ...view, node: null, channel: 0, cell: null } };
  }
  const [, channels = 1, rows = 1, columns = 1] = node.shape;
  const inside = view.cell && view.cell[0] < rows && view.cell[1] < columns;
  const channel = view.channel < channels ? view.channel : 0;
  return { ...page, network, view: { ...view, channel, cell: inside ? view.cell : null } };
}

function withReading(page: Page, reading: Reading, sheet: Sheet): Page {
  if (reading.network !== page.network?.name) return page;
  const engine = { ...page.engine, runs: page.engine.runs + 1 };
  return announced({ ...page, engine, reading: { ...reading, sheet } });
}

/** Speaks when the pen is up and the verdict is that of the drawing on the pad. */
function announced(page: Page): Page {
  if (page.pad.penDown || page.reading?.sheet !== page.pad.sheet) return page;
  const announcement = sentence(page.reading.verdict);
  return announcement === page.announcement ? page : { ...page, announcement };
}

/** All outputs of the shown network for the drawing; null until it has read one. */
export const mapsOf = ({ reading, network }: Page): Float32Array | null =>
  reading && reading.network === network?.name ? reading.maps : null;
