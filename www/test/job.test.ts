import { expect, test, vi } from 'vitest';
import { Job } from '../src/engine/job';

/** Work that is complete after `total` steps, each of which takes longer than a slice. */
function work(total: number) {
  let taken = 0;
  return {
    step: () => {
      const end = performance.now() + 13;
      while (performance.now() < end);
      taken += 1;
      return taken >= total;
    },
    result: () => ({ falls: taken }),
    free: vi.fn(),
  };
}

test('a job takes steps when it is started and continued, and reports when it is done', () => {
  const job = new Job();
  const steps = work(2);
  expect(job.start(() => steps, steps.result)).toEqual({ falls: 1, done: false });
  expect(job.continue()).toEqual({ falls: 2, done: true });
});

test('another job ends the one before, and frees it first', () => {
  const job = new Job();
  const [one, other] = [work(9), work(1)];
  job.start(() => one, one.result);
  job.start(() => {
    expect(one.free).toHaveBeenCalledOnce();
    return other;
  }, other.result);
  job.end();
  expect(other.free).toHaveBeenCalledOnce();
  expect(() => job.continue()).toThrow('no job is running');
});
