// Installs what is missing, and says what it does. What the machine has is used as it is.
//
//     node pkg-config/install.mjs [tests|bench|fuzz]
import { existsSync, readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { browserNames, find, need } from './browsers.mjs';
import { node, output, root, run, runBeside, sentences, toolsFolder, which } from './tools.mjs';

sentences();
const forBench = process.argv.includes('bench');
const forTests = forBench || process.argv.includes('tests');
const say = (sentence) => console.log(`install: ${sentence}`);
const isRoot = process.getuid?.() === 0;

function atLeast(found, wanted) {
  const [a, b] = [found, wanted].map((version) => version.split('.').map(Number));
  for (let i = 0; i < b.length; i += 1) if (a[i] !== b[i]) return (a[i] ?? 0) > b[i];
  return true;
}

function checkNode() {
  if (!atLeast(process.versions.node, '20.19')) throw new Error(`Node 20.19 or newer is needed; ${node} is ${process.versions.node}`);
}

function checkRust() {
  const wanted = readFileSync(join(root, 'Cargo.toml'), 'utf8').match(/^rust-version = "(.*)"$/m)[1];
  const found = output('rustc', ['--version'])?.split(' ')[1];
  if (!found) throw new Error(`Rust ${wanted} or newer is needed: https://rustup.rs`);
  if (!atLeast(found.split('-')[0], wanted)) throw new Error(`Rust ${wanted} or newer is needed, ${found} is there: run "rustup update"`);

  const target = 'wasm32-unknown-unknown';
  if (!existsSync(output('rustc', ['--print', 'target-libdir', '--target', target]) ?? '')) {
    say(`the Rust target ${target}`);
    run('rustup', ['target', 'add', target]);
  }
  const components = forTests ? [['rustfmt', 'cargo-fmt'], ['clippy', 'cargo-clippy']] : [];
  for (const [component, program] of components.filter(([, program]) => !output(program, ['--version']))) {
    say(`${component} (for ${program})`);
    run('rustup', ['component', 'add', component]);
  }
}

/**
 * Compiles a cargo tool into target/tools, where it replaces nobody's own. Not optimised, which halves the wait: these tools
 * drive others, and half a second is all that the slowest of them takes. What they have in common is compiled once.
 */
async function compile(name, version) {
  say(`${name} ${version ?? ''} into target/tools; compiling it takes some minutes`);
  const args = ['install', '--quiet', '--root', toolsFolder, name, ...(version ? ['--version', version] : [])];
  const options = { env: { ...process.env, CARGO_PROFILE_RELEASE_OPT_LEVEL: '0', CARGO_TARGET_DIR: join(toolsFolder, 'build') } };
  try {
    await runBeside('cargo', [...args, '--locked'], options);
  } catch {
    // Its lock file can name a release that a mirror does not carry.
    say(`${name} again, with the newest dependencies that fit`);
    await runBeside('cargo', args, options);
  }
}

async function checkWasmTools() {
  const [, version] = readFileSync(join(root, 'Cargo.lock'), 'utf8').match(/name = "wasm-bindgen"\nversion = "(.*)"/);
  const bindgen = ['wasm-bindgen', 'wasm-bindgen-test-runner'];
  // The tool and the crate must be of one version, to the last figure.
  if (bindgen.some((name) => output(name, ['--version'])?.split(' ')[1] !== version)) await compile('wasm-bindgen-cli', version);
}

/**
 * What the lock file says, where it is newer than what is installed. Not `npm ci`: that refuses a lock file written where
 * the registry lacks other systems' optional binaries, which `npm install` adds where they are wanted.
 */
async function checkModules(folder) {
  const [lock, installed] = ['package-lock.json', 'node_modules/.package-lock.json'].map((name) => join(root, folder, name));
  if (!existsSync(lock)) return;
  if (existsSync(installed) && statSync(installed).mtimeMs >= statSync(lock).mtimeMs) return;
  say(`npm packages of ${folder}`);
  await runBeside('npm', ['install', '--no-save', '--no-audit', '--no-fund'], { cwd: join(root, folder) });
}

async function apt(packages) {
  say(`apt-get install ${packages.join(' ')}`);
  const env = { ...process.env, DEBIAN_FRONTEND: 'noninteractive' };
  await runBeside('apt-get', ['update', '-qq'], { env });
  await runBeside('apt-get', ['install', '-y', '-qq', '--no-install-recommends', ...packages], { env });
}

/** cargo-fuzz drives libFuzzer, which is C++. */
async function checkFuzzer() {
  if (!['c++', 'g++', 'clang++'].some(which)) throw new Error('a C++ compiler is needed for fuzzing; on Debian: sudo apt-get install g++');
  if (!which('cargo-fuzz')) await compile('cargo-fuzz');
}

async function checkBrowsers() {
  const canApt = isRoot && which('apt-get');
  const debian = { chrome: ['chromium', 'chromium-driver'], firefox: ['firefox-esr'] };
  for (const name of browserNames) {
    const { label, browser, driver } = find(name);
    // Firefox's driver is no package: it is compiled.
    if (browser && (driver || name === 'firefox')) continue;
    const packages = debian[name];
    if (!canApt) {
      throw new Error(`${browser ? `a driver for ${browser}` : label} is needed for the tests; ` +
        `on Debian: sudo apt-get install ${packages.join(' ')}`);
    }
    await apt(packages);
  }
}

/** Safari's engine is worth testing in wherever it can be had without asking; only some tests want it. */
async function checkWebKit() {
  const there = () => find('webkit').driver && (process.env.DISPLAY || which('Xvfb'));
  if (process.platform !== 'linux' || there()) return;
  const packages = ['webkit2gtk-driver', 'xvfb'];
  if (isRoot && which('apt-get')) await apt(packages);
  else say(`tests in WebKit are left out; on Debian they need: sudo apt-get install ${packages.join(' ')}`);
}

/** What comes from the network: npm's packages, then browsers, for one of the packages finds drivers. */
async function checkDownloads() {
  for (const folder of ['pkg-config', 'www', ...(forTests ? ['tests/e2e'] : []), ...(forBench ? ['tests/bench'] : [])]) await checkModules(folder);
  if (!forTests) return;
  await checkBrowsers();
  await checkWebKit();
}

checkNode();
checkRust();
if (process.argv.includes('fuzz')) {
  await checkFuzzer();
  process.exit();
}

// A compiler waits for cores and a download for the network: side by side.
await Promise.all([checkWasmTools(), checkDownloads()]);
if (forTests) {
  if (!find('firefox').driver) await compile('geckodriver');
  browserNames.forEach(need);
}
