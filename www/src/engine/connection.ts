/** The page's connection to one worker, from the worker's start to its end. */
import * as Comlink from 'comlink';
import type { Sheet } from '../pad/drawing';
import { type Latest, latest } from './latest';
import type {
  CellAddress,
  CellDetail,
  ImportedNetwork,
  NetworkFile,
  NetworkInfo,
  Outcome,
  Reading,
  Variant,
  WorkerApi,
} from './protocol';
import type { StartWorker, WorkerHandle } from './startWorker';

/** A call of the worker. */
export type Question<T> = (api: Comlink.Remote<WorkerApi>) => Promise<Outcome<T>>;

export interface ConnectionEvents {
  /** The engine runs. */
  started(variant: Variant): void;
  /** A reading takes long enough that the page should show it (true), or has finished (false). */
  busy(busy: boolean): void;
  progress(received: number, total: number): void;
  reading(reading: Reading, sheet: Sheet): void;
  /** A drawing cannot be read. */
  refused(sheet: Sheet, message: string): void;
  detail(detail: CellDetail): void;
  /** A cell cannot be inspected. */
  detailRefused(message: string): void;
  /** The worker is gone. Called at most once, and the last event. `sheet` is what it was reading. */
  lost(why: string, sheet: Sheet | null): void;
}

/** How long to wait, in milliseconds. */
export interface Timeouts {
  /** For an answer that should come at once. */
  readonly answer: number;
  /** Between two pings. */
  readonly heartbeat: number;
  /** Before a reading counts as slow. */
  readonly busy: number;
  /** For an imported file to be parsed. */
  readonly import: number;
}

export const TIMEOUTS: Timeouts = { answer: 2000, heartbeat: 1500, busy: 250, import: 60_000 };

/** One worker. A worker that stops answering, or breaks, is reported as lost. */
export class Connection {
  readonly #events: ConnectionEvents;
  readonly #timeouts: Timeouts;
  readonly #worker: WorkerHandle;
  readonly #readings: Latest<Sheet>;
  readonly #inspections: Latest<CellAddress>;
  #ended = false;
  /** The drawing that is being read. */
  #sheet: Sheet | null = null;
  /** Imports in progress, during which the worker answers nothing else. */
  #imports = 0;
  #heartbeat: ReturnType<typeof setInterval> | undefined;

  constructor(startWorker: StartWorker, events: ConnectionEvents, timeouts: Timeouts = TIMEOUTS) {
    this.#events = events;
    this.#timeouts = timeouts;
    this.#readings = latest((sheet) => this.#read(sheet));
    this.#inspections = latest((address) => this.#inspect(address));
    this.#worker = startWorker((why) => this.#lose(why));
  }

  async start(): Promise<Outcome<Variant>> {
    const outcome = await this.#worker.api.start();
    if (this.#ended || outcome.kind !== 'done') return outcome;
    this.#heartbeat = setInterval(() => this.#beat(), this.#timeouts.heartbeat);
    this.#events.started(outcome.value);
    return outcome;
  }

  open(name: string): Promise<Outcome<NetworkInfo>> {
    const progress = (received: number, total: number): void => {
      if (!this.#ended) this.#events.progress(received, total);
    };
    return this.#worker.api.open(name, Comlink.proxy(progress));
  }

  /** Opens a network from the visitor's file. */
  async import(file: NetworkFile): Promise<Outcome<ImportedNetwork>> {
    this.#imports += 1;
    try {
      return await this.#within(this.#timeouts.import, this.#worker.api.import(file));
    } finally {
      this.#imports -= 1;
    }
  }

  /** Reads a drawing; drawings that arrive faster than they are read are skipped. */
  read(sheet: Sheet): void {
    this.#readings.push(sheet);
  }

  /** Inspects a cell of the last reading; requests that arrive faster than they are answered are skipped. */
  inspect(address: CellAddress): void {
    this.#inspections.push(address);
  }

  /** Asks the worker for something that a caller waits for. */
  ask<T>(question: Question<T>): Promise<Outcome<T>> {
    return question(this.#worker.api);
  }

  end(): void {
    if (this.#ended) return;
    this.#ended = true;
    clearInterval(this.#heartbeat);
    this.#readings.close();
    this.#inspections.close();
    this.#worker.end();
  }

  #lose(why: string): void {
    if (this.#ended) return;
    this.end();
    this.#events.lost(why, this.#sheet);
  }

  /** Waits for an answer that is due within `timeout`; a worker that owes one for longer is lost. */
  async #within<P extends Promise<unknown>>(timeout: number, answer: P): Promise<Awaited<P>> {
    const timer = setTimeout(() => this.#lose('it no longer answers'), timeout);
    try {
      return await answer;
    } finally {
      clearTimeout(timer);
    }
  }

  #beat(): void {
    // A reading in progress has a timeout of its own.
    if (this.#sheet !== null || this.#imports > 0) return;
    this.#within(this.#timeouts.answer, this.#worker.api.ping()).catch((error) => this.#lose(error));
  }

  async #read(sheet: Sheet): Promise<void> {
    this.#sheet = sheet;
    let late = false;
    const timer = setTimeout(() => {
      if (this.#ended) return;
      late = true;
      this.#events.busy(true);
    }, this.#timeouts.busy);
    try {
      const outcome = await this.#within(this.#timeouts.answer, this.#worker.api.read(sheet));
      if (this.#ended) return;
      if (outcome.kind === 'broken') return this.#lose(outcome.message);
      if (late) this.#events.busy(false);
      if (outcome.kind === 'done') this.#events.reading(outcome.value, sheet);
      else this.#events.refused(sheet, outcome.message);
    } catch (error) {
      this.#lose(String(error));
    } finally {
      clearTimeout(timer);
      this.#sheet = null;
    }
  }

  async #inspect(address: CellAddress): Promise<void> {
    try {
      const outcome = await this.#worker.api.inspect(address);
      if (this.#ended) return;
      if (outcome.kind === 'broken') this.#lose(outcome.message);
      else if (outcome.kind === 'refused') this.#events.detailRefused(outcome.message);
      else if (outcome.value) this.#events.detail(outcome.value);
    } catch (error) {
      this.#lose(String(error));
    }
  }
}
