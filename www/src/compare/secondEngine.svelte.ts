import type { EngineState, Own } from '../app/page';
import { connect } from '../engine/connect';
import type { NetworkInfo, OwnFile, Reading } from '../engine/protocol';
import { bridge } from '../engine/supervisor';
import type { Sheet } from '../pad/drawing';

/** What the second engine has come to. */
export interface Second {
  readonly network: NetworkInfo | null;
  readonly own: Own | null;
  /** The last reading of its network. */
  readonly reading: Reading | null;
  readonly phase: EngineState['phase'];
  readonly problem: string;
  /** Drawings read so far. */
  readonly runs: number;
  open(name: string): void;
  bring(file: OwnFile): void;
  read(sheet: Sheet): void;
  end(): void;
}

/** A second engine, in a worker of its own, that reads the same drawing with another network. */
export function second(): Second {
  let network = $state.raw<NetworkInfo | null>(null);
  let own = $state.raw<Own | null>(null);
  let reading = $state.raw<Reading | null>(null);
  let phase = $state<EngineState['phase']>('loading');
  let problem = $state('');
  let runs = $state(0);

  const opened = (now: NetworkInfo, brought: Own | null): void => {
    [network, own, reading, problem] = [now, brought, null, ''];
  };
  const engine = bridge(connect, {
    phase: (now) => {
      phase = now;
    },
    network: (now) => opened(now, null),
    own: (now, about, file) => opened(now, { about, file }),
    reading: (now) => {
      if (now.network !== network?.name) return;
      reading = now;
      runs += 1;
    },
    refused: (_, sentence) => {
      [reading, problem] = [null, sentence];
    },
    problem: (sentence) => {
      problem = sentence;
    },
    progress: () => {},
    kept: () => {},
    sample: () => {},
    inside: () => {},
    asked: () => {},
  });

  return {
    get network() {
      return network;
    },
    get own() {
      return own;
    },
    get reading() {
      return reading;
    },
    get phase() {
      return phase;
    },
    get problem() {
      return problem;
    },
    get runs() {
      return runs;
    },
    open: engine.open,
    bring: engine.bring,
    read: engine.read,
    end: engine.end,
  };
}
