import type { CustomNetwork, EngineState } from '../app/page';
import type { NetworkFile, NetworkInfo, Reading } from '../engine/protocol';
import { startWorker } from '../engine/startWorker';
import { Supervisor } from '../engine/supervisor';
import type { Sheet } from '../pad/drawing';

export interface SecondEngine {
  readonly network: NetworkInfo | null;
  readonly custom: CustomNetwork | null;
  /** The last reading of its network. */
  readonly reading: Reading | null;
  readonly phase: EngineState['phase'];
  readonly problem: string;
  /** Drawings read so far. */
  readonly runs: number;
  open(name: string): void;
  import(file: NetworkFile): void;
  read(sheet: Sheet): void;
  end(): void;
}

/** A second engine, in a worker of its own, that reads the same drawing with another network. */
export function secondEngine(): SecondEngine {
  let network = $state.raw<NetworkInfo | null>(null);
  let custom = $state.raw<CustomNetwork | null>(null);
  let reading = $state.raw<Reading | null>(null);
  let phase = $state<EngineState['phase']>('loading');
  let problem = $state('');
  let runs = $state(0);

  const opened = (info: NetworkInfo, imported: CustomNetwork | null): void => {
    [network, custom, reading, problem] = [info, imported, null, ''];
  };
  const engine = new Supervisor(startWorker, {
    phase: (next) => {
      phase = next;
    },
    network: (info) => opened(info, null),
    custom: (info, about, file) => opened(info, { about, file }),
    reading: (next) => {
      if (next.network !== network?.name) return;
      reading = next;
      runs += 1;
    },
    refused: (_, message) => {
      [reading, problem] = [null, message];
    },
    problem: (message) => {
      problem = message;
    },
    progress: () => {},
    revertedTo: () => {},
    sample: () => {},
    detail: () => {},
    pendingImport: () => {},
  });

  return {
    get network() {
      return network;
    },
    get custom() {
      return custom;
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
    open: (name) => engine.open(name),
    import: (file) => engine.import(file),
    read: (sheet) => engine.read(sheet),
    end: () => engine.end(),
  };
}
