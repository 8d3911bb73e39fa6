// Measures how the built page keeps up with a fast pen, and how soon a layer and a number in it are open: in Chromium,
// with the map in sight. What the main thread works for a run is the same on a busy machine; all else wants a quiet one.
//
//     node tests/bench/drawing.mjs [--networks resnet-s,lenet5] [--seconds 3] [--profile FILE.cpuprofile]
import { writeFileSync } from 'node:fs';
import { parseArgs } from 'node:util';
import { sentences } from '../../pkg-config/tools.mjs';
import { open } from '../e2e/lib/browser.mjs';
import { DevTools } from '../e2e/lib/devtools.mjs';
import { Page } from '../e2e/lib/page.mjs';
import { serve } from '../e2e/lib/server.mjs';
import { dist } from '../e2e/lib/site.mjs';
import { median } from './statistics.mjs';

sentences();
const { values } = parseArgs({ options: {
  networks: { type: 'string', default: 'resnet-s,lenet5' }, seconds: { type: 'string', default: '3' }, profile: { type: 'string' },
} });
/** What a fast pen reports. */
const rate = 120;
const times = 12;

/** Runs in the page: notes what is shown at every frame, and every task over 50 ms. */
const watch = `
  const status = document.querySelector('[data-testid=status]');
  const seen = { shown: new Set(), frames: 0, tasks: [], on: true };
  window.watched = seen;
  new PerformanceObserver((list) => seen.tasks.push(...list.getEntries().map(({ duration }) => duration))).observe({ type: 'longtask' });
  const look = () => {
    seen.frames += 1;
    seen.shown.add(status.dataset.runs);
    if (seen.on) requestAnimationFrame(look);
  };
  requestAnimationFrame(look);`;

/** Runs in the page: waits for a press, and then until the frame is done that shows the ledger of what was pressed. */
const opening = `
  const [node, cell] = arguments;
  const ledger = () => {
    const value = document.querySelector('[data-testid=layer][data-node="' + node + '"] [data-testid=ledger-value]');
    const at = document.querySelector('[data-testid=cell]')?.dataset;
    return value && at && Number(at.value) === Number(value.dataset.engine) && (!cell || (at.row === String(cell[0]) && at.col === String(cell[1])));
  };
  window.opened = new Promise((resolve) => {
    const { port1, port2 } = new MessageChannel(); // a timer would let other frames go before
    addEventListener(cell ? 'pointerdown' : 'click', () => {
      const begun = performance.now();
      port1.onmessage = () => resolve(performance.now() - begun);
      const look = () => ledger() ? port2.postMessage(null) : requestAnimationFrame(look);
      requestAnimationFrame(look);
    }, { capture: true, once: true });
  });
  const target = cell ? document.querySelector('.plane') : document.querySelector('[data-testid="open-' + node + '"]');
  target.scrollIntoView({ block: 'center' });
  const { left, top, width, height } = target.getBoundingClientRect();
  if (!cell) return { x: left + width / 2, y: top + height / 2 };
  const [, , rows, columns] = target.closest('[data-shape]').dataset.shape.split(',').map(Number);
  return { x: left + ((cell[1] + 0.5) * width) / columns, y: top + ((cell[0] + 0.5) * height) / rows };`;

/** Opens a layer or a cell of it with the mouse, as a hand does: there first, then down and up. */
async function press(tools, ...what) {
  const at = await tools.run(opening, ...what);
  const mouse = (type, buttons) => tools.send('Input.dispatchMouseEvent', { type, ...at, button: type === 'mouseMoved' ? 'none' : 'left', buttons, clickCount: 1 });
  await mouse('mouseMoved', 0);
  await new Promise((resolve) => setTimeout(resolve, 100));
  await mouse('mousePressed', 1);
  await mouse('mouseReleased', 0);
  return tools.wait('return window.opened');
}

