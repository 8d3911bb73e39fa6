// The examples of the package's README run, one after the other, as they are printed.
import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { after, before, test } from 'node:test';
import { freshProject } from '../lib/project.mjs';

const readme = readFileSync(new URL('../../../pkg-config/README.md', import.meta.url), 'utf8');
const examples = [...readme.matchAll(/```js\n([\s\S]*?)```/g)].map(([, example]) => example);

let project;
before(() => (project = freshProject()));
after(() => project.remove());

test('the examples of the README run', () => {
  assert.ok(examples.length >= 6, `${examples.length} examples`);
  project.write('examples.mjs', `${examples.join('\n')}\nconsole.log('all examples ran');\n`);
  const printed = execFileSync(process.execPath, ['examples.mjs'], { cwd: project.folder, encoding: 'utf8' });
  assert.match(printed, /all examples ran\n$/);
});
