import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import { about, file, network, sheet } from './fakeWorker';
import { settle, setUp } from './supervised';

beforeEach(() => void vi.useFakeTimers());
afterEach(() => void vi.useRealTimers());

describe('a network that somebody brought', () => {
  const refused = { kind: 'refused' as const, sentence: 'not a readable ONNX file' };

  test('takes the place of the open one, reads what is on the pad, and comes back in a new worker', async () => {
    const { on, made, engine } = setUp();
    engine.read(sheet(1));
    engine.open('lenet5');
    await settle();
    engine.bring(file('mine.onnx'));
    await settle();
    expect(on.own).toHaveBeenCalledWith(network('own'), about, file('mine.onnx'));
    expect(made[0]?.sheets).toEqual([sheet(1), sheet(1)]);
    made[0]?.lost('gone');
    await settle(1000);
    expect(made).toHaveLength(2);
    expect(on.own).toHaveBeenCalledTimes(2);
    expect(on.phase).toHaveBeenLastCalledWith('ready');
    engine.open('lenet5');
    await settle();
    expect(on.network).toHaveBeenCalledTimes(2);
    engine.open('own');
    await settle();
    expect(on.own).toHaveBeenCalledTimes(3);
    engine.end();
  });

  test('that is large gives its memory back when another takes its place', async () => {
    const large = { ...network('own'), parameters: 20_000_000 };
    const bring = () => Promise.resolve({ kind: 'done' as const, value: { network: large, about } });
    const { on, made, engine } = setUp({ bring });
    engine.read(sheet(1));
    engine.open('lenet5');
    await settle();
    engine.bring(file('large.onnx'));
    await settle();
    expect(made).toHaveLength(1);
    engine.open('lenet5');
    await settle();
    expect(made[0]?.ended).toBe(true);
    expect(made[1]?.sheets).toEqual([sheet(1)]);
    expect(on.phase).toHaveBeenLastCalledWith('ready');
    expect(on.problem).not.toHaveBeenCalled();
    engine.end();
  });

  test('that takes the place of a large one is opened in a worker of its own', async () => {
    const large = { ...network('own'), parameters: 20_000_000 };
    const opened = (of: typeof large) => ({ kind: 'done' as const, value: { network: of, about } });
    const bring = vi
      .fn()
      .mockResolvedValueOnce(opened(large))
      .mockResolvedValue(opened(network('own')));
    const { on, made, engine } = setUp({ bring });
    engine.read(sheet(1));
    engine.open('lenet5');
    await settle();
    engine.bring(file('large.onnx'));
    await settle();
    engine.bring(file('small.onnx'));
    await settle();
    expect(made.map(({ ended }) => ended)).toEqual([true, false]);
    expect(made[1]?.sheets).toEqual([sheet(1)]);
    expect(on.own.mock.calls.map(([, , { title }]) => title)).toEqual(['large.onnx', 'small.onnx']);
    expect(on.phase).toHaveBeenLastCalledWith('ready');
    expect(on.problem).not.toHaveBeenCalled();
    engine.end();
  });

  test('leaves what was open where it is refused, and says why', async () => {
    const { on, engine } = setUp({ bring: async () => refused });
    engine.open('lenet5');
    await settle();
    engine.bring(file('bad.onnx'));
    await settle();
    expect(on.own).not.toHaveBeenCalled();
    expect(on.kept).toHaveBeenCalledWith('lenet5');
    expect(on.problem.mock.calls[0]?.[0]).toBe('“bad.onnx” cannot be opened: not a readable ONNX file.');
    expect(on.phase).toHaveBeenLastCalledWith('ready');
    engine.end();
  });

  test('that asks for more is not said to be refused', async () => {
    const asks = { sizes: [], files: ['weights.bin'] };
    const { on, engine } = setUp({ bring: async () => ({ ...refused, asks }) });
    engine.open('lenet5');
    await settle();
    const brought = file('mine.onnx');
    engine.bring(brought);
    await settle();
    expect(on.problem).not.toHaveBeenCalled();
    expect(on.asked).toHaveBeenCalledWith({ file: brought, asks, sentence: refused.sentence });
    // What was open is looked at again before the question is put: a change of network would end it.
    expect(on.kept).toHaveBeenCalledBefore(on.asked);
    expect(on.phase).toHaveBeenLastCalledWith('ready');
    engine.end();
  });

  test('that is refused leaves another one that was brought before', async () => {
    const bring = vi
      .fn()
      .mockResolvedValueOnce({ kind: 'done', value: { network: network('own'), about } })
      .mockResolvedValueOnce(refused)
      .mockResolvedValue({ kind: 'done', value: { network: network('own'), about } });
    const { on, made, engine } = setUp({ bring });
    engine.open('lenet5');
    await settle();
    engine.bring(file('good.onnx'));
    await settle();
    engine.bring(file('bad.onnx'));
    await settle();
    expect(on.kept).toHaveBeenCalledWith('own');
    made[0]?.lost('gone');
    await settle(1000);
    expect(on.own.mock.calls.map(([, , { title }]) => title)).toEqual(['good.onnx', 'good.onnx']);
    engine.end();
  });

  test('that breaks the engine is not opened again', async () => {
    const broken = { kind: 'broken' as const, sentence: 'unreachable' };
    const { on, made, engine } = setUp({ bring: async () => broken });
    engine.open('lenet5');
    await settle();
    engine.bring(file('bad.onnx'));
    await settle(1000);
    expect(made).toHaveLength(2);
    expect(on.network.mock.calls.map(([{ name }]) => name)).toEqual(['lenet5', 'lenet5']);
    expect(on.phase).toHaveBeenLastCalledWith('ready');
    engine.end();
  });

  test('that is refused before anything is open leaves the wish for another', async () => {
    const { on, engine } = setUp({ bring: async () => refused });
    engine.open('lenet5');
    engine.bring(file('bad.onnx'));
    await settle();
    expect(on.network).toHaveBeenCalledWith(network('lenet5'));
    expect(on.phase).toHaveBeenLastCalledWith('ready');
    engine.end();
  });
});

