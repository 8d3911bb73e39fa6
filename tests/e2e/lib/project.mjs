// A stranger's project that has installed the packed package.
import { execFileSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

const pkg = fileURLToPath(new URL('../../../pkg', import.meta.url));

/** Packs pkg/ as for publishing and installs the tarball into a new folder, with nothing else. */
export function freshProject() {
  const folder = mkdtempSync(join(tmpdir(), 'convscope-project-'));
  const npm = (cwd, ...args) => execFileSync('npm', args, { cwd, encoding: 'utf8', stdio: ['ignore', 'pipe', 'pipe'] });
  const tarball = JSON.parse(npm(pkg, 'pack', '--json', '--pack-destination', folder))[0].filename;
  writeFileSync(join(folder, 'package.json'), '{ "name": "stranger", "private": true, "type": "module" }\n');
  npm(folder, 'install', '--offline', '--no-audit', '--no-fund', join(folder, tarball));
  return {
    folder,
    write: (name, text) => writeFileSync(join(folder, name), text),
    remove: () => rmSync(folder, { recursive: true, force: true }),
  };
}

/** What the stranger's program does in every surrounding: reads each digit's sample, and says what it found. */
export const program = `
import { load } from 'convscope';

export async function readSamples(options) {
  const engine = await load(options);
  const found = {};
  for (const name of engine.models) {
    const network = await engine.network(name);
    found[name] = [];
    for (let digit = 0; digit < 10; digit += 1) {
      const { prediction, maps, image } = network.trace(engine.sample(digit));
      const logits = network.run(image);
      found[name].push({ prediction, logits: [...logits], maps: maps.length });
    }
    network.free();
  }
  return { variant: engine.variant, found };
}
`;
