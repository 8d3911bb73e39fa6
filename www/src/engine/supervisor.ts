/** The page's way to the engine: outlives any worker, and remembers what a new one needs to carry on. */

import type { Remote } from 'comlink';
import { CUSTOM } from '../networks/catalogue';
import type { Sheet } from '../pad/drawing';
import { type Connect, PATIENCE, type Patience, type Session, session } from './connection';
import type {
  About,
  Asked,
  Inside,
  Laboratory,
  Look,
  NetworkInfo,
  Outcome,
  OwnFile,
  Reading,
  StepTime,
} from './protocol';

export interface BridgeEvents {
  phase(phase: 'loading' | 'ready' | 'busy' | 'lost', variant?: string): void;
  progress(received: number, total: number): void;
  network(network: NetworkInfo): void;
  /** A network that somebody brought is open, or open anew. */
  own(network: NetworkInfo, about: About, file: OwnFile): void;
  /** A network that somebody brought cannot be opened until it is given more. */
  asked(asked: Asked): void;
  /** The network asked for could not be had; the one named here still works. */
  kept(name: string): void;
  reading(reading: Reading, sheet: Sheet): void;
  /** The strokes of a sample that was asked for. */
  sample(strokes: number[][][]): void;
  /** A drawing that cannot be read, and why. */
  refused(sheet: Sheet, sentence: string): void;
  inside(inside: Inside): void;
  problem(sentence: string): void;
}

export interface Bridge {
  /** Opens a network, now and in every later worker. */
  open(name: string): void;
  /** Opens a network that somebody brought, now and in every later worker; what is open stays where it is refused. */
  bring(file: OwnFile): void;
  /** Has a drawing read; drawings that come faster than they are read are left out. */
  read(sheet: Sheet): void;
  /** Opens a cell, now and after every later reading; null opens none. */
  inspect(look: Look | null): void;
  /** Fetches the full engine before anything asks it. Where that fails, nothing is said until something does. */
  expect(): void;
  /** Asks the full engine something about the open network and what it last read. */
  ask<T>(question: (laboratory: Remote<Laboratory>) => Promise<Outcome<T>>): Promise<Outcome<T>>;
  /** How long each step of the open network takes; null where that cannot be had, which is then said. */
  speed(): Promise<StepTime[] | null>;
  /** Asks for a drawn example of a digit. */
  sample(digit: number): void;
  /** Replaces the worker. */
  restart(): void;
  end(): void;
}

/** Workers that may break one after another before the page stops making new ones. */
const LIVES = 3;
/** Milliseconds between the loss of a worker and the next: time to be seen, and to breathe. */
const PAUSE = 400;
/** Bytes of weights from which on a network is closed by ending its worker: WebAssembly gives no memory back else. */
const LARGE = 64 * 2 ** 20;

const isLarge = (network: NetworkInfo | null): boolean => network !== null && 4 * network.parameters > LARGE;

