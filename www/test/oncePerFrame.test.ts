import { expect, test } from 'vitest';
import { oncePerFrame } from '../src/app/oncePerFrame';

function setUp() {
  const shown: number[] = [];
  let due: (() => void)[] = [];
  const frame = (): void => {
    const now = due;
    due = [];
    for (const call of now) call();
  };
  const { push, drop } = oncePerFrame<number>(
    (value) => shown.push(value),
    (call) => due.push(() => call(0)),
  );
  return { shown, frame, push, drop, idle: () => due.length === 0 };
}

test('the first value of a frame is shown at once, the newest of the others in the next frame', () => {
  const { shown, frame, push } = setUp();
  push(1);
  expect(shown).toEqual([1]);
  push(2);
  push(3);
  expect(shown).toEqual([1]);
  frame();
  expect(shown).toEqual([1, 3]);
  push(4);
  frame();
  expect(shown).toEqual([1, 3, 4]);
});

test('frames are requested only after a value was shown', () => {
  const { shown, frame, push, idle } = setUp();
  push(1);
  frame();
  expect(idle()).toBe(true);
  push(2);
  expect(shown).toEqual([1, 2]);
});

test('a waiting value can be dropped', () => {
  const { shown, frame, push, drop } = setUp();
  push(1);
  push(2);
  drop();
  frame();
  expect(shown).toEqual([1]);
});
