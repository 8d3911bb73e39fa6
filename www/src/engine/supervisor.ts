/** Keeps an engine running for the page: replaces a lost worker, and has the new one continue where the last one was. */
import type { Sheet } from '../pad/drawing';
import { Connection, type Question, TIMEOUTS, type Timeouts } from './connection';
import { Losses } from './losses';
import type {
  CellAddress,
  CellDetail,
  Description,
  NetworkFile,
  NetworkInfo,
  Outcome,
  PendingImport,
  Reading,
  StepTime,
} from './protocol';
import { RequestedNetwork } from './requestedNetwork';
import type { StartWorker } from './startWorker';
import { Upgrade } from './upgrade';

export interface SupervisorEvents {
  phase(phase: 'loading' | 'ready' | 'busy' | 'lost', variant?: string): void;
  progress(received: number, total: number): void;
  /** A network of the catalogue is open. */
  network(network: NetworkInfo): void;
  /** An imported network is open. */
  custom(network: NetworkInfo, about: Description, file: NetworkFile): void;
  /** A network file cannot be opened until the visitor adds what it requires. */
  pendingImport(pending: PendingImport): void;
  /** The requested network cannot be opened; the one with this name stays open. */
  revertedTo(name: string): void;
  reading(reading: Reading, sheet: Sheet): void;
  /** The strokes of the sample that was asked for. */
  sample(strokes: number[][][]): void;
  /** A drawing cannot be read. */
  refused(sheet: Sheet, message: string): void;
  detail(detail: CellDetail): void;
  problem(message: string): void;
}

/** Milliseconds between the loss of a worker and the start of the next: long enough to be seen. */
const PAUSE = 400;
/** Bytes of weights above which closing a network ends its worker: WebAssembly memory never shrinks. */
const LARGE = 64 * 2 ** 20;

const isLarge = (network: NetworkInfo | null): boolean => network !== null && 4 * network.parameters > LARGE;

export class Supervisor {
  readonly #startWorker: StartWorker;
  readonly #events: SupervisorEvents;
  readonly #timeouts: Timeouts;
  #connection: Connection | null = null;
  #upgrade: Upgrade | null = null;
  /** Whether the worker's engine has started. */
  #started = false;
  #network: NetworkInfo | null = null;
  /** Whether the open network has read the drawing: only then is the page ready. */
  #settled = false;
  #pause: ReturnType<typeof setTimeout> | undefined;

  // Everything that a new worker needs in order to continue.
  readonly #requested = new RequestedNetwork();
  readonly #losses = new Losses();
  #sheet: Sheet | null = null;
  #inspected: CellAddress | null = null;
  #sampleDigit: number | null = null;
  /** Only one prefetch per start: a worker that broke on it must not be given it again. */
  #prefetched = false;

  constructor(startWorker: StartWorker, events: SupervisorEvents, timeouts: Timeouts = TIMEOUTS) {
    this.#startWorker = startWorker;
    this.#events = events;
    this.#timeouts = timeouts;
  }

