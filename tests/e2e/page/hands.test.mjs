// Fingers, palms and pages: what touches besides the pen must do no harm.
import assert from 'node:assert/strict';
import { Button, Origin } from 'selenium-webdriver';
import { Pointer } from 'selenium-webdriver/lib/input.js';
import { one } from '../lib/ink.mjs';
import { inEveryBrowser } from '../lib/site.mjs';

const finger = (id) => new Pointer(id, Pointer.Type.TOUCH);
const to = (pointer) => ({ x, y }) => pointer.move({ x, y, duration: 0, origin: Origin.VIEWPORT });

inEveryBrowser('hands', {
  async 'a second finger on the pad adds nothing'(page) {
    await page.visit();
    await page.draw(one, 'touch');
    const alone = [await page.verdict(), await page.ink()];
    await page.clear();

    const [stroke] = await page.onPad(one);
    const [first, second] = [finger('first'), finger('second')];
    const palm = { x: stroke[0].x - 40, y: stroke[0].y + 60 };
    await page.driver.actions()
      .insert(first, to(first)(stroke[0]), first.press(Button.LEFT), ...stroke.slice(1).map(to(first)), first.release(Button.LEFT))
      .insert(second, second.move({ ...palm, duration: 0, origin: Origin.VIEWPORT }), second.press(Button.LEFT),
        to(second)({ x: palm.x + 30, y: palm.y }), to(second)({ x: palm.x + 60, y: palm.y + 10 }), second.release(Button.LEFT))
      .perform();
    const both = [await page.verdict(), await page.ink()];
    assert.equal(both[0].digit, alone[0].digit);
    assert.equal(both[1], alone[1]);
  },

  async 'the pad keeps a stroke to itself, and the page around it scrolls'(page) {
    const action = (selector) => page.driver.executeScript(`
      for (let element = document.querySelector(arguments[0]); element; element = element.parentElement) {
        const { touchAction } = getComputedStyle(element);
        if (touchAction !== 'auto') return touchAction;
      }
      return 'auto'`, selector);
    await page.visit();
    assert.equal(await action('[data-testid=pad]'), 'none');
    for (const around of ['h1', '[data-testid=verdict]', '[data-testid=layer]']) {
      assert.notEqual(await action(around), 'none', `${around} does not scroll`);
    }
  },

  async 'a stroke that leaves the pad goes on when it comes back'(page) {
    await page.visit();
    const [[start]] = await page.onPad(one);
    const pen = new Pointer('mouse', Pointer.Type.MOUSE);
    const move = to(pen);
    await page.driver.actions().insert(pen, move(start), pen.press(Button.LEFT), move({ x: start.x, y: start.y + 20 }),
      move({ x: 2, y: start.y + 30 }), move({ x: start.x, y: start.y + 60 }), pen.release(Button.LEFT)).perform();
    await page.verdict();
    await page.click('undo');
    await page.until(async () => (await page.data('verdict')).digit === '', 'it was more than one stroke');
  },
}, { width: 390, height: 844 });
