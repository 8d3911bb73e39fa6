// A complete, strict Content-Security-Policy, and no code that it would have to forgive.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { inEveryBrowser, markup, policy } from '../lib/site.mjs';

test('the policy names every kind of content and allows no inline code', () => {
  const directives = new Map(policy().split(';').map((part) => part.trim().split(/\s+/)).map(([name, ...sources]) => [name, sources]));
  for (const name of ['default-src', 'script-src', 'style-src', 'img-src', 'font-src', 'connect-src', 'worker-src', 'object-src', 'base-uri', 'form-action']) {
    assert.ok(directives.has(name), `${name} is missing`);
  }
  assert.deepEqual(directives.get('script-src'), ["'self'", "'wasm-unsafe-eval'"]);
  assert.deepEqual(directives.get('object-src'), ["'none'"]);
  assert.deepEqual(directives.get('base-uri'), ["'none'"]);
  for (const [name, sources] of directives) {
    for (const source of sources) {
      assert.ok(["'self'", "'none'", "'wasm-unsafe-eval'", 'blob:', 'data:'].includes(source), `${name} allows ${source}`);
    }
  }
});

test('the markup has no inline code or style', () => {
  const scripts = [...markup().matchAll(/<script\b([^>]*)>([^]*?)<\/script>/g)];
  assert.ok(scripts.length > 0);
  for (const [whole, attributes, body] of scripts) assert.ok(/\bsrc=/.test(attributes) && body.trim() === '', whole);
  assert.doesNotMatch(markup(), /<style\b|\sstyle=|\son\w+=|javascript:/);
  assert.ok(markup().indexOf('Content-Security-Policy') < markup().indexOf('<script'), 'the policy comes after code');
});

inEveryBrowser('the policy', {
  async 'forbids inline code'(page, site) {
    await page.visit();
    const ran = await page.driver.executeAsyncScript(`const done = arguments[0];
      const script = document.createElement('script');
      script.textContent = 'window.inlineRan = true';
      document.body.append(script);
      setTimeout(() => done(window.inlineRan === true), 200)`);
    assert.equal(ran, false);
    assert.ok(site.violations.length > 0);
    site.violations.length = 0;
    page.quiet([/Content.Security.Policy|script-src/i]);
  },
});
