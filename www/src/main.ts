// The desk starts the engine's worker; first, so that it loads while the page is put together.

import { mount } from 'svelte';
import { desk } from './state/desk.svelte';
import './app.css';
import App from './App.svelte';

const target = document.getElementById('page');
if (target) mount(App, { target, props: { desk } });

if (import.meta.env.PROD && 'serviceWorker' in navigator) {
  // After the first paint: the copy for offline use must not compete with what is needed now.
  addEventListener('load', () => navigator.serviceWorker.register('./sw.js').catch(() => undefined), {
    once: true,
  });
}
