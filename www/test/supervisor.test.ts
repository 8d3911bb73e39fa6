import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import { about, file, network, sheet } from './fakeWorker';
import { settle, setUp } from './supervised';

beforeEach(() => void vi.useFakeTimers());
afterEach(() => void vi.useRealTimers());

describe('an imported network', () => {
  const refused = { kind: 'refused' as const, message: 'not a readable ONNX file' };

  test('replaces the open one, reads the drawing, and is opened again in a new worker', async () => {
    const { on, made, engine } = setUp();
    engine.read(sheet(1));
    engine.open('lenet5');
    await settle();
    engine.import(file('mine.onnx'));
    await settle();
    expect(on.custom).toHaveBeenCalledWith(network('own'), about, file('mine.onnx'));
    expect(made[0]?.sheets).toEqual([sheet(1), sheet(1)]);
    made[0]?.lost('gone');
    await settle(1000);
    expect(made).toHaveLength(2);
    expect(on.custom).toHaveBeenCalledTimes(2);
    expect(on.phase).toHaveBeenLastCalledWith('ready');
    engine.open('lenet5');
    await settle();
    expect(on.network).toHaveBeenCalledTimes(2);
    engine.open('own');
    await settle();
    expect(on.custom).toHaveBeenCalledTimes(3);
    engine.end();
  });

  test('that is large frees its memory when another network replaces it', async () => {
    const large = { ...network('own'), parameters: 20_000_000 };
    const importFile = () => Promise.resolve({ kind: 'done' as const, value: { network: large, about } });
    const { on, made, engine } = setUp({ import: importFile });
    engine.read(sheet(1));
    engine.open('lenet5');
    await settle();
    engine.import(file('large.onnx'));
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

  test('that replaces a large one is opened in a new worker', async () => {
    const large = { ...network('own'), parameters: 20_000_000 };
    const opened = (info: typeof large) => ({ kind: 'done' as const, value: { network: info, about } });
    const importFile = vi
      .fn()
      .mockResolvedValueOnce(opened(large))
      .mockResolvedValue(opened(network('own')));
    const { on, made, engine } = setUp({ import: importFile });
    engine.read(sheet(1));
    engine.open('lenet5');
    await settle();
    engine.import(file('large.onnx'));
    await settle();
    engine.import(file('small.onnx'));
    await settle();
    expect(made.map(({ ended }) => ended)).toEqual([true, false]);
    expect(made[1]?.sheets).toEqual([sheet(1)]);
    expect(on.custom.mock.calls.map(([, , { title }]) => title)).toEqual(['large.onnx', 'small.onnx']);
    expect(on.phase).toHaveBeenLastCalledWith('ready');
    expect(on.problem).not.toHaveBeenCalled();
    engine.end();
  });

  test('that is refused leaves the open one, and the reason is reported', async () => {
    const { on, engine } = setUp({ import: async () => refused });
    engine.open('lenet5');
    await settle();
    engine.import(file('bad.onnx'));
    await settle();
    expect(on.custom).not.toHaveBeenCalled();
    expect(on.revertedTo).toHaveBeenCalledWith('lenet5');
    expect(on.problem.mock.calls[0]?.[0]).toBe('“bad.onnx” cannot be opened: not a readable ONNX file.');
    expect(on.phase).toHaveBeenLastCalledWith('ready');
    engine.end();
  });

  test('that requires more is pending, not refused', async () => {
    const requirements = { sizes: [], files: ['weights.bin'] };
    const { on, engine } = setUp({ import: async () => ({ ...refused, requirements }) });
    engine.open('lenet5');
    await settle();
    const incomplete = file('mine.onnx');
    engine.import(incomplete);
    await settle();
    expect(on.problem).not.toHaveBeenCalled();
    expect(on.pendingImport).toHaveBeenCalledWith({
      file: incomplete,
      requirements,
      reason: refused.message,
    });
    // The page returns to the open network first: a change of network would end the prompt.
    expect(on.revertedTo).toHaveBeenCalledBefore(on.pendingImport);
    expect(on.phase).toHaveBeenLastCalledWith('ready');
    engine.end();
  });

  test('that is refused leaves one that was imported before', async () => {
    const importFile = vi
      .fn()
      .mockResolvedValueOnce({ kind: 'done', value: { network: network('own'), about } })
      .mockResolvedValueOnce(refused)
      .mockResolvedValue({ kind: 'done', value: { network: network('own'), about } });
    const { on, made, engine } = setUp({ import: importFile });
    engine.open('lenet5');
    await settle();
    engine.import(file('good.onnx'));
    await settle();
    engine.import(file('bad.onnx'));
    await settle();
    expect(on.revertedTo).toHaveBeenCalledWith('own');
    made[0]?.lost('gone');
    await settle(1000);
    expect(on.custom.mock.calls.map(([, , { title }]) => title)).toEqual(['good.onnx', 'good.onnx']);
    engine.end();
  });

  test('that breaks the engine is not opened again', async () => {
    const broken = { kind: 'broken' as const, message: 'unreachable' };
    const { on, made, engine } = setUp({ import: async () => broken });
    engine.open('lenet5');
    await settle();
    engine.import(file('bad.onnx'));
    await settle(1000);
    expect(made).toHaveLength(2);
    expect(on.network.mock.calls.map(([{ name }]) => name)).toEqual(['lenet5', 'lenet5']);
    expect(on.phase).toHaveBeenLastCalledWith('ready');
    engine.end();
  });

  test('that is refused before any network is open leaves the network requested before', async () => {
    const { on, engine } = setUp({ import: async () => refused });
    engine.open('lenet5');
    engine.import(file('bad.onnx'));
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

  test('is ready only after the drawing has been read', async () => {
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
    answer({ kind: 'refused', message: 'the picture is too large' });
    await settle();
    expect(on.refused).toHaveBeenCalledOnce();
    expect(on.phase).toHaveBeenLastCalledWith('ready');
    engine.end();
  });

  test('opens the network that was requested last', async () => {
    const { on, engine } = setUp();
    engine.open('lenet5');
    engine.open('lenet5-1998');
    await settle();
    expect(on.network.mock.calls.map(([{ name }]) => name)).toEqual(['lenet5-1998']);
    engine.end();
  });

  test('reports why it failed, and starts again on restart', async () => {
    const refused = { kind: 'refused' as const, message: 'this browser has no WebAssembly SIMD' };
    const { on, made, engine } = setUp({ start: async () => refused });
    engine.open('lenet5');
    await settle();
    expect(on.phase).toHaveBeenLastCalledWith('lost');
    expect(on.problem.mock.calls[0]?.[0]).toContain('no WebAssembly SIMD');
    engine.restart();
    expect(made).toHaveLength(2);
    engine.end();
  });

  test('keeps the open network when another cannot be opened', async () => {
    const open = vi
      .fn()
      .mockResolvedValueOnce({ kind: 'done', value: network('lenet5') })
      .mockResolvedValueOnce({ kind: 'refused', message: 'the download failed 3 times' });
    const { on, engine } = setUp({ open });
    engine.open('lenet5');
    await settle();
    engine.open('lenet5-1998');
    await settle();
    expect(on.revertedTo).toHaveBeenCalledWith('lenet5');
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

  test('is noticed when a drawing is not read in time', async () => {
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

  test('passes the requested sample on to the next worker', async () => {
    const { on, made, engine } = await ready();
    if (made[0]) made[0].silent = true;
    engine.sample(7);
    await settle(4000);
    expect(on.sample).toHaveBeenCalledExactlyOnceWith([[[0, 0]]]);
    engine.end();
  });

  test('is not replaced more than twice in a row', async () => {
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
    const read = vi.fn(async () => ({ kind: 'broken' as const, message: 'unreachable' }));
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
