// How long each step of a network's plan takes here, measured in the full engine (src/wasm/full/profile.rs).
import type { Network as Full } from './full.js';
import type { StepTime } from './types.js';

/** Groups of runs, whose median is taken: one that something disturbed does not count. */
const groups = 9;
/** Clocks in browsers have a resolution of tenths of milliseconds, or whole ones: the runs of a group are timed together. */
const groupMilliseconds = 40;

/** Times every step, for about a third of a second. `count` is how many values the network's input has. */
export function profile(network: Full, count: number): StepTime[] {
  network.input(count);
  const clock = performance.now.bind(performance);

  // Compilers take their time; how long a run takes is known when they are done.
  let runs = 1;
  for (const warmed = clock() + groupMilliseconds; clock() < warmed; ) {
    const begun = clock();
    network.time_steps(clock, runs);
    const spent = Math.max(clock() - begun, 1);
    runs = Math.min(2 * runs, Math.max(1, Math.round((runs * groupMilliseconds) / spent)));
  }
  const times = Array.from({ length: groups }, () => network.time_steps(clock, runs));
  const steps: string[][] = network.steps();
  // The first time is that of copying the input, which is no node's work.
  return [[], ...steps].map((nodes, step) => ({
    nodes,
    milliseconds: median(times.map((group) => (group[step] ?? 0) / runs)),
    runs: runs * groups,
  }));
}

function median(numbers: number[]): number {
  return [...numbers].sort((a, b) => a - b)[numbers.length >> 1] ?? 0;
}
