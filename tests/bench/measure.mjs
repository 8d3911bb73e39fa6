// Drives the bench's pages in one browser, and measures.
import { join } from 'node:path';
import { brotliBytes } from '../../pkg-config/tools.mjs';
import { engines } from './engines.mjs';
import { site } from './layout.mjs';
import { accumulators, kinds, measurePeak } from './peak.mjs';
import { difference } from './reference.mjs';
import { median } from './statistics.mjs';

/** How far an engine may be from the reference, relative to the greatest number of the output. */
const epsilon = 1e-5;

export class Bench {
  /** What was left out, and why: a table without it would say too much. */
  missing = [];

  /** @param options { rounds, milliseconds a round and engine, log } */
  constructor({ driver }, url, options) {
    Object.assign(this, { driver, url, ...options });
  }

  leaveOut(sentence) {
    this.missing.push(sentence);
    this.log(sentence);
  }

  /** Calls an asynchronous function of the page. Numbers cross as JSON: drivers may read one off by its last bit. */
  async call(name, ...rest) {
    const answer = await this.driver.executeAsyncScript(
      `const done = arguments[arguments.length - 1];
       const [name, rest] = arguments;
       Promise.resolve(window[name](...rest)).then((value) => done(JSON.stringify({ value })), (error) => done(JSON.stringify({ error: String(error?.message ?? error) })));`,
      name, rest);
    const { value, error } = JSON.parse(answer);
    if (error) throw new Error(error);
    return value;
  }

  async visit() {
    await this.driver.manage().setTimeouts({ script: 600_000, pageLoad: 60_000 });
    await this.driver.get(`${this.url}page/index.html`);
  }

  /** Multiply-adds a second of one thread: the best of what was seen. */
  async peak() {
    await this.visit();
    await this.driver.executeScript(`window.peak = ${measurePeak}`);
    return this.call('peak', '../peak.wasm', kinds, accumulators);
  }

  /** Places engines into the page; what does not start is said and left out. */
  async place(wanted) {
    const placed = [];
    for (const one of wanted) {
      try {
        await this.call('place', one.engine, one.engine);
        placed.push(one);
      } catch (error) {
        this.leaveOut(`${one.label} is left out: ${error.message}`);
      }
    }
    return placed;
  }

  /** Times what some frames have open, by turns: for each frame its median of every round. */
  async turns(frames, what, milliseconds) {
    const times = frames.map(() => []);
    for (let round = 0; round < this.rounds; round += 1) {
      // Each round begins with another, and every other one goes backwards: none always follows the same.
      for (let turn = 0; turn < frames.length; turn += 1) {
        const at = (round + (round % 2 === 0 ? turn : frames.length - turn)) % frames.length;
        times[at].push(median(await this.call('ask', frames[at], what, milliseconds)));
      }
    }
    return times;
  }

  /** Times every network on every engine, by turns; engines that answer wrongly are not timed. */
  async inference(networks, expected, wanted = engines.filter(({ runs }) => runs)) {
    await this.visit();
    const placed = await this.place(wanted);
    const rows = {};
    for (const { name } of networks) rows[name] = await this.row(name, expected[name], placed);
    return rows;
  }

  async row(network, expected, placed) {
    const row = {};
    for (const { engine, label } of placed) {
      try {
        const error = difference(await this.call('ask', engine, 'open', network), expected);
        if (!(error <= epsilon)) throw new Error(`its output is off by ${error.toExponential(1)}`);
        row[engine] = { error };
        await this.call('ask', engine, 'warm', this.warm);
      } catch (error) {
        this.leaveOut(`${network}: ${label} is left out: ${error.message}`);
        await this.call('ask', engine, 'close');
      }
    }
    const running = Object.keys(row);
    const times = await this.turns(running, 'measure', this.milliseconds);
    for (const [at, engine] of running.entries()) {
      row[engine].median = median(times[at]);
      await this.call('ask', engine, 'close');
    }
    this.log(`${network}: ${running.map((engine) => `${engine} ${row[engine].median.toPrecision(3)}`).join(', ')} ms`);
    return row;
  }

  /**
   * How steady one of our engines is, each network in four frames by turns: opened at once; after all others were opened and
   * freed; with denormal numbers in its input; in its weights. Gives the median of the first, and how many times as long each
   * other takes, compared round by round: within a round the machine is the same.
   */
  async steadiness(networks, engine) {
    const rows = {};
    for (const { name } of networks) {
      await this.visit();
      const opened = { fresh: name, again: name, input: `${name}-denormal-input`, weights: `${name}-denormal-weights` };
      const ids = Object.keys(opened);
      for (const id of ids) await this.call('place', id, engine);
      for (const other of networks) {
        await this.call('ask', 'again', 'open', other.name, true);
        await this.call('ask', 'again', 'close');
      }
      for (const id of ids) {
        await this.call('ask', id, 'open', opened[id], true);
        await this.call('ask', id, 'warm', this.warm);
      }
      const [fresh, ...others] = await this.turns(ids, 'measure', this.milliseconds);
      const ratios = others.map((each) => median(each.map((time, round) => time / fresh[round])));
      rows[name] = { milliseconds: median(fresh), again: ratios[0], input: ratios[1], weights: ratios[2] };
      this.log(`steadiness of ${name} in ${engine}: ${ratios.map((ratio) => ratio.toFixed(2)).join(', ')} of ${median(fresh).toPrecision(3)} ms`);
    }
    return rows;
  }

