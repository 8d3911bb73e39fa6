// Drives the bench's pages in one browser, and measures.
import { join } from 'node:path';
import { brotliBytes } from '../../pkg-config/tools.mjs';
import { engines } from './engines.mjs';
import { site } from './layout.mjs';
import { accumulators, kinds, measurePeak } from './peak.mjs';
import { difference } from './reference.mjs';
import { median, quantile } from './statistics.mjs';

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
        row[engine] = { error, samples: [] };
        await this.call('ask', engine, 'warm', this.warm);
      } catch (error) {
        this.leaveOut(`${network}: ${label} is left out: ${error.message}`);
        await this.call('ask', engine, 'close');
      }
    }
    const running = Object.keys(row);
    for (let round = 0; round < this.rounds; round += 1) {
      // Each round begins with another engine, so that none always follows the same.
      for (let turn = 0; turn < running.length; turn += 1) {
        const engine = running[(turn + round) % running.length];
        row[engine].samples.push(...await this.call('ask', engine, 'measure', this.milliseconds));
      }
    }
    for (const engine of running) {
      Object.assign(row[engine], summary(row[engine].samples));
      await this.call('ask', engine, 'close');
    }
    this.log(`${network}: ${running.map((engine) => `${engine} ${row[engine].median.toPrecision(3)}`).join(', ')} ms`);
    return row;
  }

  /**
   * How steady our engine is, each network in four frames by turns: opened at once; after all others were opened and freed;
   * with denormal numbers in its input; in its weights. Gives the median of each.
   */
  async steadiness(networks, engine) {
    const rows = {};
    for (const { name } of networks) {
      await this.visit();
      const ids = { fresh: name, again: name, input: `${name}-denormal-input`, weights: `${name}-denormal-weights` };
      for (const id of Object.keys(ids)) await this.call('place', id, engine);
      for (const other of networks) {
        await this.call('ask', 'again', 'open', other.name, true);
        await this.call('ask', 'again', 'close');
      }
      for (const [id, network] of Object.entries(ids)) {
        await this.call('ask', id, 'open', network, true);
        await this.call('ask', id, 'warm', this.warm);
      }
      const samples = Object.fromEntries(Object.keys(ids).map((id) => [id, []]));
      for (let round = 0; round < this.rounds; round += 1) {
        for (const id of Object.keys(ids)) samples[id].push(...await this.call('ask', id, 'measure', this.milliseconds));
      }
      rows[name] = Object.fromEntries(Object.entries(samples).map(([id, all]) => [id, median(all)]));
      this.log(`steadiness of ${name}: ${Object.entries(rows[name]).map(([id, ms]) => `${id} ${ms.toPrecision(3)}`).join(', ')} ms`);
    }
    return rows;
  }

  /** Times single convolutions on our engine: { by, macs, milliseconds } each. */
  async sweep(all, engine) {
    await this.visit();
    await this.call('place', engine, engine);
    const points = [];
    for (const [by, nets] of Object.entries(all)) {
      for (const { name, macs } of nets) {
        await this.call('ask', engine, 'open', name, true);
        await this.call('ask', engine, 'warm', this.warm / 5);
        const samples = [];
        for (let round = 0; round < 3; round += 1) samples.push(...await this.call('ask', engine, 'measure', this.milliseconds / 3));
        await this.call('ask', engine, 'close');
        points.push({ by, name, macs, milliseconds: median(samples) });
      }
    }
    return points;
  }

  /** Times a step of training of a network on its sample. */
  async training(network) {
    await this.visit();
    const row = {};
    const losses = [];
    for (const { engine, label, ownWeights } of await this.place(engines.filter(({ learns }) => learns))) {
      try {
        const loss = await this.call('ask', engine, 'learn', network, this.warm);
        if (!ownWeights) losses.push(loss);
        const expected = ownWeights ? loss : losses[0];
        if (!(Math.abs(loss - expected) <= 1e-4 * expected)) throw new Error(`its loss is ${loss}, not ${expected}`);
        row[engine] = { loss, samples: [] };
      } catch (error) {
        this.log(`training: ${label} is left out: ${error.message}`);
      }
    }
    for (let round = 0; round < this.rounds; round += 1) {
      for (const engine of Object.keys(row)) row[engine].samples.push(...await this.call('ask', engine, 'measureSteps', this.milliseconds));
    }
    for (const one of Object.values(row)) Object.assign(one, summary(one.samples));
    this.log(`training: ${Object.entries(row).map(([engine, { median }]) => `${engine} ${median.toPrecision(3)}`).join(', ')} ms`);
    return row;
  }
}

/** Navigation to first answer, and what that downloads; each try in a profile of its own, with nothing cached. */
export async function coldStart({ driver }, url, tries, log) {
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
    for (const { engine } of engines.filter(({ runs }) => runs)) {
      const { error, milliseconds, files } = await start(engine);
      if (error) {
        log(`cold start: ${engine} is left out: ${error}`);
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
    const bytes = one.own.reduce((sum, file) => sum + brotliBytes(join(site, file)), 0);
    Object.assign(one, summary(one.samples), { bytes });
  }
  log(`cold start: ${Object.entries(seen).map(([engine, { median, bytes }]) => `${engine} ${median.toFixed(0)} ms, ${(bytes / 1024).toFixed(0)} KiB`).join('; ')}`);
  return seen;
}

const summary = (samples) => ({ median: median(samples), low: quantile(samples, 0.1), high: quantile(samples, 0.9), count: samples.length, samples: undefined });
