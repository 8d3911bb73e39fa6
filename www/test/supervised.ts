/** A bridge between a worker and a listener that a test holds. */
import { vi } from 'vitest';
import { type BridgeEvents, bridge } from '../src/engine/supervisor';
import { workers } from './fakeWorker';

export const settle = (milliseconds = 0): Promise<unknown> => vi.advanceTimersByTimeAsync(milliseconds);

function listener() {
  return {
    phase: vi.fn<BridgeEvents['phase']>(),
    progress: vi.fn<BridgeEvents['progress']>(),
    network: vi.fn<BridgeEvents['network']>(),
    own: vi.fn<BridgeEvents['own']>(),
    asked: vi.fn<BridgeEvents['asked']>(),
    kept: vi.fn<BridgeEvents['kept']>(),
    reading: vi.fn<BridgeEvents['reading']>(),
    sample: vi.fn<BridgeEvents['sample']>(),
    refused: vi.fn<BridgeEvents['refused']>(),
    inside: vi.fn<BridgeEvents['inside']>(),
    problem: vi.fn<BridgeEvents['problem']>(),
  };
}

export function setUp(change = {}) {
  const on = listener();
  const { connect, made } = workers(change);
  return { on, made, engine: bridge(connect, on) };
}
