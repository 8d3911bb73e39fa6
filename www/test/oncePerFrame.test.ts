import { expect, test } from 'vitest';
import { paced } from '../src/app/oncePerFrame';

function setUp() {
  const seen: number[] = [];
  let due: (() => void)[] = [];
  const frame = (): void => {
    const now = due;
    due = [];
    for (const call of now) call();
  };
  const { push, drop } = paced<number>(
    (value) => seen.push(value),
    (call) => due.push(() => call(0)),
  );
  return { seen, frame, push, drop, idle: () => due.length === 0 };
}

test('the first of a frame is shown at once, the newest of the others with the next', () => {
  const { seen, frame, push } = setUp();
  push(1);
  expect(seen).toEqual([1]);
  push(2);
  push(3);
  expect(seen).toEqual([1]);
  frame();
  expect(seen).toEqual([1, 3]);
  push(4);
  frame();
  expect(seen).toEqual([1, 3, 4]);
});

test('frames are asked for only while something was shown', () => {
  const { seen, frame, push, idle } = setUp();
  push(1);
  frame();
  expect(idle()).toBe(true);
  push(2);
  expect(seen).toEqual([1, 2]);
});

test('what waits can be forgotten', () => {
  const { seen, frame, push, drop } = setUp();
  push(1);
  push(2);
  drop();
  frame();
  expect(seen).toEqual([1]);
});
