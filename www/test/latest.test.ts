import { expect, test } from 'vitest';
import { latest } from '../src/engine/latest';

function controlled(): {
  work: (input: number) => Promise<void>;
  processed: number[];
  finish: () => Promise<void>;
} {
  const processed: number[] = [];
  let release: () => void = () => undefined;
  return {
    processed,
    work(input) {
      processed.push(input);
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

test('processes the first and the newest input, and skips those between', async () => {
  const { work, processed, finish } = controlled();
  const queue = latest(work);
  for (const input of [1, 2, 3, 4]) queue.push(input);
  expect(processed).toEqual([1]);
  await finish();
  expect(processed).toEqual([1, 4]);
  await finish();
  queue.push(5);
  expect(processed).toEqual([1, 4, 5]);
});

test('drops the waiting input when it is closed', async () => {
  const { work, processed, finish } = controlled();
  const queue = latest(work);
  queue.push(1);
  queue.push(2);
  queue.close();
  await finish();
  queue.push(3);
  expect(processed).toEqual([1]);
});
