import { afterEach, expect, test, vi } from 'vitest';
import { accuracy, fetchCard } from '../src/networks/card';

afterEach(() => vi.unstubAllGlobals());

test('an accuracy has its interval', () => {
  expect(accuracy({ right: 9943, of: 10000, interval: [0.99263, 0.9956] })).toBe('99.43 % (99.26 to 99.56)');
});

test('a card that cannot be fetched is null', async () => {
  vi.stubGlobal('fetch', () => Promise.reject(new TypeError('offline')));
  expect(await fetchCard('lenet5')).toBeNull();
  vi.stubGlobal('fetch', async () => new Response('nothing here', { status: 404 }));
  expect(await fetchCard('lenet5')).toBeNull();
  vi.stubGlobal('fetch', async () => new Response('<!doctype html>', { status: 200 }));
  expect(await fetchCard('lenet5')).toBeNull();
});
