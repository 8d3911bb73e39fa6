/** A supervisor of fake workers, and a listener for its events. */
import { vi } from 'vitest';
import { Supervisor, type SupervisorEvents } from '../src/engine/supervisor';
import { workers } from './fakeWorker';

export const settle = (milliseconds = 0): Promise<unknown> => vi.advanceTimersByTimeAsync(milliseconds);

function listener() {
  return {
    phase: vi.fn<SupervisorEvents['phase']>(),
    progress: vi.fn<SupervisorEvents['progress']>(),
    network: vi.fn<SupervisorEvents['network']>(),
    custom: vi.fn<SupervisorEvents['custom']>(),
    pendingImport: vi.fn<SupervisorEvents['pendingImport']>(),
    revertedTo: vi.fn<SupervisorEvents['revertedTo']>(),
    reading: vi.fn<SupervisorEvents['reading']>(),
    sample: vi.fn<SupervisorEvents['sample']>(),
    refused: vi.fn<SupervisorEvents['refused']>(),
    detail: vi.fn<SupervisorEvents['detail']>(),
    problem: vi.fn<SupervisorEvents['problem']>(),
  };
}

export function setUp(change = {}) {
  const on = listener();
  const { startWorker, made } = workers(change);
  return { on, made, engine: new Supervisor(startWorker, on) };
}