describe('start', () => {
  test('reads what was drawn before the engine was ready', async () => {
    const { on, made, engine } = setUp();
    const early = sheet(1);
    engine.read(early);
    engine.open('lenet5');
    expect(made[0]?.sheets).toEqual([]);
    await settle();
    expect(made[0]?.sheets).toEqual([early]);
    expect(on.network).toHaveBeenCalledWith(network('lenet5'));
    expect(on.phase).toHaveBeenLastCalledWith('ready');
    expect(on.reading.mock.calls[0]?.[1]).toBe(early);
    engine.end();
  });

  test('is ready only when the drawing has been read', async () => {
    let answer: (outcome: unknown) => void = () => undefined;
    const read = () =>
      new Promise((resolve) => {
        answer = resolve;
      });
    const { on, engine } = setUp({ read });
    engine.read(sheet(1));
    engine.open('lenet5');
    await settle();
    expect(on.network).toHaveBeenCalled();
    expect(on.phase).toHaveBeenLastCalledWith('loading', 'simd128');
    answer({ kind: 'refused', sentence: 'the picture is too large' });
    await settle();
    expect(on.refused).toHaveBeenCalledOnce();
    expect(on.phase).toHaveBeenLastCalledWith('ready');
    engine.end();
  });

  test('opens the network that was wanted last', async () => {
    const { on, engine } = setUp();
    engine.open('lenet5');
    engine.open('lenet5-1998');
    await settle();
    expect(on.network.mock.calls.map(([{ name }]) => name)).toEqual(['lenet5-1998']);
    engine.end();
  });

  test('says why it failed, and starts again when asked', async () => {
    const refused = { kind: 'refused' as const, sentence: 'this browser has no WebAssembly SIMD' };
    const { on, made, engine } = setUp({ start: async () => refused });
    engine.open('lenet5');
    await settle();
    expect(on.phase).toHaveBeenLastCalledWith('lost');
    expect(on.problem.mock.calls[0]?.[0]).toContain('no WebAssembly SIMD');
    engine.restart();
    expect(made).toHaveLength(2);
    engine.end();
  });

  test('keeps the network it has when another cannot be had', async () => {
    const open = vi
      .fn()
      .mockResolvedValueOnce({ kind: 'done', value: network('lenet5') })
      .mockResolvedValueOnce({ kind: 'refused', sentence: 'the download failed 3 times' });
    const { on, engine } = setUp({ open });
    engine.open('lenet5');
    await settle();
    engine.open('lenet5-1998');
    await settle();
    expect(on.kept).toHaveBeenCalledWith('lenet5');
    expect(on.phase).toHaveBeenLastCalledWith('ready');
    expect(on.problem.mock.calls[0]?.[0]).toContain('the download failed 3 times');
    engine.end();
  });
});