  /** Opens a network of the catalogue, now and in every later worker. */
  open(name: string): void {
    if (!this.#requested.request(name)) return;
    if (!this.#connection || isLarge(this.#network)) this.#begin();
    else this.#openSoon(this.#connection);
  }

  /** Opens a network from the visitor's file, now and in every later worker. If it is refused, the open network stays. */
  import(file: NetworkFile): void {
    this.#requested.requestImport(file);
    if (!this.#connection) this.#begin();
    else this.#openSoon(this.#connection);
  }

  /** Reads a drawing; drawings that arrive faster than they are read are skipped. */
  read(sheet: Sheet): void {
    this.#sheet = sheet;
    if (this.#network) this.#readSheet();
  }

  /** Inspects a cell, now and after every later reading; null inspects none. */
  inspect(address: CellAddress | null): void {
    this.#inspected = address;
    // Another cell is a reason to try again; another drawing is not.
    this.#upgrade?.allowRetry();
    if (this.#connection) this.#inspect(this.#connection);
  }

  /** Loads the full engine before it is needed. A failure is reported only when something does need it. */
  prefetch(): void {
    if (this.#prefetched || !this.#settled || this.#upgrade?.state !== 'core') return;
    this.#prefetched = true;
    void this.#upgrade.start({ prefetch: true });
  }

  /** Asks the full engine about the open network and its last reading. */
  async ask<T>(question: Question<T>): Promise<Outcome<T>> {
    const connection = this.#connection;
    const upgrade = this.#upgrade;
    if (!connection || !upgrade || !this.#network) {
      return { kind: 'refused', message: 'no network is open' };
    }
    if (upgrade.state !== 'full') await upgrade.start();
    // A prefetch may have failed while this waited for it.
    if (upgrade.state === 'core' || upgrade.state === 'loading') await upgrade.start();
    if (connection !== this.#connection || upgrade.state !== 'full') {
      return { kind: 'refused', message: 'the full engine could not be loaded' };
    }
    const outcome = await connection.ask(question);
    if (outcome.kind === 'broken' && connection === this.#connection) this.#recover(outcome.message, null);
    return outcome;
  }

  /** The time that each step of the open network takes; null, with a problem reported, if it cannot be measured. */
  async timeSteps(): Promise<StepTime[] | null> {
    const outcome = await this.ask((api) => api.timeSteps());
    if (outcome.kind === 'refused') this.#events.problem(`The steps could not be timed: ${outcome.message}.`);
    return outcome.kind === 'done' ? outcome.value : null;
  }

  /** Asks for a drawn example of a digit. */
  sample(digit: number): void {
    this.#sampleDigit = digit;
    if (this.#connection && this.#started) void this.#drawSample(this.#connection);
  }

  /** Replaces the worker. */
  restart(): void {
    this.#losses.restart();
    this.#prefetched = false;
    this.#begin();
  }

  end(): void {
    clearTimeout(this.#pause);
    this.#disconnect();
  }

  #disconnect(): void {
    this.#connection?.end();
    this.#connection = null;
    this.#upgrade = null;
  }

  #begin(): void {
    clearTimeout(this.#pause);
    this.#disconnect();
    this.#events.phase('loading');
    this.#started = false;
    this.#network = null;
    const connection = this.#connect();
    this.#connection = connection;
    this.#upgrade = new Upgrade(
      () => connection.ask((api) => api.upgrade()),
      (outcome, quiet) => {
        if (connection === this.#connection) this.#onUpgrade(connection, outcome, quiet);
      },
    );
    void this.#start(connection);
  }

  #connect(): Connection {
    const connection: Connection = new Connection(
      this.#startWorker,
      {
        started: (variant) => this.#events.phase('loading', variant),
        busy: (busy) => this.#events.phase(busy ? 'busy' : 'ready'),
        progress: (received, total) => this.#events.progress(received, total),
        reading: (reading, sheet) => {
          this.#losses.clear();
          this.#events.reading(reading, sheet);
          this.#settle();
          if (connection === this.#connection) this.#inspect(connection);
        },
        detail: (detail) => this.#events.detail(detail),
        detailRefused: (message) => this.#events.problem(`This number cannot be opened: ${message}.`),
        refused: (sheet, message) => {
          this.#events.refused(sheet, `This drawing cannot be read: ${message}.`);
          this.#settle();
        },
        lost: (why, sheet) => this.#recover(why, sheet),
      },
      this.#timeouts,
    );
    return connection;
  }

  async #start(connection: Connection): Promise<void> {
    const outcome = await connection.start();
    if (connection !== this.#connection) return;
    this.#started = outcome.kind === 'done';
    if (outcome.kind === 'done')
      await Promise.all([this.#drawSample(connection), this.#openRequested(connection)]);
    else this.#stop(`The engine did not start: ${outcome.message}.`);
  }

  /** Opens what is requested; an engine that has not started yet does so when it has. */
  #openSoon(connection: Connection): void {
    if (!this.#started) return;
    this.#events.phase('loading');
    void this.#openRequested(connection);
  }

  async #openRequested(connection: Connection): Promise<void> {
    const { name, version, file } = this.#requested;
    if (file) return this.#importFile(connection, file);
    const outcome = await connection.open(name);
    if (connection !== this.#connection || version !== this.#requested.version) return;
    if (outcome.kind === 'broken') return this.#recover(outcome.message, null);
    if (outcome.kind === 'done') {
      this.#events.network(outcome.value);
      return this.#take(outcome.value);
    }
    const message = `${name} could not be opened: ${outcome.message}.`;
    if (!this.#network) return this.#stop(message);
    this.#requested.revertTo(this.#network.name);
    this.#events.revertedTo(this.#network.name);
    this.#events.phase('ready');
    this.#events.problem(message);
  }

  async #importFile(connection: Connection, file: NetworkFile): Promise<void> {
    const { version } = this.#requested;
    const outcome = await connection.import(file);
    if (connection !== this.#connection || version !== this.#requested.version) return;
    if (outcome.kind !== 'done') return this.#importFailed(connection, file, outcome);
    this.#requested.importSucceeded(file);
    // The file is good, so the large network that it replaces can be closed.
    if (isLarge(this.#network)) return this.#begin();
    this.#upgrade?.skip();
    const { network, about } = outcome.value;
    this.#events.custom(network, about, file);
    this.#take(network);
  }

  /** The open network stays open, or the one requested before is opened. */
  #importFailed(
    connection: Connection,
    file: NetworkFile,
    outcome: Exclude<Outcome<never>, { kind: 'done' }>,
  ): void {
    this.#requested.importFailed(this.#network?.name);
    const { message } = outcome;
    const requirements = outcome.kind === 'refused' ? outcome.requirements : undefined;
    if (!requirements) this.#events.problem(`“${file.title}” cannot be opened: ${message}.`);
    if (outcome.kind === 'broken') {
      this.#recover(message, null);
      return;
    }
    this.#events.revertedTo(this.#requested.name);
    if (requirements) this.#events.pendingImport({ file, requirements, reason: message });
    if (this.#network) this.#events.phase('ready');
    else void this.#openRequested(connection);
  }

  /** A network has been opened: it reads what is on the pad. */
  #take(network: NetworkInfo): void {
    this.#network = network;
    this.#settled = false;
    if (!this.#readSheet()) this.#settle();
  }

  #readSheet(): boolean {
    if (!this.#sheet || this.#losses.isPoison(this.#sheet)) return false;
    this.#connection?.read(this.#sheet);
    return true;
  }

  #settle(): void {
    if (this.#settled || !this.#network) return;
    this.#settled = true;
    this.#events.phase('ready');
  }

  /** Inspects the chosen cell, once there is a reading and the full engine is loaded. */
  #inspect(connection: Connection): void {
    if (!this.#inspected || !this.#network || !this.#settled) return;
    if (this.#upgrade?.state === 'full') connection.inspect(this.#inspected);
    else if (this.#upgrade?.state === 'core') void this.#upgrade.start();
  }

  /** The full engine reads the drawing again: a cell is inspected in a reading of its own. */
  #onUpgrade(connection: Connection, outcome: Outcome<void>, quiet: boolean): void {
    if (outcome.kind === 'broken') this.#recover(outcome.message, null);
    else if (quiet) this.#inspect(connection);
    else if (outcome.kind === 'refused')
      this.#events.problem(
        `The full engine, which opens numbers and explains answers, could not be loaded: ${outcome.message}.`,
      );
    else this.#readSheet();
  }

  async #drawSample(connection: Connection): Promise<void> {
    const digit = this.#sampleDigit;
    if (digit === null) return;
    const outcome = await connection.ask((api) => api.sample(digit));
    if (connection !== this.#connection || digit !== this.#sampleDigit) return;
    this.#sampleDigit = null;
    if (outcome.kind === 'done') this.#events.sample(outcome.value);
    else if (outcome.kind === 'broken') this.#recover(outcome.message, null);
    else this.#events.problem(`No sample could be drawn: ${outcome.message}.`);
  }

  /** Replaces a lost worker, unless too many were lost in a row. */
  #recover(why: string, sheet: Sheet | null): void {
    this.#disconnect();
    this.#events.phase('lost');
    if (this.#losses.add(sheet) && sheet) {
      const message =
        'This drawing has stopped the engine twice. It stays on the pad but is not read again; change it to continue.';
      this.#events.refused(sheet, message);
    }
    if (!this.#losses.tooMany) this.#pause = setTimeout(() => this.#begin(), PAUSE);
    else
      this.#stop(
        `The engine stopped ${this.#losses.count} times in a row (${why}). Your drawing is kept. Restart the engine to try again.`,
      );
  }

  #stop(message: string): void {
    this.#disconnect();
    this.#events.phase('lost');
    this.#events.problem(message);
  }
}
