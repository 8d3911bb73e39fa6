/** The page's one value, kept; and what follows from its changes: drawings go to the engine, the view to the address. */

import { connect } from '../engine/connect';
import type { Cell, OwnFile, Reading } from '../engine/protocol';
import { bridge } from '../engine/supervisor';
import { fitted, isBlank, type Sheet } from '../pad/drawing';
import { clear, type Pad, put, undo } from '../pad/state';
import { paced } from './oncePerFrame';
import { type Action, FIRST_PAGE, lookOf, type Page, type Range, reduce } from './page';
import { parts } from './signals.svelte';
import { fromSearch, toSearch, type View } from './view';

const begun = fromSearch(location.search);

let page: Page = {
  ...FIRST_PAGE,
  view: begun.view,
  pad: { ...FIRST_PAGE.pad, sheet: { strokes: begun.strokes, picture: null } },
  problem: begun.problems.join(' ') || null,
};
const shown = parts(page);

const readings = paced(({ reading, sheet }: { reading: Reading; sheet: Sheet }) =>
  dispatch({ type: 'reading', reading, sheet }),
);

const engine = bridge(connect, {
  phase: (phase, variant) => dispatch({ type: 'phase', phase, ...(variant ? { variant } : {}) }),
  progress: (received, total) => dispatch({ type: 'progress', received, total }),
  network(network) {
    readings.drop();
    dispatch({ type: 'network', network });
  },
  own(network, about, file) {
    readings.drop();
    dispatch({ type: 'own', network, own: { about, file } });
  },
  asked: (asked) => dispatch({ type: 'asked', asked }),
  kept: (model) => dispatch({ type: 'look', view: { model } }),
  reading: (reading, sheet) => readings.push({ reading, sheet }),
  sample: (strokes) => desk.put({ strokes: fitted(strokes), picture: null }),
  inside: (inside) => dispatch({ type: 'inside', inside }),
  refused(sheet, problem) {
    readings.drop();
    dispatch({ type: 'refused', sheet, problem });
  },
  problem: (problem) => dispatch({ type: 'problem', problem }),
});

/** Changes the page; the engine hears of what concerns it. */
function change(action: Action): void {
  const before = page;
  page = reduce(page, action);
  shown.set(page);
  if (page.view.model !== before.view.model) engine.open(page.view.model);
  if (page.pad.sheet !== before.pad.sheet) engine.read(page.pad.sheet);
  if (page.view !== before.view || page.network !== before.network) engine.inspect(lookOf(page));
}

function dispatch(action: Action): void {
  const before = page;
  change(action);
  const turned = page.view.model !== before.view.model || page.view.node !== before.view.node;
  if (turned && ['look', 'follow', 'own'].includes(action.type)) writeAddress('push');
  else if (page.view !== before.view || finished(page.pad, before.pad)) writeAddressSoon();
}

/** A drawing goes into the address when the pen is up, not point by point. */
const finished = (now: Pad, before: Pad): boolean =>
  !now.penDown && (now.sheet !== before.sheet || now.penDown !== before.penDown);

let writing: ReturnType<typeof setTimeout> | undefined;

// Browsers bound how often an address may change; an arrow key held down would exceed it.
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

/** Back and forward move through what was looked at; the drawing stays. */
function followAddress(): void {
  change({ type: 'look', view: fromSearch(location.search, page.own !== null).view });
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

export type Desk = typeof desk;

export const desk = {
  page: shown.live,
  setPad,
  /** Opens a network that somebody brought; what is open stays where it is refused. */
  bring: (file: OwnFile) => engine.bring(file),
  /** Gives up the one that asks for more. */
  forget: () => dispatch({ type: 'asked', asked: null }),
  undo: () => setPad(undo(page.pad)),
  clear: () => setPad(clear(page.pad)),
  put: (sheet: Sheet) => setPad(put(page.pad, sheet)),
  look: (view: Partial<View>) => dispatch({ type: 'look', view }),
  /** Goes to a cell that the open one was made of, or back along the trail. */
  follow: (to: Cell) => dispatch({ type: 'follow', to }),
  /** Somebody may open a number next. */
  expect: engine.expect,
  setRange: (range: Range) => dispatch({ type: 'range', range }),
  /** Asks the engine something that only one part of the page wants to know. */
  ask: engine.ask,
  /** Times every step of the open network on this device. */
  speed: () => engine.speed(),
  problem: (problem: string | null) => dispatch({ type: 'problem', problem }),
  /** Puts a drawn example of a digit on the pad. */
  sample: (digit: number) => engine.sample(digit),
  /** Keeps the drawing on the pad among those that are saved. */
  keep(): void {
    const { strokes } = page.pad.sheet;
    if (strokes.length > 0 && !page.shelf.some((kept) => kept.strokes === strokes)) {
      dispatch({ type: 'shelf', shelf: [...page.shelf, { strokes }] });
    }
  },
  setShelf: (shelf: Page['shelf']) => dispatch({ type: 'shelf', shelf }),
  restart: () => engine.restart(),
  /** The link to what is on the page now; null where the drawing is too long for one, or is a picture. */
  link(): string | null {
    const { strokes, picture } = page.pad.sheet;
    const search = toSearch(page.view, strokes);
    const whole = isBlank(page.pad.sheet) || (picture === null && search.includes('&ink='));
    return whole ? new URL(search, location.href).href : null;
  },
  /** Ends the engine and every listener. */
  end(): void {
    clearTimeout(writing);
    removeEventListener('popstate', followAddress);
    removeEventListener('pagehide', writePending);
    engine.end();
  },
};
