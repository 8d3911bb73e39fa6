/** The page's state, and the effects of its changes: drawings are sent to the engine, the view to the address. */

import type { Question } from '../engine/connection';
import type { Cell, NetworkFile, Outcome, Reading } from '../engine/protocol';
import { startWorker } from '../engine/startWorker';
import { Supervisor } from '../engine/supervisor';
import { fitted, isBlank, type Sheet } from '../pad/drawing';
import { clear, type Pad, put, undo } from '../pad/state';
import { fromSearch, toSearch, type View } from './address';
import { oncePerFrame } from './oncePerFrame';
import { type Action, type ColourRange, FIRST_PAGE, inspectedCell, type Page, reduce } from './page';
import { signals } from './signals.svelte';

const request = fromSearch(location.search);

let page: Page = {
  ...FIRST_PAGE,
  view: request.view,
  pad: { ...FIRST_PAGE.pad, sheet: { strokes: request.strokes, picture: null } },
  problem: request.problems.join(' ') || null,
};
const pageSignals = signals(page);

const readings = oncePerFrame(({ reading, sheet }: { reading: Reading; sheet: Sheet }) =>
  dispatch({ type: 'reading', reading, sheet }),
);

const engine = new Supervisor(startWorker, {
  phase: (phase, variant) => dispatch({ type: 'phase', phase, ...(variant ? { variant } : {}) }),
  progress: (received, total) => dispatch({ type: 'progress', received, total }),
  network(network) {
    readings.drop();
    dispatch({ type: 'network', network });
  },
  custom(network, about, file) {
    readings.drop();
    dispatch({ type: 'custom', network, custom: { about, file } });
  },
  pendingImport: (pending) => dispatch({ type: 'pendingImport', pending }),
  revertedTo: (model) => dispatch({ type: 'show', view: { model } }),
  reading: (reading, sheet) => readings.push({ reading, sheet }),
  sample: (strokes) => app.put({ strokes: fitted(strokes), picture: null }),
  detail: (detail) => dispatch({ type: 'detail', detail }),
  refused(sheet, problem) {
    readings.drop();
    dispatch({ type: 'refused', sheet, problem });
  },
  problem: (problem) => dispatch({ type: 'problem', problem }),
});

/** Changes the page, and tells the engine what concerns it. */
function change(action: Action): void {
  const before = page;
  page = reduce(page, action);
  pageSignals.set(page);
  if (page.view.model !== before.view.model) engine.open(page.view.model);
  if (page.pad.sheet !== before.pad.sheet) engine.read(page.pad.sheet);
  if (page.view !== before.view || page.network !== before.network) engine.inspect(inspectedCell(page));
}

/** Changes the page and then its address. Another network or layer is a step of the browser's history. */
function dispatch(action: Action): void {
  const before = page;
  change(action);
  const isStep = page.view.model !== before.view.model || page.view.node !== before.view.node;
  if (isStep && ['show', 'follow', 'custom'].includes(action.type)) writeAddress('push');
  else if (page.view !== before.view || hasFinishedStroke(page.pad, before.pad)) writeAddressSoon();
}

/** A drawing is written to the address when the pen is up, not point by point. */
const hasFinishedStroke = (now: Pad, before: Pad): boolean =>
  !now.penDown && (now.sheet !== before.sheet || now.penDown !== before.penDown);

let writing: ReturnType<typeof setTimeout> | undefined;

// Browsers limit how often an address may change; a pressed arrow key would exceed the limit.
function writeAddressSoon(): void {
  clearTimeout(writing);
  writing = setTimeout(() => writeAddress('replace'), 120);
}

function writeAddress(how: 'push' | 'replace'): void {
  clearTimeout(writing);
  const search = toSearch(page.view, page.pad.sheet.strokes);
  if (search === location.search) return;
  if (how === 'push') history.pushState(null, '', search);
  else history.replaceState(null, '', search);
}

/** The browser's back and forward buttons change the view; the drawing stays. */
function followAddress(): void {
  change({ type: 'show', view: fromSearch(location.search, page.custom !== null).view });
  writeAddress('replace');
}
const writePending = (): void => writeAddress('replace');

addEventListener('popstate', followAddress);
addEventListener('pagehide', writePending);
engine.read(page.pad.sheet);
engine.open(page.view.model);

const setPad = (pad: Pad): void => {
  if (pad !== page.pad) dispatch({ type: 'pad', pad });
};

export type App = typeof app;

export const app = {
  page: pageSignals.live,
  setPad,
  /** Opens a network from the visitor's file; if it is refused, the open network stays. */
  import: (file: NetworkFile) => engine.import(file),
  /** Gives up the import that requires more. */
  cancelImport: () => dispatch({ type: 'pendingImport', pending: null }),
  undo: () => setPad(undo(page.pad)),
  clear: () => setPad(clear(page.pad)),
  /** Puts a drawing or a picture on the pad. */
  put: (sheet: Sheet) => setPad(put(page.pad, sheet)),
  /** Changes the view. */
  show: (view: Partial<View>) => dispatch({ type: 'show', view }),
  /** Opens an operand of the open cell, or a cell of the trail. */
  follow: (to: Cell) => dispatch({ type: 'follow', to }),
  /** Loads the full engine, because the visitor may need it next. */
  prefetch: () => engine.prefetch(),
  setRange: (range: ColourRange) => dispatch({ type: 'range', range }),
  /** Asks the full engine for something that only one part of the page needs. */
  ask: <T>(question: Question<T>): Promise<Outcome<T>> => engine.ask(question),
  /** Times every step of the open network on this device. */
  timeSteps: () => engine.timeSteps(),
  problem: (problem: string | null) => dispatch({ type: 'problem', problem }),
  /** Puts a drawn example of a digit on the pad. */
  sample: (digit: number) => engine.sample(digit),
  /** Copies the drawing on the pad to the shelf. */
  keep(): void {
    const { strokes } = page.pad.sheet;
    if (strokes.length > 0 && !page.shelf.some((kept) => kept.strokes === strokes)) {
      dispatch({ type: 'shelf', shelf: [...page.shelf, { strokes }] });
    }
  },
  setShelf: (shelf: Page['shelf']) => dispatch({ type: 'shelf', shelf }),
  restart: () => engine.restart(),
  /** A link to the current view and drawing; null if the drawing is too long for a link, or is a picture. */
  link(): string | null {
    const { strokes, picture } = page.pad.sheet;
    const search = toSearch(page.view, strokes);
    const isComplete = isBlank(page.pad.sheet) || (picture === null && search.includes('&ink='));
    return isComplete ? new URL(search, location.href).href : null;
  },
  /** Ends the engine and removes every listener. */
  end(): void {
    clearTimeout(writing);
    removeEventListener('popstate', followAddress);
    removeEventListener('pagehide', writePending);
    engine.end();
  },
};
