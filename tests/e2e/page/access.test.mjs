// The page for everybody: axe finds nothing in any state, dark or light, narrow or wide.
import assert from 'node:assert/strict';
import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import axe from 'axe-core';
import { one } from '../lib/ink.mjs';
import { dist, inEveryBrowser } from '../lib/site.mjs';

/** What axe finds in a part of the page, by all its rules or only by those named. */
async function found({ driver }, part, ...rules) {
  if (!(await driver.executeScript('return Boolean(window.axe)'))) await driver.executeScript(axe.source);
  return driver.executeAsyncScript(`const [part, rules, done] = arguments;
    axe.run(part, { resultTypes: ['violations'], ...(rules.length ? { runOnly: rules } : {}) }).then(({ violations }) =>
      done(violations.map(({ id, help, nodes }) => id + ': ' + help + ': ' + nodes.map(({ html }) => html).join(' | '))),
      (error) => done([String(error)]));`, part, rules);
}

const other = { light: 'dark', dark: 'light' };

/**
 * axe finds nothing, in either theme: they differ in nothing but their colours. In WebKit, which is slow where it has no
 * display, it looks at the `part` that a state brings, in one theme.
 */
async function clean(page, state, part = 'html') {
  const webkit = page.name === 'webkit';
  assert.deepEqual(await found(page, webkit ? part : 'html'), [], state);
  if (webkit) return;
  const theme = await page.theme();
  await page.click('theme');
  await page.until(async () => (await page.theme()) === other[theme], `the theme stays ${theme}`);
  await page.until(() => page.driver.executeScript('return document.getAnimations().length === 0'), 'colours are still changing');
  assert.deepEqual(await found(page, 'html', 'color-contrast'), [], `${state}, ${other[theme]}`);
}

/** Every state that a visitor can bring the page into, by what it takes. */
const states = {
  // The first: what a browser has downloaded it may keep, whatever the server says of it later.
  async 'the engine lost'(page, site) {
    const name = readdirSync(join(dist, 'assets')).find((file) => /^lenet5-(?!1998).*safetensors$/.test(file));
    site.cut(`/assets/${name}`, 1000);
    await page.visit('?model=lenet5', 'lost');
    site.cut(`/assets/${name}`, 0);
    page.quiet([/ERR_CONTENT_LENGTH_MISMATCH|ERR_INCOMPLETE|Failed to load resource/]);
  },
  empty: (page) => page.visit('?model=lenet5'),
  async drawn(page) {
    await page.draw(one);
    await page.verdict();
  },
  'a layer of maps open': (page) => page.click('node-c1'),
  async 'the output open'(page) {
    await page.click('node-output');
    await page.until(async () => (await page.address()).get('node') === 'output', 'the output is not open');
    // What opens late moves what is clicked next.
    await page.until(() => page.data('ledger-value'), 'its ledger is not open');
  },
  async 'the steps timed'(page) {
    await page.click('speed-measure');
    await page.until(() => page.data('speed-step-0'), 'no step is timed');
  },
  async 'each tool open'(page) {
    for (const tool of ['why', 'beside', 'cost', 'sandbox']) {
      await page.click(`tool-${tool}`);
      await page.until(() => page.data(tool), `${tool} is not open`);
      await clean(page, tool, '.tool');
      if (tool === 'beside') {
        await page.until(async () => (await page.data('beside-right'))?.digit, 'nothing answers beside');
        await clean(page, 'two networks', '.tool');
      }
      if (tool === 'cost') {
        await page.click('cost-time');
        await page.until(() => page.data('total-time'), 'nothing is timed');
        await clean(page, 'costs with times', '.tool');
        await page.driver.executeScript(`const select = document.querySelector('[data-testid=cost-network]');
          select.value = 'alexnet'; select.dispatchEvent(new Event('change', { bubbles: true }))`);
        await page.until(async () => (await page.data('cost-facts'))?.of === 'alexnet', 'AlexNet is not counted');
        await page.click('compare-all');
        await page.until(() => page.data('totals'), 'nothing is compared');
        await clean(page, 'a classic, and all compared', '.tool');
      }
      for (const way of tool === 'why' ? ['integrated-gradients', 'grad-cam', 'occlusion', 'ablation', 'branches', 'activation-maximization'] : []) {
        await page.click(`why-${way}`);
        // In WebKit as it stands before it begins.
        if (page.name !== 'webkit' && (await page.data(`${way}-start`))) {
          await page.click(`${way}-start`);
          await page.until(async () => (await page.data(way)).state === 'done', `${way} is not done`);
        }
        await clean(page, way, '.tool');
      }
    }
  },
  'a problem shown': (page) => page.visit('?model=lenet99'),
};

const inEveryState = (title, size, also) => inEveryBrowser(title, {
  async 'axe finds nothing in any state, in either theme'(page, site) {
    for (const [state, enter] of Object.entries(states)) {
      await enter(page, site);
      assert.equal(await page.driver.executeScript('return innerWidth'), size.width);
      await clean(page, state);
      assert.ok(await page.driver.executeScript('return document.documentElement.scrollWidth <= innerWidth'),
        `${state}: the page scrolls sideways`);
    }
  },
}, size, also);

// Windows of WebKit are never as narrow as a telephone.
inEveryState('access on a wide screen', { width: 1440, height: 900 }, { webkit: true });
inEveryState('access on a narrow screen', { width: 360, height: 740 });

inEveryBrowser('access with the keyboard alone', {
  async 'everything that a mouse reaches is reached by Tab, and shows its focus'(page) {
    await page.visit('?model=lenet5');
    const missed = await page.driver.executeScript(`return [...document.querySelectorAll('button, select, input, a')]
      .filter((element) => element.checkVisibility({ visibilityProperty: true }) && !element.disabled && element.tabIndex < 0)
      .filter((element) => !element.closest('[role=group]') && element.type !== 'file').map(({ outerHTML }) => outerHTML)`);
    assert.deepEqual(missed, []);
    const visited = new Set();
    for (let i = 0; i < 12; i += 1) {
      await page.type(['TAB'], null);
      const { id, outline } = await page.driver.executeScript(`const { outlineStyle, outlineWidth } = getComputedStyle(document.activeElement);
        return { id: document.activeElement.dataset.testid ?? document.activeElement.outerHTML, outline: outlineStyle !== 'none' && outlineWidth !== '0px' }`);
      assert.ok(outline, `${id} does not show its focus`);
      visited.add(id);
    }
    assert.ok(visited.has('pad'), [...visited].join(', '));
  },
});
