// tests/wasm.rs in Chrome and in Firefox, for both variants of the full engine, which has all that the lean one has.
//
//     node pkg-config/wasm-test.mjs
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { browserNames, lacksRelaxed, need } from './browsers.mjs';
import { checkedInFlags, root, runBeside, sentences } from './tools.mjs';
import { variants } from './variants.mjs';

sentences();
const options = {
  chrome: (binary) => ({ 'goog:chromeOptions': { binary, args: [] } }),
  firefox: (binary) => ({ 'moz:firefoxOptions': { binary, args: ['-headless'] } }),
};
const driverVariable = { chrome: 'CHROMEDRIVER', firefox: 'GECKODRIVER' };
// The runner takes the first browser that it has a driver of.
const { CHROMEDRIVER, GECKODRIVER, ...withoutDrivers } = checkedInFlags();

/** One variant's tests, browser after browser. */
async function testIn(variant) {
  for (const name of browserNames) {
    const { browser, driver } = need(name);
    if (variant.name === 'relaxed' && lacksRelaxed(name, browser)) {
      console.log(`${variant.name} in ${name} is left out: ${browser} has no relaxed SIMD, and would load the other variant`);
      continue;
    }
    console.log(`testing ${variant.name} in ${name}`);
    const settings = join(root, `target/webdriver-${name}.json`);
    writeFileSync(settings, JSON.stringify(options[name](browser)));
    await runBeside('cargo', ['test', '--locked', '--target', 'wasm32-unknown-unknown', '--no-default-features', '--features', 'web,lab',
      '--test', 'wasm', ...variant.cargo], {
      env: {
        ...withoutDrivers,
        // Lanes are named in the source, so little is lost; compiling for speed takes longer than it saves.
        CARGO_PROFILE_TEST_OPT_LEVEL: '1',
        CARGO_TARGET_WASM32_UNKNOWN_UNKNOWN_RUNNER: 'wasm-bindgen-test-runner',
        [driverVariable[name]]: driver,
        WASM_BINDGEN_TEST_WEBDRIVER_JSON: settings,
        WASM_BINDGEN_TEST_TIMEOUT: '120',
        // tests/wasm.rs compares it with what is compiled in.
        CONVSCOPE_VARIANT: variant.name,
      },
    });
  }
}

mkdirSync(join(root, 'target'), { recursive: true });
// A browser keeps one core busy; meanwhile the other variant is compiled.
await Promise.all(variants.map(testIn));