describe('a worker that is lost', () => {
  async function ready(change = {}) {
    const all = setUp(change);
    all.engine.open('lenet5');
    await settle();
    return all;
  }

  test('is replaced, and the network and the drawing with it', async () => {
    const { on, made, engine } = await ready();
    const drawing = sheet(3);
    engine.read(drawing);
    await settle();
    made[0]?.lost('it crashed');
    expect(on.phase).toHaveBeenLastCalledWith('lost');
    await settle(400);
    expect(made[0]?.ended).toBe(true);
    expect(made[1]?.sheets).toEqual([drawing]);
    expect(on.phase).toHaveBeenLastCalledWith('ready');
    engine.end();
  });

  test('is noticed when a drawing is not answered', async () => {
    const { on, made, engine } = await ready();
    if (made[0]) made[0].silent = true;
    engine.read(sheet(1));
    engine.read(sheet(2));
    await settle(300);
    expect(on.phase).toHaveBeenLastCalledWith('busy');
    await settle(3000);
    expect(made).toHaveLength(2);
    expect(made[1]?.sheets).toEqual([sheet(2)]);
    engine.end();
  });

  test('is noticed while nothing is drawn', async () => {
    const { made, engine } = await ready();
    if (made[0]) made[0].silent = true;
    await settle(4000);
    expect(made).toHaveLength(2);
    engine.end();
  });

  test('still owes the sample that was asked of it', async () => {
    const { on, made, engine } = await ready();
    if (made[0]) made[0].silent = true;
    engine.sample(7);
    await settle(4000);
    expect(on.sample).toHaveBeenCalledExactlyOnceWith([[[0, 0]]]);
    engine.end();
  });

  test('is not replaced for ever', async () => {
    const { on, made, engine } = await ready();
    for (let i = 0; i < 5; i++) {
      made.at(-1)?.lost('it crashed');
      await settle(400);
    }
    expect(made).toHaveLength(3);
    expect(on.phase).toHaveBeenLastCalledWith('lost');
    expect(on.problem.mock.lastCall?.[0]).toContain('Your drawing is kept.');
    engine.end();
  });

  test('does not break twice on the same drawing', async () => {
    const bad = sheet(13);
    const read = vi.fn(async () => ({ kind: 'broken' as const, sentence: 'unreachable' }));
    const { on, made, engine } = await ready({ read });
    engine.read(bad);
    await settle(1000);
    expect(read).toHaveBeenCalledTimes(2);
    expect(made).toHaveLength(3);
    expect(on.phase).toHaveBeenLastCalledWith('ready');
    expect(on.refused).toHaveBeenCalledOnce();
    expect(on.refused.mock.lastCall?.[0]).toBe(bad);
    engine.end();
  });
});

test('leaves no timer behind', async () => {
  const { engine } = setUp();
  engine.open('lenet5');
  await settle();
  engine.read(sheet(1));
  engine.end();
  await settle();
  expect(vi.getTimerCount()).toBe(0);
});
