// The native command, to compare with.
import { execFileSync } from 'node:child_process';
import { fileURLToPath } from 'node:url';

const root = fileURLToPath(new URL('../../..', import.meta.url));

/** The program that the crate's own tests run: any other set of features or profile would be compiled anew. */
function build() {
  const lines = execFileSync('cargo', ['test', '--locked', '--no-run', '--test', 'command', '--message-format', 'json-render-diagnostics'],
    { cwd: root, encoding: 'utf8', maxBuffer: 1 << 26, stdio: ['ignore', 'pipe', 'inherit'] });
  const built = lines.trim().split('\n').map((line) => JSON.parse(line));
  return built.find(({ target, executable }) => executable && target.kind[0] === 'bin' && target.name === 'convscope').executable;
}

let program;

/** Runs `convscope` with these arguments; what it prints is left out. */
export function convscope(...args) {
  program ??= build();
  execFileSync(program, args, { cwd: root, stdio: ['ignore', 'ignore', 'inherit'] });
}
