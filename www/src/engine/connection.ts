/** One worker from its start to its end, and how its end is noticed. */
import * as Comlink from 'comlink';
import type { Sheet } from '../pad/drawing';
import { latest } from './latest';
import type {
  Inside,
  Laboratory,
  Look,
  NetworkInfo,
  Outcome,
  OwnFile,
  OwnNetwork,
  Reading,
  Variant,
} from './protocol';

/** A worker as the session sees it. */
export interface Connection {
  readonly laboratory: Comlink.Remote<Laboratory>;
  /** Ends the worker and every listener on it. */
  end(): void;
}

/** Starts a worker; `lost` is called when the browser reports that it broke. */
export type Connect = (lost: (why: string) => void) => Connection;

export interface SessionEvents {
  /** The engine runs. */
  started(variant: Variant): void;
  /** Reading takes long enough that it should be said (true), or has caught up (false). */
  busy(busy: boolean): void;
  progress(received: number, total: number): void;
  reading(reading: Reading, sheet: Sheet): void;
  /** A drawing that cannot be read, and why. */
  refused(sheet: Sheet, sentence: string): void;
  inside(inside: Inside): void;
  /** A cell that cannot be opened, and why. */
  closed(sentence: string): void;
  /** The worker is gone. Called once; the session is over. `sheet` is what it was reading. */
  lost(why: string, sheet: Sheet | null): void;
}

/** How long to wait, in milliseconds. */
export interface Patience {
  readonly answer: number;
  readonly heartbeat: number;
  readonly busy: number;
  /** For a file that somebody brought to be looked through, once what reads it is there. */
  readonly file: number;
}

export const PATIENCE: Patience = { answer: 2000, heartbeat: 1500, busy: 250, file: 60_000 };

export interface Session {
  start(): Promise<Outcome<Variant>>;
  open(name: string): Promise<Outcome<NetworkInfo>>;
  /** Opens a network that somebody brought. */
  bring(file: OwnFile): Promise<Outcome<OwnNetwork>>;
  read(sheet: Sheet): void;
  full(): Promise<Outcome<void>>;
  /** Opens a cell of the last reading; cells that are asked for faster than they open are left out. */
  inspect(look: Look): void;
  /** Asks the worker something that somebody waits for. */
  ask<T>(question: (laboratory: Comlink.Remote<Laboratory>) => Promise<Outcome<T>>): Promise<Outcome<T>>;
  sample(digit: number): Promise<Outcome<number[][][]>>;
  end(): void;
}

export function session(connect: Connect, on: SessionEvents, patience: Patience = PATIENCE): Session {
  let over = false;
  let reading: Sheet | null = null;
  /** Whether a file is looked through, in which time nothing else is answered. */
  let bringing = 0;
  let heartbeat: ReturnType<typeof setInterval> | undefined;

  const end = (): void => {
    if (over) return;
    over = true;
    clearInterval(heartbeat);
    reads.close();
    inspects.close();
    connection.end();
  };
  const lose = (why: string): void => {
    if (over) return;
    end();
    on.lost(why, reading);
  };

  /** Waits for an answer that must come soon; a worker that owes one for too long is gone. */
  async function soon<P extends Promise<unknown>>(answer: P, wait = patience.answer): Promise<Awaited<P>> {
    const timer = setTimeout(() => lose('it no longer answers'), wait);
    try {
      return await answer;
    } finally {
      clearTimeout(timer);
    }
  }

  const reads = latest(async (sheet: Sheet) => {
    reading = sheet;
    let late = false;
    const timer = setTimeout(() => {
      if (over) return;
      late = true;
      on.busy(true);
    }, patience.busy);
    try {
      const outcome = await soon(connection.laboratory.read(sheet));
      if (over) return;
      if (outcome.kind === 'broken') return lose(outcome.sentence);
      if (late) on.busy(false);
      if (outcome.kind === 'done') on.reading(outcome.value, sheet);
      else on.refused(sheet, outcome.sentence);
    } catch (error) {
      lose(String(error));
    } finally {
      clearTimeout(timer);
      reading = null;
    }
  });

  const inspects = latest(async (look: Look) => {
    try {
      const outcome = await connection.laboratory.inspect(look);
      if (over) return;
      if (outcome.kind === 'broken') lose(outcome.sentence);
      else if (outcome.kind === 'refused') on.closed(outcome.sentence);
      else if (outcome.value) on.inside(outcome.value);
    } catch (error) {
      lose(String(error));
    }
  });

  const connection = connect(lose);

  const beat = (): void => {
    // While a drawing is being read, that answer is the sign of life.
    if (reading === null && bringing === 0) soon(connection.laboratory.ping()).catch(lose);
  };

  return {
    async start() {
      const outcome = await connection.laboratory.start();
      if (over || outcome.kind !== 'done') return outcome;
      heartbeat = setInterval(beat, patience.heartbeat);
      on.started(outcome.value);
      return outcome;
    },
    open: (name) =>
      connection.laboratory.open(
        name,
        Comlink.proxy((received: number, total: number) => over || on.progress(received, total)),
      ),
    async bring(file) {
      bringing += 1;
      try {
        return await soon(connection.laboratory.bring(file), patience.file);
      } finally {
        bringing -= 1;
      }
    },
    read: (sheet) => reads.push(sheet),
    full: () => connection.laboratory.full(),
    inspect: (look) => inspects.push(look),
    ask: (question) => question(connection.laboratory),
    sample: (digit) => connection.laboratory.sample(digit),
    end,
  };
}
