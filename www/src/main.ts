import { mount } from 'svelte';
import { desk } from './app/state.svelte';
import './ui/app.css';
import App from './app/App.svelte';

const target = document.getElementById('page');

// The desk has started the engine's worker. Mounting is a task of its own, because browsers begin to fetch a worker
// only when the task that made it is over.
if (target) setTimeout(() => mount(App, { target, props: { desk } }));

if (import.meta.env.PROD && 'serviceWorker' in navigator) {
  // After the first paint: the copy for offline use must not compete with what is needed now.
  addEventListener('load', () => navigator.serviceWorker.register('./sw.js').catch(() => undefined), {
    once: true,
  });
}

import.meta.hot?.dispose(desk.end);
