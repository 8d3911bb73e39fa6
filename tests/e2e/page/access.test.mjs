// The page for everybody: axe finds nothing in any state, dark or light, narrow or wide.
import assert from 'node:assert/strict';
import axe from 'axe-core';
import { weights } from '../../../pkg/files.js';
import { one } from '../lib/ink.mjs';
import { inEveryBrowser } from '../lib/site.mjs';

/** What axe finds on the whole page; in WebKit, which is slow where it has no display, in the `part` that a state brings. */
async function violations({ driver, name }, part) {
  await driver.executeScript(axe.source);
  const context = (name === 'webkit' && part) || 'html';
  return driver.executeAsyncScript(`const [context, done] = arguments;
    axe.run(context).then(({ violations }) => done(violations.map(({ id, help, nodes }) =>
      id + ': ' + help + ': ' + nodes.map(({ html }) => html).join(' | '))), (error) => done([String(error)]));`, context);
}

/** Every state that a visitor can bring the page into, by what it takes. */
const states = {
  empty: (page) => page.visit('?model=lenet5'),
  async drawn(page) {
    await page.draw(one);
    await page.verdict();
  },
  'a layer of maps open': (page) => page.click('node-c1'),
  async 'the output open'(page) {
    await page.click('node-output');
    await page.until(async () => (await page.address()).get('node') === 'output', 'the output is not open');
  },
  async 'the steps timed'(page) {
    await page.click('speed-measure');
    await page.until(() => page.data('speed-step-0'), 'no step is timed');
  },
  async 'each tool open'(page) {
    for (const tool of ['why', 'beside', 'cost', 'sandbox']) {
      await page.click(`tool-${tool}`);
      await page.until(() => page.data(tool), `${tool} is not open`);
      assert.deepEqual(await violations(page, '.tool'), [], tool);
      if (tool === 'beside') {
        await page.until(async () => (await page.data('beside-right'))?.digit, 'nothing answers beside');
        assert.deepEqual(await violations(page, '.tool'), [], 'two networks');
      }
      if (tool === 'cost') {
        await page.click('cost-time');
        await page.until(() => page.data('total-time'), 'nothing is timed');
        assert.deepEqual(await violations(page, '.tool'), [], 'costs with times');
        await page.driver.executeScript(`const select = document.querySelector('[data-testid=cost-network]');
          select.value = 'alexnet'; select.dispatchEvent(new Event('change', { bubbles: true }))`);
        await page.until(async () => (await page.data('cost-facts'))?.of === 'alexnet', 'AlexNet is not counted');
        await page.click('compare-all');
        await page.until(() => page.data('totals'), 'nothing is compared');
        assert.deepEqual(await violations(page, '.tool'), [], 'a classic, and all compared');
      }
      for (const way of tool === 'why' ? ['grad-cam', 'occlusion', 'ablation', 'branches', 'ascent'] : []) {
        await page.click(`why-${way}`);
        // In WebKit as it stands before it begins.
        if (page.name !== 'webkit' && (await page.data(`${way}-start`))) {
          await page.click(`${way}-start`);
          await page.until(async () => (await page.data(way)).state === 'done', `${way} is not done`);
        }
        assert.deepEqual(await violations(page, '.tool'), [], way);
      }
    }
  },
  'a problem shown': (page) => page.visit('?model=lenet99'),
  async 'the engine lost'(page, site) {
    // WebKit keeps what it has downloaded, whatever the server says of it, and opens that.
    if (page.name === 'webkit') return;
    const path = site.pathOf(weights.lenet5);
    site.cut(path, 1000);
    await page.visit('', 'lost');
    site.cut(path, 0);
    page.quiet([/ERR_CONTENT_LENGTH_MISMATCH|ERR_INCOMPLETE|Failed to load resource/]);
  },
};

const inBothThemes = (title, size, also) => inEveryBrowser(title, Object.fromEntries(['light', 'dark'].map((theme) => [
  theme,
  async (page, site) => {
    await page.visit();
    assert.equal(await page.driver.executeScript('return innerWidth'), size.width);
    if ((await page.theme()) !== theme) await page.click('theme');
    for (const [state, enter] of Object.entries(states)) {
      await enter(page, site);
      assert.equal(await page.theme(), theme);
      assert.deepEqual(await violations(page), [], state);
      assert.ok(await page.driver.executeScript('return document.documentElement.scrollWidth <= innerWidth'),
        `${state}: the page scrolls sideways`);
    }
  },
])), size, also);

// Windows of WebKit are never as narrow as a telephone, and one theme has all states.
inBothThemes('access on a wide screen', { width: 1440, height: 900 }, { webkit: ['light'] });
inBothThemes('access on a narrow screen', { width: 360, height: 740 });

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