export function bridge(connect: Connect, on: BridgeEvents, patience: Patience = PATIENCE): Bridge {
  let current: Session | null = null;
  let wanted = '';
  /** Counts wishes for a network: the answer to one is void when another came. */
  let wish = 0;
  /** The file that is to be opened, and the last one that was. */
  let tried: OwnFile | null = null;
  let brought: OwnFile | null = null;
  /** What was wanted before the file that is to be opened. */
  let before = '';
  let running = false;
  let opened: NetworkInfo | null = null;
  /** Whether the opened network has answered for the drawing: only then is the page said to be ready. */
  let settled = false;
  let sheet: Sheet | null = null;
  let looked: Look | null = null;
  /** Whether the worker's engine is the full one: not asked for, on its way, there, or not to be had. */
  let full: 'no' | 'coming' | 'yes' | 'refused' = 'no';
  let deepening = Promise.resolve();
  /** It is expected once only: a worker that broke on it must not do so again. */
  let expected = false;
  let asked: number | null = null;
  let losses = 0;
  let pause: ReturnType<typeof setTimeout> | undefined;
  /** The drawing that the last worker broke on, and one that broke two: it is kept, but not read again. */
  let suspect: Sheet | null = null;
  let poison: Sheet | null = null;

  function begin(): void {
    clearTimeout(pause);
    current?.end();
    on.phase('loading');
    running = false;
    opened = null;
    full = 'no';
    const mine = session(
      connect,
      {
        started: (variant) => on.phase('loading', variant),
        busy: (busy) => on.phase(busy ? 'busy' : 'ready'),
        progress: on.progress,
        reading(reading, of) {
          losses = 0;
          suspect = null;
          on.reading(reading, of);
          settle();
          if (current === mine) look(mine);
        },
        inside: on.inside,
        closed: (sentence) => on.problem(`This number cannot be opened: ${sentence}.`),
        refused(of, sentence) {
          on.refused(of, `This drawing cannot be read: ${sentence}.`);
          settle();
        },
        lost: recover,
      },
      patience,
    );
    current = mine;
    void start(mine);
  }

  function settle(): void {
    if (settled || !opened) return;
    settled = true;
    on.phase('ready');
  }

  /** Opens the cell that is looked at, in the full engine. */
  function look(mine: Session): void {
    // Before the first reading there is nothing to open.
    if (!looked || !opened || !settled) return;
    if (full === 'yes') mine.inspect(looked);
    else if (full === 'no') void deepen(mine);
  }

  /** Loads the full engine, and has it read what is on the pad: what is shown is what was opened. */
  function deepen(mine: Session, early = false): Promise<void> {
    if (full !== 'coming') {
      full = 'coming';
      deepening = mine.full().then((outcome) => deepened(mine, outcome, early));
    }
    return deepening;
  }

  function deepened(mine: Session, outcome: Outcome<void>, early: boolean): void {
    if (mine !== current) return;
    const quiet = outcome.kind === 'refused' && early;
    full = outcome.kind === 'done' ? 'yes' : quiet ? 'no' : 'refused';
    if (outcome.kind === 'broken') recover(outcome.sentence, null);
    else if (quiet) look(mine);
    else if (outcome.kind === 'refused') on.problem(`Numbers cannot be opened: ${outcome.sentence}.`);
    else if (sheet && sheet !== poison) mine.read(sheet);
  }

  /** Asks the full engine. */
  async function inquire<T>(
    question: (laboratory: Remote<Laboratory>) => Promise<Outcome<T>>,
  ): Promise<Outcome<T>> {
    const mine = current;
    if (!mine || !opened) return { kind: 'refused', sentence: 'no network is open' };
    if (full !== 'yes') await deepen(mine);
    // Where it was fetched early, in vain, it is asked for now.
    if (mine === current && (full === 'no' || full === 'coming')) await deepen(mine);
    if (mine !== current || full !== 'yes') {
      return { kind: 'refused', sentence: 'the full engine is not there' };
    }
    const outcome = await mine.ask(question);
    if (outcome.kind === 'broken' && mine === current) recover(outcome.sentence, null);
    return outcome;
  }

  /** The engine starts long before the weights are there, and knows its samples by then. */
  async function ask(mine: Session): Promise<void> {
    const digit = asked;
    if (digit === null) return;
    const outcome = await mine.sample(digit);
    if (mine !== current || digit !== asked) return;
    asked = null;
    if (outcome.kind === 'done') on.sample(outcome.value);
    else if (outcome.kind === 'broken') recover(outcome.sentence, null);
    else on.problem(`No sample could be drawn: ${outcome.sentence}.`);
  }

  async function start(mine: Session): Promise<void> {
    const outcome = await mine.start();
    if (mine !== current) return;
    running = outcome.kind === 'done';
    if (outcome.kind === 'done') await Promise.all([ask(mine), openWanted(mine)]);
    else stop(`The engine did not start: ${outcome.sentence}.`);
  }

  async function openWanted(mine: Session): Promise<void> {
    const name = wanted;
    const asked = wish;
    const file = tried ?? brought;
    if (name === CUSTOM && file) return openFile(mine, file);
    const outcome = await mine.open(name);
    // A newer wish, or a newer worker, has taken over.
    if (mine !== current || asked !== wish) return;
    if (outcome.kind === 'broken') return recover(outcome.sentence, null);
    if (outcome.kind === 'done') {
      on.network(outcome.value);
      return take(mine, outcome.value);
    }
    const sentence = `${name} could not be opened: ${outcome.sentence}.`;
    if (!opened) return stop(sentence);
    wanted = opened.name;
    on.kept(wanted);
    on.phase('ready');
    on.problem(sentence);
  }

  /** Another network is open: it reads what is on the pad. */
  function take(mine: Session, network: NetworkInfo): void {
    opened = network;
    settled = false;
    if (sheet && sheet !== poison) mine.read(sheet);
    else settle();
  }

  /** Opens a file that somebody brought; where that cannot be, what was open stays open. */
  async function openFile(mine: Session, file: OwnFile): Promise<void> {
    const asked = wish;
    const outcome = await mine.bring(file);
    if (mine !== current || asked !== wish) return;
    tried = null;
    if (outcome.kind === 'done') {
      brought = file;
      // It is good, so what it takes the place of can be closed.
      if (isLarge(opened)) return begin();
      full = 'yes';
      on.own(outcome.value.network, outcome.value.about, file);
      return take(mine, outcome.value.network);
    }
    const again = opened === null;
    wanted = opened?.name ?? before;
    const { sentence } = outcome;
    const asks = outcome.kind === 'refused' ? outcome.asks : undefined;
    if (!asks) on.problem(`“${file.title}” cannot be opened: ${sentence}.`);
    if (outcome.kind === 'broken') return recover(sentence, null);
    on.kept(wanted);
    if (asks) on.asked({ file, asks, sentence });
    if (again) return openWanted(mine);
    on.phase('ready');
  }

  function recover(why: string, reading: Sheet | null): void {
    current?.end();
    current = null;
    losses += 1;
    on.phase('lost');
    if (reading && reading === suspect) {
      poison = reading;
      on.refused(
        reading,
        'This drawing stops the engine. It is kept but not read again; change it to go on.',
      );
    }
    suspect = reading;
    if (losses < LIVES) pause = setTimeout(begin, PAUSE);
    else stop(`The engine stopped ${losses} times in a row (${why}). Your drawing is kept.`);
  }

  function stop(sentence: string): void {
    current?.end();
    current = null;
    on.phase('lost');
    on.problem(sentence);
  }

  return {
    open(name) {
      if (name === wanted) return;
      wanted = name;
      wish += 1;
      tried = null;
      if (!current || isLarge(opened)) return begin();
      if (!running) return; // once it has started, it opens what is wanted by then
      on.phase('loading');
      void openWanted(current);
    },
    bring(file) {
      if (wanted !== CUSTOM) before = wanted;
      wanted = CUSTOM;
      wish += 1;
      tried = file;
      if (!current) return begin();
      if (!running) return;
      on.phase('loading');
      void openWanted(current);
    },
    read(next) {
      sheet = next;
      if (opened && next !== poison) current?.read(next);
    },
    inspect(next) {
      looked = next;
      // Another cell is another try; another drawing is not.
      if (full === 'refused') full = 'no';
      if (current) look(current);
    },
    expect() {
      if (expected || !current || !settled || full !== 'no') return;
      expected = true;
      void deepen(current, true);
    },
    ask: inquire,
    async speed() {
      const outcome = await inquire((laboratory) => laboratory.speed());
      if (outcome.kind === 'refused') on.problem(`The steps could not be timed: ${outcome.sentence}.`);
      return outcome.kind === 'done' ? outcome.value : null;
    },
    sample(digit) {
      asked = digit;
      if (current && running) void ask(current);
    },
    restart() {
      losses = 0;
      expected = false;
      begin();
    },
    end() {
      clearTimeout(pause);
      current?.end();
      current = null;
    },
  };
}
