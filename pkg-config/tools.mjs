// What the build's scripts share.
import { spawnSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { brotliCompressSync, constants } from 'node:zlib';

export const root = fileURLToPath(new URL('..', import.meta.url));
export const node = process.execPath;

/** Runs a program with its output shown; a failure ends the build with the command's own words. */
export function run(program, args, options = {}) {
  const { error, status, signal } = spawnSync(program, args, { cwd: root, stdio: 'inherit', ...options });
  if (error?.code === 'ENOENT') throw new Error(`${program} is not installed: run "make tools"`);
  if (error) throw error;
  if (status !== 0) throw new Error(`${[program, ...args].join(' ')} failed (${signal ?? `exit ${status}`})`);
}

/** A file's size after brotli at its best level, as a static host would send it. */
export function brotliBytes(path) {
  const params = { [constants.BROTLI_PARAM_QUALITY]: constants.BROTLI_MAX_QUALITY };
  return brotliCompressSync(readFileSync(path), { params }).length;
}

export const kib = (bytes) => `${(bytes / 1024).toFixed(1)} KiB`;
