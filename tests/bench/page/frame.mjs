// One engine: opens networks, answers, and times itself. Numbers leave as plain arrays.
import { Site, warmUp } from './site.mjs';

/** Runs are timed in groups of at least so long (milliseconds): clocks in browsers are coarse. */
const group = 4;

const [, name, setting] = new URLSearchParams(location.search).get('engine').match(/^([a-z]+)(?:\+(.+))?$/);

class Host {
  constructor(engine) {
    this.engine = engine;
  }

  /** Opens a network; gives its output on the sample, NCHW, unless told to be silent. */
  async open(network, silent = false) {
    const { description, input } = await this.site.network(network);
    const channelsLast = this.engine.layout === 'nhwc';
    this.input = channelsLast ? toLast(input, description.input) : input;
    this.opened = await this.engine.open(this.site, description);
    const output = Float32Array.from(await this.opened.run(this.input));
    return silent ? [] : [...(channelsLast ? toFirst(output, description.output) : output)];
  }

  /** Times runs for a while: milliseconds a run, one number a group. */
  async measure(milliseconds) {
    return timed(() => this.opened.run(this.input), milliseconds);
  }

  async warm(milliseconds) {
    await warmUp(() => this.opened.run(this.input), milliseconds);
  }

  async close() {
    await this.opened?.close();
    this.opened = undefined;
  }

  /** Gets ready to learn from a batch; gives the losses of the first steps. */
  async learn(network, milliseconds) {
    const { description, input } = await this.site.network(network);
    const batch = description.input[0];
    const labels = Uint8Array.from({ length: batch }, (_, i) => i % 10);
    this.step = await this.engine.learn(this.site, description, input, labels);
    const losses = [];
    for (let step = 0; step < 4; step += 1) losses.push(await this.step());
    await warmUp(this.step, milliseconds);
    return losses;
  }

  async measureSteps(milliseconds) {
    return timed(this.step, milliseconds);
  }

  site = new Site();
}

async function timed(run, milliseconds) {
  const once = async (count) => {
    const begun = performance.now();
    for (let i = 0; i < count; i += 1) {
      const answer = run();
      // A promise where there is none would cost a turn of the event loop.
      if (answer?.then) await answer;
    }
    return performance.now() - begun;
  };
  // The least of a few: one alone may have been held up, and the groups would then be too short.
  const least = Math.min(await once(1), await once(1), await once(1));
  const count = Math.max(1, Math.ceil(group / Math.max(least, 0.001)));
  const samples = [];
  const begun = performance.now();
  do samples.push((await once(count)) / count);
  while (performance.now() - begun < milliseconds);
  return samples;
}

/** [N, C, H, W] ↔ [N, H, W, C], of numbers one after the other. */
function swap(numbers, count, rows, columns) {
  const to = new Float32Array(numbers.length);
  for (let image = 0; image < count; image += 1) {
    const at = image * rows * columns;
    for (let row = 0; row < rows; row += 1) for (let column = 0; column < columns; column += 1) to[at + column * rows + row] = numbers[at + row * columns + column];
  }
  return to;
}
const toLast = (numbers, [n, c, h, w]) => (h ? swap(numbers, n, c, h * w) : numbers);
const toFirst = (numbers, [n, c, h, w]) => (h ? swap(numbers, n, h * w, c) : numbers);

try {
  const engine = await import(`../engines/${name}.js`);
  await engine.start?.(setting);
  window.ready(new Host(engine));
} catch (error) {
  window.failed(error);
}
