// What the scripts of the build and of the tests share.
import { execFile, spawnSync } from 'node:child_process';
import { accessSync, constants as modes, readFileSync } from 'node:fs';
import { delimiter, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { brotliCompressSync, constants } from 'node:zlib';

export const root = fileURLToPath(new URL('..', import.meta.url));
export const node = process.execPath;

/** Tools that install.mjs had to compile live here, so that nobody's own versions are replaced. */
export const toolsFolder = join(root, 'target/tools');
process.env.PATH = [join(toolsFolder, 'bin'), process.env.PATH].join(delimiter);

/** Runs a program with its output shown; a failure ends the build with the command's own words. */
export function run(program, args, options = {}) {
  const { error, status, signal } = spawnSync(program, args, { cwd: root, stdio: 'inherit', ...options });
  if (error?.code === 'ENOENT') throw new Error(`${program} is not installed: run "make tools"`);
  if (error) throw error;
  if (status !== 0) throw new Error(`${[program, ...args].join(' ')} failed (${signal ?? `exit ${status}`})`);
}

/** As `run`, beside others: its output is shown in one piece when it has ended. */
export function runBeside(program, args, options = {}) {
  return new Promise((resolve, reject) => {
    execFile(program, args, { cwd: root, maxBuffer: Infinity, ...options }, (error, stdout, stderr) => {
      process.stdout.write(stdout);
      process.stderr.write(stderr);
      if (error?.code === 'ENOENT') reject(new Error(`${program} is not installed: run "make tools"`));
      else if (error) reject(new Error(`${[program, ...args].join(' ')} failed (${error.signal ?? `exit ${error.code}`})`));
      else resolve();
    });
  });
}

/** What a program prints, or undefined when it is missing or fails. */
export function output(program, args) {
  const { status, stdout } = spawnSync(program, args, { cwd: root, encoding: 'utf8', stdio: ['ignore', 'pipe', 'ignore'] });
  return status === 0 ? stdout.trim() : undefined;
}

/** Where a program is, by its name on PATH or by a whole path. */
export function which(name) {
  const folders = name.includes('/') ? [''] : process.env.PATH.split(delimiter);
  return folders.map((folder) => join(folder, name)).find((path) => {
    try {
      accessSync(path, modes.X_OK);
      return true;
    } catch {
      return false;
    }
  });
}

/** The environment without flags that would replace the checked-in ones, and with them the wasm variant. */
export function checkedInFlags() {
  const { RUSTFLAGS, CARGO_ENCODED_RUSTFLAGS, ...env } = process.env;
  return env;
}

/** The executable that cargo built, by what it says with `--message-format json-render-diagnostics`: of several, that of the target that `is` takes. */
export const executableOf = (messages, is = () => true) =>
  messages.trim().split('\n').map((line) => JSON.parse(line)).find(({ executable, target }) => executable && is(target)).executable;

/** Makes an error end a script with its one sentence instead of a stack. */
export function sentences() {
  process.on('uncaughtException', (error) => {
    console.error(`\n${error.message}`);
    process.exit(1);
  });
}

/** A file's size after brotli at its best level, as a static host would send it. */
export function brotliBytes(path) {
  const params = { [constants.BROTLI_PARAM_QUALITY]: constants.BROTLI_MAX_QUALITY };
  return brotliCompressSync(readFileSync(path), { params }).length;
}

export const kib = (bytes) => `${(bytes / 1024).toFixed(1)} KiB`;
