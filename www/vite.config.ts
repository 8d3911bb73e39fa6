import { fileURLToPath } from 'node:url';
import { svelte } from '@sveltejs/vite-plugin-svelte';
import { defineConfig, type Plugin } from 'vite';
import { VitePWA } from 'vite-plugin-pwa';

const engine = fileURLToPath(new URL('../pkg/index.js', import.meta.url));

/** The development server puts styles and its own client into the page as inline code, which the policy forbids. */
const policyOnlyWhenBuilt: Plugin = {
  name: 'policy-only-when-built',
  apply: 'serve',
  transformIndexHtml: (html) => html.replace(/<meta\s+http-equiv="Content-Security-Policy"[^>]*>/, ''),
};

const offline = VitePWA({
  injectRegister: false,
  // A new version waits until the page is closed: one in use may yet need its own worker's file.
  registerType: 'prompt',
  workbox: {
    globPatterns: ['**/*.{html,js,css,svg,woff2,wasm,safetensors}', 'models/*.card.json'],
    // The engine's own copies of the weights, which carry their hash in their name, are the ones that are fetched.
    globIgnores: ['models/*.safetensors'],
    maximumFileSizeToCacheInBytes: 8 * 1024 * 1024,
    inlineWorkboxRuntime: true,
    cleanupOutdatedCaches: true,
    // The page's state is in the query; the page itself is one file.
    ignoreURLParametersMatching: [/.*/],
  },
  manifest: {
    name: 'convscope',
    short_name: 'convscope',
    description: 'Draw a digit and see every number of the convolutional network that reads it.',
    start_url: './',
    scope: './',
    display: 'standalone',
    background_color: '#f5f1e8',
    theme_color: '#f5f1e8',
    icons: [{ src: 'icon.svg', sizes: 'any', type: 'image/svg+xml', purpose: 'any' }],
  },
});

export default defineConfig({
  base: './',
  plugins: [svelte(), offline, policyOnlyWhenBuilt],
  resolve: { alias: { convscope: engine } },
  worker: { format: 'es' },
  server: { fs: { allow: ['..'] } },
  build: {
    target: 'es2022',
    // Inlined files would be data: addresses, which the policy does not let a worker fetch.
    assetsInlineLimit: 0,
    modulePreload: { polyfill: false },
  },
});
