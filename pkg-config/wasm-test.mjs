// tests/wasm.rs in Chrome and in Firefox, for both variants of the full engine, which has all that the core one has.
//
//     node pkg-config/wasm-test.mjs
import { execFile } from 'node:child_process';
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { browserNames, lacksRelaxed, need } from './browsers.mjs';
import { checkedInFlags, executableOf, root, runBeside, sentences } from './tools.mjs';
import { variants } from './variants.mjs';

sentences();
const options = {
  chrome: (binary) => ({ 'goog:chromeOptions': { binary, args: [] } }),
  firefox: (binary) => ({ 'moz:firefoxOptions': { binary, args: ['-headless'] } }),
};
const driverVariable = { chrome: 'CHROMEDRIVER', firefox: 'GECKODRIVER' };
// The runner takes the first browser that it has a driver of.
const { CHROMEDRIVER, GECKODRIVER, ...withoutDrivers } = checkedInFlags();

/** Compiles the tests of one variant; gives the binary. */
async function compile(variant) {
  console.log(`compiling for ${variant.name}`);
  const { stdout } = await promisify(execFile)('cargo', ['test', '--no-run', '--locked', '--target', 'wasm32-unknown-unknown',
    '--no-default-features', '--features', 'wasm,full', '--test', 'wasm', '--message-format', 'json-render-diagnostics', ...variant.cargo], {
    cwd: root,
    maxBuffer: Infinity,
    env: {
      ...withoutDrivers,
      // Lanes are named in the source, so little is lost; compiling for speed takes longer than it saves.
      CARGO_PROFILE_TEST_OPT_LEVEL: '1',
      // tests/wasm.rs compares it with what is compiled in.
      CONVSCOPE_VARIANT: variant.name,
    },
  });
  return executableOf(stdout);
}

/** Runs a variant's tests, browser after browser. */
async function runTests(variant, binary) {
  for (const { name, browser, driver, settings } of browsers) {
    if (variant.name === 'relaxed' && lacksRelaxed(name, browser)) {
      console.log(`${variant.name} in ${name} is left out: ${browser} has no relaxed SIMD, and would load the other variant`);
      continue;
    }
    console.log(`testing ${variant.name} in ${name}`);
    await runBeside('wasm-bindgen-test-runner', [binary], {
      env: {
        ...withoutDrivers,
        [driverVariable[name]]: driver,
        WASM_BINDGEN_TEST_WEBDRIVER_JSON: settings,
        WASM_BINDGEN_TEST_TIMEOUT: '300',
      },
    });
  }
}

mkdirSync(join(root, 'target'), { recursive: true });
const browsers = browserNames.map((name) => {
  const { browser, driver } = need(name);
  const settings = join(root, `target/webdriver-${name}.json`);
  writeFileSync(settings, JSON.stringify(options[name](browser)));
  return { name, browser, driver, settings };
});
// A browser keeps one core busy; meanwhile the next variant is compiled.
const running = [];
for (const variant of variants) running.push(runTests(variant, await compile(variant)));
await Promise.all(running);
