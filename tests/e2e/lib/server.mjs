// A small static server for the tests: strict headers, and downloads that break off when asked to.
import { readFile } from 'node:fs/promises';
import { createServer } from 'node:http';
import { extname, join, normalize } from 'node:path';

const types = {
  '.html': 'text/html; charset=utf-8', '.js': 'text/javascript', '.mjs': 'text/javascript', '.css': 'text/css', '.svg': 'image/svg+xml',
  '.json': 'application/json', '.webmanifest': 'application/manifest+json', '.wasm': 'application/wasm',
  '.woff2': 'font/woff2', '.png': 'image/png',
};

/**
 * Serves a folder on a free port of localhost.
 *
 * @param {string} folder
 * @param {{ policy?: string, isolated?: boolean }} [options] policy: Content-Security-Policy sent with every answer; what
 *   breaks it is reported into `violations`. isolated: with the headers that give pages a finer clock
 */
export async function serve(folder, { policy, isolated } = {}) {
  const violations = [];
  // Path -> how many more times its download is cut in the middle.
  const cuts = new Map();
  const requests = [];

  const server = createServer(async (request, response) => {
    const { pathname } = new URL(request.url, 'http://localhost');
    if (pathname === '/csp') {
      let body = '';
      for await (const chunk of request) body += chunk;
      violations.push(JSON.parse(body)['csp-report'] ?? body);
      response.writeHead(204).end();
      return;
    }
    requests.push(pathname);
    const path = normalize(pathname.endsWith('/') ? `${pathname}index.html` : pathname);
    let body;
    try {
      body = await readFile(join(folder, path));
    } catch {
      response.writeHead(404, { 'content-type': 'text/plain' }).end('not found');
      return;
    }
    response.writeHead(200, {
      'content-type': types[extname(path)] ?? 'application/octet-stream',
      'content-length': body.length,
      'cache-control': 'no-store',
      'x-content-type-options': 'nosniff',
      ...(isolated ? { 'cross-origin-opener-policy': 'same-origin', 'cross-origin-embedder-policy': 'require-corp' } : {}),
      ...(policy ? { 'content-security-policy': `${policy}; report-uri /csp` } : {}),
    });
    const left = cuts.get(pathname) ?? 0;
    if (left > 0) {
      cuts.set(pathname, left - 1);
      response.write(body.subarray(0, body.length >> 1), () => response.destroy());
      return;
    }
    response.end(body);
  });

  await new Promise((resolve) => server.listen(0, '127.0.0.1', resolve));
  return {
    url: `http://localhost:${server.address().port}/`,
    violations,
    requests,
    /** The path under which a file was asked for, also where a bundler put a hash into its name. */
    pathOf({ name }) {
      const dot = name.lastIndexOf('.');
      const [stem, ending] = [name.slice(0, dot), name.slice(dot)];
      return requests.find((path) => path.endsWith(ending) && /^(-[\w-]+)?$/.test(path.slice(path.lastIndexOf('/') + 1, -ending.length).replace(stem, '')));
    },
    /** The next `times` downloads of a path break off half-way. */
    cut: (path, times) => cuts.set(path, times),
    close: () => {
      server.closeAllConnections();
      return new Promise((resolve) => server.close(resolve));
    },
  };
}