  /**
   * Times single convolutions on our engine: { by, name, macs, milliseconds } each. One of them is a yardstick that is timed
   * beside each: when the machine is slower for a while, it is so for both.
   */
  async sweep(all, yardstick, engine) {
    await this.visit();
    const frames = ['yardstick', 'point'];
    for (const id of frames) {
      await this.call('place', id, engine);
      // It is too large for the core engine: from here on the full one runs all of them.
      await this.call('ask', id, 'open', yardstick, true);
    }
    await this.call('ask', 'point', 'close');
    const points = [];
    const yardsticks = [];
    for (const [by, nets] of Object.entries(all)) {
      for (const { name, macs } of nets) {
        await this.call('ask', 'point', 'open', name, true);
        for (const id of frames) await this.call('ask', id, 'warm', this.warm / 10);
        const [beside, times] = await this.turns(frames, 'measure', this.milliseconds / 2);
        await this.call('ask', 'point', 'close');
        yardsticks.push(...beside);
        points.push({ by, name, macs, ratio: median(times.map((time, round) => time / beside[round])) });
      }
    }
    return points.map(({ ratio, ...point }) => ({ ...point, milliseconds: ratio * median(yardsticks) }));
  }

  /** Times a step of training of a network on its sample; `first` is the loss before any step. */
  async training(network, first) {
    await this.visit();
    const row = {};
    let before = [first];
    const learners = engines.filter(({ learns, only }) => learns && (only ?? network) === network);
    for (const { engine, label, only } of await this.place(learners)) {
      try {
        const losses = await this.call('ask', engine, 'learn', network, this.warm);
        if (!losses.every(Number.isFinite)) throw new Error(`its losses are ${losses}`);
        if (!only) {
          const wrong = before.findIndex((expected, step) => Math.abs(losses[step] - expected) > 1e-4 * expected);
          if (wrong >= 0) throw new Error(`its loss is ${losses[wrong]} at step ${wrong}, not ${before[wrong]}`);
          // The later steps of the next engine are held against this one's: each must have learnt the same.
          before = losses;
        }
        row[engine] = {};
      } catch (error) {
        this.leaveOut(`training ${network}: ${label} is left out: ${error.message}`);
      }
    }
    const times = await this.turns(Object.keys(row), 'measureSteps', this.milliseconds);
    Object.values(row).forEach((one, at) => { one.median = median(times[at]); });
    this.log(`training ${network}: ${Object.entries(row).map(([engine, { median }]) => `${engine} ${median.toPrecision(3)}`).join(', ')} ms`);
    return row;
  }
}

/** Navigation to first answer, and what that downloads; each try in a profile of its own, with nothing cached. */
export async function coldStart(bench) {
  const { driver, url } = bench;
  // A start takes longer than a round.
  const tries = Math.ceil(bench.rounds / 3);
  const bidi = await driver.getBidi();
  const send = async (method, params) => {
    const { result, error, message } = await bidi.send({ method, params });
    if (error) throw new Error(message ?? error);
    return result;
  };
  const start = async (engine) => {
    const { userContext } = await send('browser.createUserContext', {});
    try {
      const { context } = await send('browsingContext.create', { type: 'tab', userContext });
      await send('browsingContext.navigate', { context, url: `${url}page/cold.html?engine=${encodeURIComponent(engine)}`, wait: 'complete' });
      const { result } = await send('script.evaluate', {
        expression: 'window.cold.then(JSON.stringify, ({ message }) => JSON.stringify({ error: message }))', target: { context }, awaitPromise: true,
      });
      return JSON.parse(result.value);
    } finally {
      await send('browser.removeUserContext', { userContext });
    }
  };
  const seen = {};
  for (let round = 0; round < tries; round += 1) {
    const running = engines.filter(({ runs }) => runs);
    for (const turn of running.keys()) {
      const { engine } = running[(turn + round) % running.length];
      const { error, milliseconds, files } = await start(engine);
      if (error) {
        bench.leaveOut(`cold start: ${engine} is left out: ${error}`);
        continue;
      }
      // Code only: weights are the same for all.
      const own = [...new Set(files)].filter((file) => /^\/(engines|assets)\/.*\.(js|mjs|wasm)$/.test(file));
      seen[engine] ??= { samples: [], own };
      seen[engine].samples.push(milliseconds);
    }
  }
  // Compressing as well as possible takes its time, so it waits until nothing is measured.
  for (const one of Object.values(seen)) {
    one.median = median(one.samples);
    one.bytes = one.own.reduce((sum, file) => sum + brotliBytes(join(site, file)), 0);
  }
  bench.log(`cold start: ${Object.entries(seen).map(([engine, { median, bytes }]) => `${engine} ${median.toFixed(0)} ms, ${(bytes / 1024).toFixed(0)} KiB`).join('; ')}`);
  return seen;
}
