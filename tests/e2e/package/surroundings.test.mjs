// The published package where people use it: Node, a fresh Vite project, a script tag; both variants.
import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { build } from 'vite';
import { agree, readsEverySample } from '../lib/agreement.mjs';
import { browserNames, open } from '../lib/browser.mjs';
import { freshProject, program } from '../lib/project.mjs';
import { serve } from '../lib/server.mjs';

const policy = "default-src 'none'; script-src 'self' 'wasm-unsafe-eval'; connect-src 'self'; img-src data:";
const page = (script) => `<!doctype html><html lang="en"><title>stranger</title><link rel="icon" href="data:,">${script}</html>`;
const inPage = `readSamples().then((found) => { document.title = 'done'; window.found = found; },
  (error) => { document.title = 'done'; window.found = String(error); });`;

let project;
let inNode;
const browsers = {};

before(async () => {
  project = freshProject();
  project.write('samples.js', program);
  project.write('node.js', "import { readSamples } from './samples.js';\nconsole.log(JSON.stringify(await readSamples()));\n");
  project.write('page.js', `import { readSamples } from './samples.js';\n${inPage}`);
  project.write('index.html', page('<script type="module" src="./page.js"></script>'));
  inNode = runNode();
  for (const name of browserNames) browsers[name] = await open(name);
});

after(async () => {
  for (const { quit } of Object.values(browsers)) await quit();
  project.remove();
});

function runNode(...flags) {
  return JSON.parse(execFileSync(process.execPath, [...flags, 'node.js'], { cwd: project.folder, encoding: 'utf8', maxBuffer: 1 << 26 }));
}

async function inBrowser({ driver, complaints }, url) {
  complaints.length = 0;
  await driver.get(url);
  await driver.wait(async () => (await driver.getTitle()) === 'done', 20_000, 'the page did not finish');
  // As text from the page to here: drivers may read a number off by its last bit.
  const found = JSON.parse(await driver.executeScript('return JSON.stringify(window.found)'));
  assert.equal(typeof found, 'object', found);
  assert.deepEqual(complaints, []);
  return found;
}

test('Node reads every sample', () => readsEverySample(inNode));

test('Node with relaxed SIMD takes the other binary and agrees', (t) => {
  if (!process.allowedNodeEnvironmentFlags.has('--experimental-wasm-relaxed-simd') && inNode.variant === 'relaxed') {
    t.skip('this Node has relaxed SIMD already');
    return;
  }
  const relaxed = runNode('--experimental-wasm-relaxed-simd');
  assert.deepEqual([inNode.variant, relaxed.variant], ['simd128', 'relaxed']);
  readsEverySample(relaxed);
  agree(relaxed, inNode);
});

for (const name of browserNames) {
  test(`a fresh Vite project, built, in ${name}`, async () => {
    await build({ root: project.folder, logLevel: 'warn', base: './', configFile: false });
    const server = await serve(join(project.folder, 'dist'), { policy });
    try {
      const found = await inBrowser(browsers[name], server.url);
      readsEverySample(found);
      agree(found, inNode);
      assert.deepEqual(server.violations, []);
    } finally {
      await server.close();
    }
  });

  test(`a script tag without a bundler in ${name}`, async () => {
    // Without a bundler a page imports the file itself, here by way of its own two modules.
    project.write('plain-samples.js', program.replace("'convscope'", "'./node_modules/convscope/index.js'"));
    project.write('plain.js', `import { readSamples } from './plain-samples.js';\n${inPage}`);
    project.write('plain.html', page('<script type="module" src="./plain.js"></script>'));
    const server = await serve(project.folder, { policy });
    try {
      const found = await inBrowser(browsers[name], `${server.url}plain.html`);
      readsEverySample(found);
      agree(found, inNode);
      assert.deepEqual(server.violations, []);
    } finally {
      await server.close();
    }
  });
}
