import type { DownloadOptions } from './types.js';

/** A file to fetch. */
export interface Wanted {
  /** What an error message calls it. */
  readonly name: string;
  readonly url: URL;
  /** Its exact length, where that is known beforehand. */
  readonly bytes?: number | undefined;
}

/** Fetches a whole file, or throws one clear sentence. */
export type Read = (file: Wanted, options?: DownloadOptions) => Promise<Uint8Array>;

/** How often a download is tried, and how long to wait before each further try (milliseconds). */
const waits = [0, 400, 1600];
/** The most that is taken from a server that does not say how long a file is. */
const limit = 256 * 1024 * 1024;

/** A failure that trying again cannot mend. */
class Final extends Error {}

const count = (bytes: number): string => bytes.toLocaleString('en-GB');

/** Fetches over HTTP, with progress; a download that breaks off is tried three times in all. */
export const download: Read = async (file, options = {}) => {
  let last = '';
  for (const wait of waits) {
    await pause(wait, options.signal);
    try {
      return await attempt(file, options);
    } catch (error) {
      options.signal?.throwIfAborted();
      if (error instanceof Final) throw new Error(`${file.name}: ${error.message}`, { cause: error });
      last = error instanceof Error ? error.message : String(error);
    }
  }
  throw new Error(`${file.name}: the download failed ${waits.length} times (${last}); check the connection and try again`);
};

async function attempt(file: Wanted, { signal, progress }: DownloadOptions): Promise<Uint8Array> {
  const response = await fetch(file.url, signal ? { signal } : {});
  if (!response.ok) {
    const answer = `the server answered ${response.status} ${response.statusText}`.trimEnd();
    const passing = response.status >= 500 || response.status === 408 || response.status === 429;
    throw passing ? new Error(answer) : new Final(answer);
  }
  if (response.headers.get('content-type')?.startsWith('text/html')) {
    throw new Final('the server sent a web page in its place; is the file where it should be?');
  }
  const total = file.bytes ?? statedLength(response);
  if (total > limit) throw new Final(`${count(total)} bytes are more than the ${count(limit)} that are taken`);

  const chunks: Uint8Array[] = [];
  let received = 0;
  progress?.(0, total);
  for await (const chunk of chunksOf(response)) {
    received += chunk.byteLength;
    if (received > (total || limit)) throw new Final(`longer than the ${count(total || limit)} bytes expected`);
    chunks.push(chunk);
    progress?.(received, total);
  }
  if (total && received < total) {
    throw new Error(`it broke off after ${count(received)} of ${count(total)} bytes`);
  }
  return joined(chunks, received);
}

/** Length as the server states it: 0 where it does not, or where it counts compressed bytes. */
function statedLength(response: Response): number {
  return response.headers.has('content-encoding') ? 0 : Number(response.headers.get('content-length') ?? 0);
}

// Streams are not async iterable in every browser.
async function* chunksOf(response: Response): AsyncGenerator<Uint8Array> {
  const reader = response.body?.getReader();
  if (!reader) return;
  try {
    for (;;) {
      const { done, value } = await reader.read();
      if (done) return;
      yield value;
    }
  } finally {
    // The stream may have failed already; what matters then is that failure.
    await reader.cancel().catch(() => undefined);
  }
}

function joined(chunks: Uint8Array[], length: number): Uint8Array {
  const whole = new Uint8Array(length);
  let at = 0;
  for (const chunk of chunks) {
    whole.set(chunk, at);
    at += chunk.byteLength;
  }
  return whole;
}

function pause(milliseconds: number, signal?: AbortSignal): Promise<void> {
  signal?.throwIfAborted();
  if (milliseconds === 0) return Promise.resolve();
  return new Promise((resolve, reject) => {
    const stop = (): void => {
      clearTimeout(timer);
      reject(signal?.reason);
    };
    const timer = setTimeout(() => {
      signal?.removeEventListener('abort', stop);
      resolve();
    }, milliseconds);
    signal?.addEventListener('abort', stop, { once: true });
  });
}
