// The native command, to compare with.
import { execFileSync } from 'node:child_process';
import { executableOf, root } from '../../../pkg-config/tools.mjs';

/** The program that the crate's own tests run: any other set of features or profile would be compiled anew. */
function build() {
  const messages = execFileSync('cargo', ['test', '--locked', '--no-run', '--test', 'command', '--message-format', 'json-render-diagnostics'],
    { cwd: root, encoding: 'utf8', maxBuffer: 1 << 26, stdio: ['ignore', 'pipe', 'inherit'] });
  return executableOf(messages, ({ kind, name }) => kind[0] === 'bin' && name === 'convscope');
}

let program;

/** Runs `convscope` with these arguments; what it prints is left out. */
export function convscope(...args) {
  program ??= build();
  execFileSync(program, args, { cwd: root, stdio: ['ignore', 'ignore', 'inherit'] });
}
