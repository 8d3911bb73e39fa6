import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import type { Outcome } from '../src/engine/protocol';
import { sheet } from './fakeWorker';
import { settle, setUp } from './supervised';

beforeEach(() => void vi.useFakeTimers());
afterEach(() => void vi.useRealTimers());

describe('a number that is opened', () => {
  const look = { network: 'lenet5', cell: { node: 'c1', channel: 2, row: 0, column: 0 } };

  test('is opened by the full engine, once that has read the drawing, and after every later reading', async () => {
    const { on, made, engine } = setUp();
    engine.read(sheet(1));
    engine.inspect(look);
    engine.open('lenet5');
    await settle();
    expect(made[0]?.sheets).toEqual([sheet(1), sheet(1)]);
    expect(on.inside).toHaveBeenCalledTimes(1);
    expect(on.inside.mock.calls[0]?.[0]).toMatchObject(look);
    engine.read(sheet(2));
    await settle();
    expect(on.inside).toHaveBeenCalledTimes(2);
    engine.inspect(null);
    engine.read(sheet(3));
    await settle();
    expect(on.inside).toHaveBeenCalledTimes(2);
    engine.end();
  });

  test('opens sooner where it was expected: the full engine is asked for once, after the first reading', async () => {
    const full = vi.fn(async () => ({ kind: 'done' as const, value: undefined }));
    const { made, engine } = setUp({ full });
    engine.expect();
    engine.read(sheet(1));
    engine.open('lenet5');
    await settle();
    expect(full).not.toHaveBeenCalled();
    for (let i = 0; i < 3; i++) {
      engine.expect();
      await settle();
    }
    expect(full).toHaveBeenCalledTimes(1);
    expect(made[0]?.sheets).toEqual([sheet(1), sheet(1)]);
    engine.end();
  });

  test('was expected in vain: nothing is said until one is opened', async () => {
    const full = vi.fn(async () => ({ kind: 'refused' as const, sentence: 'it could not be loaded' }));
    const { on, engine } = setUp({ full });
    engine.read(sheet(1));
    engine.open('lenet5');
    await settle();
    engine.expect();
    await settle();
    expect(on.problem).not.toHaveBeenCalled();
    engine.inspect(look);
    await settle();
    expect(full).toHaveBeenCalledTimes(2);
    expect(on.problem).toHaveBeenCalledWith('Numbers cannot be opened: it could not be loaded.');
    engine.end();
  });

  test('was expected in vain while something asks: that is tried again', async () => {
    const full = vi
      .fn(async () => ({ kind: 'done' as const, value: undefined }) as Outcome<void>)
      .mockResolvedValueOnce({ kind: 'refused', sentence: 'offline' });
    const { on, engine } = setUp({ full });
    engine.read(sheet(1));
    engine.open('lenet5');
    await settle();
    engine.expect();
    const asked = engine.ask(async () => ({ kind: 'done' as const, value: 7 }));
    expect(await asked).toEqual({ kind: 'done', value: 7 });
    expect(on.problem).not.toHaveBeenCalled();
    engine.end();
  });

  test('stays closed with a sentence where the full engine cannot be had', async () => {
    const full = async () => ({ kind: 'refused' as const, sentence: 'it could not be loaded' });
    const { on, engine } = setUp({ full });
    engine.read(sheet(1));
    engine.open('lenet5');
    await settle();
    engine.inspect(look);
    await settle();
    expect(on.problem.mock.calls[0]?.[0]).toMatch(/cannot be opened: it could not be loaded/);
    engine.read(sheet(2));
    await settle();
    expect(on.problem).toHaveBeenCalledTimes(1);
    expect(on.inside).not.toHaveBeenCalled();
    engine.end();
  });
});
