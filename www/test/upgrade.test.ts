import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import type { Outcome } from '../src/engine/protocol';
import { sheet } from './fakeWorker';
import { settle, setUp } from './supervised';

beforeEach(() => void vi.useFakeTimers());
afterEach(() => void vi.useRealTimers());

describe('the upgrade to the full engine', () => {
  const address = { network: 'lenet5', cell: { node: 'c1', channel: 2, row: 0, column: 0 } };

  test('comes before the first inspection, and a cell is inspected after every later reading', async () => {
    const { on, made, engine } = setUp();
    engine.read(sheet(1));
    engine.inspect(address);
    engine.open('lenet5');
    await settle();
    expect(made[0]?.sheets).toEqual([sheet(1), sheet(1)]);
    expect(on.detail).toHaveBeenCalledTimes(1);
    expect(on.detail.mock.calls[0]?.[0]).toMatchObject(address);
    engine.read(sheet(2));
    await settle();
    expect(on.detail).toHaveBeenCalledTimes(2);
    engine.inspect(null);
    engine.read(sheet(3));
    await settle();
    expect(on.detail).toHaveBeenCalledTimes(2);
    engine.end();
  });

  test('can be prefetched, once, after the first reading', async () => {
    const upgrade = vi.fn(async () => ({ kind: 'done' as const, value: undefined }));
    const { made, engine } = setUp({ upgrade });
    engine.prefetch();
    engine.read(sheet(1));
    engine.open('lenet5');
    await settle();
    expect(upgrade).not.toHaveBeenCalled();
    for (let i = 0; i < 3; i++) {
      engine.prefetch();
      await settle();
    }
    expect(upgrade).toHaveBeenCalledTimes(1);
    expect(made[0]?.sheets).toEqual([sheet(1), sheet(1)]);
    engine.end();
  });

  test('reports a failed prefetch only when a cell is inspected', async () => {
    const upgrade = vi.fn(async () => ({ kind: 'refused' as const, message: 'offline' }));
    const { on, engine } = setUp({ upgrade });
    engine.read(sheet(1));
    engine.open('lenet5');
    await settle();
    engine.prefetch();
    await settle();
    expect(on.problem).not.toHaveBeenCalled();
    engine.inspect(address);
    await settle();
    expect(upgrade).toHaveBeenCalledTimes(2);
    expect(on.problem).toHaveBeenCalledWith(
      'The full engine, which opens numbers and explains answers, could not be loaded: offline.',
    );
    engine.end();
  });

  test('is tried again for a question that waited for a failed prefetch', async () => {
    const upgrade = vi
      .fn(async () => ({ kind: 'done' as const, value: undefined }) as Outcome<void>)
      .mockResolvedValueOnce({ kind: 'refused', message: 'offline' });
    const { on, engine } = setUp({ upgrade });
    engine.read(sheet(1));
    engine.open('lenet5');
    await settle();
    engine.prefetch();
    const asked = engine.ask(async () => ({ kind: 'done' as const, value: 7 }));
    expect(await asked).toEqual({ kind: 'done', value: 7 });
    expect(on.problem).not.toHaveBeenCalled();
    engine.end();
  });

  test('that fails is reported once, and no cell is inspected', async () => {
    const upgrade = async () => ({ kind: 'refused' as const, message: 'offline' });
    const { on, engine } = setUp({ upgrade });
    engine.read(sheet(1));
    engine.open('lenet5');
    await settle();
    engine.inspect(address);
    await settle();
    expect(on.problem.mock.calls[0]?.[0]).toMatch(/could not be loaded: offline/);
    engine.read(sheet(2));
    await settle();
    expect(on.problem).toHaveBeenCalledTimes(1);
    expect(on.detail).not.toHaveBeenCalled();
    engine.end();
  });
});