/** Draws a loop that goes on for so long, at the pen's rate; gives the events a second that were sent. */
async function scribble(page, tools, seconds) {
  const [[{ x, y }]] = await page.onPad([[[0, 0]]]);
  const at = (i) => ({ x: x + 90 * Math.sin(i / 17), y: y + 90 * Math.sin(i / 23) });
  const mouse = (type, i) => tools.send('Input.dispatchMouseEvent', { type, ...at(i), button: 'left', buttons: type === 'mouseReleased' ? 0 : 1, clickCount: 1 });
  await mouse('mousePressed', 0);
  const begun = performance.now();
  const sent = [];
  const count = rate * seconds;
  for (let i = 1; i <= count; i += 1) {
    await new Promise((resolve) => setTimeout(resolve, Math.max(0, begun + (1000 * i) / rate - performance.now())));
    sent.push(mouse('mouseMoved', i));
  }
  const taken = (performance.now() - begun) / 1000;
  await Promise.all(sent);
  await mouse('mouseReleased', count);
  return count / taken;
}

async function measure(page, tools, network, seconds) {
  await page.visit(`?model=${network}`);
  await page.until(() => page.driver.executeScript("return document.querySelectorAll('[data-testid=map] canvas').length > 0"), 'there is no map');
  await scribble(page, tools, 1); // compilers take their time
  await page.click('clear');
  await page.driver.sleep(500);
  await tools.run(watch);
  const before = await page.runs();
  await tools.send('Performance.enable', { timeDomain: 'threadTicks' });
  const working = async () => 1000 * (await tools.send('Performance.getMetrics')).metrics.find(({ name }) => name === 'ThreadTime').value;
  const worked = await working();
  if (values.profile) {
    await tools.send('Profiler.enable');
    await tools.send('Profiler.setSamplingInterval', { interval: 200 });
    await tools.send('Profiler.start');
  }
  const events = await scribble(page, tools, seconds);
  if (values.profile) writeFileSync(values.profile, JSON.stringify((await tools.send('Profiler.stop')).profile));
  const { shown, frames, tasks } = await tools.run('const { shown, frames, tasks } = window.watched; window.watched.on = false; return { shown: shown.size, frames, tasks }');
  const runs = (await page.runs()) - before;
  const work = ((await working()) - worked) / runs;
  const { digit, confidence } = await page.verdict();
  // The last run was that of the final drawing: read alone, it says the same.
  await page.visit(new URL(await page.driver.getCurrentUrl()).search);
  const alone = await page.verdict();
  if (alone.digit !== digit || Math.abs(alone.confidence - confidence) > 1e-6) throw new Error(`${network} last read another drawing`);

  const layers = await tools.run(`return [...document.querySelectorAll('[data-testid=layer]')].map(({ dataset }) => dataset.node).slice(1)`);
  const first = await press(tools, layers[0]);
  await page.click('home');
  const [layer, cell] = [[], []];
  for (let i = 0; i < times; i += 1) {
    const node = layers[Math.floor(((i + 0.5) * layers.length) / times)];
    layer.push(await press(tools, node));
    const [, , rows = 1, columns = 1] = await tools.run("return document.querySelector('[data-testid=layer][data-node=\"' + arguments[0] + '\"]').dataset.shape.split(',').map(Number)", node);
    if (rows > 1) cell.push(await press(tools, node, [i % rows, (3 * i) % columns]));
    await tools.run("document.querySelector('[data-testid=home]').click()");
  }
  return { network, events, frames: frames / seconds, shown: shown / seconds, runs: runs / seconds, work, tasks, first, layer, cell };
}

const most = (numbers) => Math.max(0, ...numbers).toFixed(0);
const server = await serve(dist);
const browser = await open('chrome');
try {
  const tools = await DevTools.of(browser.driver);
  const page = new Page(browser, server.url);
  const rows = [];
  for (const network of values.networks.split(',')) rows.push(await measure(page, tools, network, Number(values.seconds)));
  console.log('| network | events/s | frames/s | runs/s | distinct runs shown/s | main thread a run | tasks over 50 ms | longest | first layer open | a layer, median (most) | a cell, median (most) |');
  console.log('|---|---:|---:|---:|---:|---:|---:|---:|---:|---:|---:|');
  for (const { network, events, frames, runs, shown, work, tasks, first, layer, cell } of rows) {
    console.log(`| ${network} | ${[events, frames, runs, shown].map((each) => each.toFixed(0)).join(' | ')} | ${work.toFixed(1)} ms | ${tasks.length} | ${most(tasks)} ms | ${first.toFixed(0)} ms | ${[layer, cell].map((all) => `${median(all).toFixed(0)} (${most(all)}) ms`).join(' | ')} |`);
  }
  tools.close();
} finally {
  await browser.quit();
  await server.close();
}
