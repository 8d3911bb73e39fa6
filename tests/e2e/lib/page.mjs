// The page as its visitor uses it: found by data-testid, driven by real input events.
import assert from 'node:assert/strict';
import { Button, By, Key, Origin } from 'selenium-webdriver';
import { Pointer } from 'selenium-webdriver/lib/input.js';

/** Longest wait for something that should come soon (milliseconds). */
const soon = 15_000;
/** How long nothing must change before the page has come to rest; it writes its address some 120 ms after a change. */
const rest = 250;

// Runs before the page's own code: keeps a handle on the engine's workers, and notes when the first verdict appears.
// The service worker is kept out, since it fetches everything at its own time and answers in the server's place.
const watch = `() => {
  if (navigator.serviceWorker) navigator.serviceWorker.register = () => new Promise(() => {});
  const workers = [];
  window.testWorkers = workers;
  window.Worker = class extends Worker {
    constructor(...args) {
      super(...args);
      workers.push(this);
    }
  };
  const seen = () => document.querySelector('[data-testid=verdict]')?.dataset.digit;
  new MutationObserver((_, observer) => {
    if (!seen()) return;
    window.testFirstVerdict = performance.now();
    observer.disconnect();
  }).observe(document, { subtree: true, childList: true, attributes: true });
}`;

export class Page {
  patience = soon;

  /** @param browser as `open` of browser.mjs gives it; @param {string} url of the page */
  constructor({ name, driver, complaints }, url) {
    Object.assign(this, { name, driver, complaints, url });
  }

  /** A page whose workers can be killed and whose first verdict is timed, where the browser's driver lets tests prepare pages. */
  static async in(browser, url) {
    await browser.prepare?.(watch);
    return new Page(browser, url);
  }

  /** Goes to the page and waits until the engine is ready. */
  async visit(query = '', state = 'ready') {
    await this.driver.get(this.url + query);
    await this.state(state);
  }

  find = (id) => this.driver.findElement(By.css(`[data-testid="${id}"]`));
  click = async (id) => (await this.find(id)).click();

  /** Reads the data attributes of an element, or undefined where there is none. */
  data = async (id) => (await this.driver.executeScript(
    'const found = document.querySelector(`[data-testid="${arguments[0]}"]`); return found && { ...found.dataset }', id)) ?? undefined;

  /** Waits until `probe` gives something true, and returns that. */
  async until(probe, what, patience = this.patience) {
    let value;
    await this.driver.wait(async () => (value = await probe()), patience, `${this.name}: ${what}`, 30);
    return value;
  }

  state = (wanted, patience) => this.until(async () => (await this.data('status'))?.state === wanted, `the status is not ${wanted}`, patience);
  runs = async () => Number((await this.data('status')).runs);
  address = async () => new URL(await this.driver.getCurrentUrl()).searchParams;
  ink = async () => (await this.address()).get('ink');

  /** The verdict once everything has come to rest: the engine has caught up, and the address carries the drawing. */
  async verdict() {
    let last;
    let since;
    return this.until(async () => {
      const [{ digit, confidence }, { state, runs }, ink] = [await this.data('verdict'), await this.data('status'), await this.ink()];
      const now = JSON.stringify([digit, confidence, state, runs, ink]);
      if (now !== last) [last, since] = [now, Date.now()];
      return Date.now() - since >= rest && state === 'ready' && digit !== '' && { digit, confidence: Number(confidence) };
    }, 'no verdict');
  }

  /** As text from the page to here: drivers may read a number off by its last bit. */
  probabilities = async () => (await this.driver.executeScript(
    "return Array.from({ length: 10 }, (_, k) => document.querySelector(`[data-testid=\"probability-${k}\"]`).dataset.value)")).map(Number);

  /** Clears the pad, where there is something on it. */
  async clear() {
    const button = await this.find('clear');
    if (await button.isEnabled()) await button.click();
    await this.until(async () => (await this.data('verdict')).digit === '', 'the pad is not empty');
  }

  /** Maps strokes of any scale onto the middle of the pad, in whole pixels of the viewport. */
  async onPad(strokes, fill = 0.7) {
    const box = await this.driver.executeScript(`const pad = document.querySelector('[data-testid=pad]');
      pad.scrollIntoView({ block: 'nearest' });
      return pad.getBoundingClientRect().toJSON()`);
    const [xs, ys] = [0, 1].map((axis) => strokes.flat().map((point) => point[axis]));
    const [left, top, right, bottom] = [Math.min(...xs), Math.min(...ys), Math.max(...xs), Math.max(...ys)];
    const scale = (fill * Math.min(box.width, box.height)) / Math.max(right - left, bottom - top, 1e-9);
    return strokes.map((stroke) => stroke.map(([x, y]) => ({
      x: Math.round(box.x + box.width / 2 + (x - (left + right) / 2) * scale),
      y: Math.round(box.y + box.height / 2 + (y - (top + bottom) / 2) * scale),
    })));
  }

  /** Draws strokes with the mouse or, as `touch`, with a finger; `pause` is the time from point to point (milliseconds). */
  async draw(strokes, kind = 'mouse', pause = 0) {
    const pointer = kind === 'mouse' ? new Pointer('mouse', Pointer.Type.MOUSE) : new Pointer('finger', Pointer.Type.TOUCH);
    for (const stroke of await this.onPad(strokes)) {
      const move = ({ x, y }) => pointer.move({ x, y, duration: pause, origin: Origin.VIEWPORT });
      const [first, ...rest] = stroke;
      await this.driver.actions().insert(pointer, move(first), pointer.press(Button.LEFT), ...rest.map(move), pointer.release(Button.LEFT)).perform();
    }
  }

  /** Presses keys on the pad, or on what has the focus. */
  async type(keys, id = 'pad') {
    const element = id ? await this.find(id) : await this.driver.switchTo().activeElement();
    for (const key of keys) await element.sendKeys(Key[key] ?? key);
  }

  /** Kills the engine's worker without a word, as a browser short of memory does, now or some milliseconds later. */
  kill = (delay = 0) => this.driver.executeScript('setTimeout(() => window.testWorkers.at(-1).terminate(), arguments[0])', delay);
  workers = () => this.driver.executeScript('return window.testWorkers.length');

  firstVerdict = () => this.driver.executeScript('return window.testFirstVerdict');

  /** The sentence of the alert, or null. */
  alert = () => this.driver.executeScript("return document.querySelector('[role=alert][data-testid=error]')?.innerText");

  theme = () => this.driver.executeScript('return document.documentElement.dataset.theme');

  /** Nothing was logged as a warning or an error since the last look. */
  quiet(expected = []) {
    const surprises = this.complaints.splice(0).filter((line) => !expected.some((pattern) => pattern.test(line)));
    assert.deepEqual(surprises, [], `${this.name} complained`);
  }
}
