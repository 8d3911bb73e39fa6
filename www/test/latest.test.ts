import { expect, test } from 'vitest';
import { latest } from '../src/engine/latest';

function held(): { work: (input: number) => Promise<void>; seen: number[]; finish: () => Promise<void> } {
  const seen: number[] = [];
  let release: () => void = () => undefined;
  return {
    seen,
    work(input) {
      seen.push(input);
      return new Promise((resolve) => {
        release = resolve;
      });
    },
    async finish() {
      release();
      await new Promise((resolve) => setTimeout(resolve));
    },
  };
}

test('works on the first and the newest, and leaves out what came between', async () => {
  const { work, seen, finish } = held();
  const queue = latest(work);
  for (const input of [1, 2, 3, 4]) queue.push(input);
  expect(seen).toEqual([1]);
  await finish();
  expect(seen).toEqual([1, 4]);
  await finish();
  queue.push(5);
  expect(seen).toEqual([1, 4, 5]);
});

test('drops what waits when it is closed', async () => {
  const { work, seen, finish } = held();
  const queue = latest(work);
  queue.push(1);
  queue.push(2);
  queue.close();
  await finish();
  queue.push(3);
  expect(seen).toEqual([1]);
});
