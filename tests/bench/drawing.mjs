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

/** Runs in the page: from a click to the frame after the one that shows the ledger of what was clicked. */
const opening = `
  const [node, cell] = arguments;
  const ledger = () => {
    const value = document.querySelector('[data-testid=layer][data-node="' + node + '"] [data-testid=ledger-value]');
    const at = document.querySelector('[data-testid=cell]')?.dataset;
    return value && at && Number(at.value) === Number(value.dataset.engine) && (!cell || (at.row === String(cell[0]) && at.col === String(cell[1])));
  };
  return new Promise((resolve) => {
    const begun = performance.now();
    const look = () => ledger() ? setTimeout(() => resolve(performance.now() - begun)) : requestAnimationFrame(look);
    requestAnimationFrame(look);
    if (!cell) return document.querySelector('[data-testid="open-' + node + '"]').click();
    const plane = document.querySelector('.plane');
    const { left, top, width, height } = plane.getBoundingClientRect();
    const [, , rows, columns] = plane.closest('[data-shape]').dataset.shape.split(',').map(Number);
    plane.dispatchEvent(new PointerEvent('pointerdown', { bubbles: true, buttons: 1,
      clientX: left + ((cell[1] + 0.5) * width) / columns, clientY: top + ((cell[0] + 0.5) * height) / rows }));
  });`;

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
  const first = await tools.wait(opening, layers[0]);
  await page.click('home');
  const [layer, cell] = [[], []];
  for (let i = 0; i < times; i += 1) {
    const node = layers[Math.floor(((i + 0.5) * layers.length) / times)];
    layer.push(await tools.wait(opening, node));
    const [, , rows = 1, columns = 1] = await tools.run("return document.querySelector('[data-testid=layer][data-node=\"' + arguments[0] + '\"]').dataset.shape.split(',').map(Number)", node);
    if (rows > 1) cell.push(await tools.wait(opening, node, [i % rows, (3 * i) % columns]));
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
