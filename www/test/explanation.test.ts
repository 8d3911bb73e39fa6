import type { Explanation } from 'convscope';
import { expect, test, vi } from 'vitest';
import { CurrentExplanation } from '../src/engine/explanation';

/** An explanation that is complete after `total` units of work, each of which takes longer than a slice. */
function work(total: number): Explanation & { free: ReturnType<typeof vi.fn> } {
  let taken = 0;
  const free = vi.fn();
  return {
    advance: () => {
      const end = performance.now() + 13;
      while (performance.now() < end);
      taken += 1;
      return taken >= total;
    },
    result: () => ({ attributions: Float32Array.of(taken) }),
    free,
    [Symbol.dispose]: free,
  };
}

test('an explanation works when it is started and advanced, and reports when it is done', async () => {
  const current = new CurrentExplanation();
  const explanation = work(2);
  expect(await current.start(async () => explanation)).toEqual({
    attributions: Float32Array.of(1),
    done: false,
  });
  expect(current.advance()).toEqual({ attributions: Float32Array.of(2), done: true });
});

test('another explanation cancels the one before, and frees it first', async () => {
  const current = new CurrentExplanation();
  const [one, other] = [work(9), work(1)];
  await current.start(async () => one);
  await current.start(async () => {
    expect(one.free).toHaveBeenCalledOnce();
    return other;
  });
  current.cancel();
  expect(other.free).toHaveBeenCalledOnce();
  expect(() => current.advance()).toThrow('no explanation has been started');
});

test('an explanation that is cancelled while it starts is freed', async () => {
  const current = new CurrentExplanation();
  const explanation = work(1);
  const started = current.start(async () => explanation);
  current.cancel();
  await expect(started).rejects.toThrow('another explanation was started');
  expect(explanation.free).toHaveBeenCalledOnce();
});
