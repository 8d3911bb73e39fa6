import { mount } from 'svelte';
import { app } from './app/state.svelte';
// Before the components, whose styles override these.
import './ui/app.css';
import App from './app/App.svelte';

const target = document.getElementById('page');

// Importing the state has started the engine's worker. The page is mounted in a task of its own, because browsers
// fetch a worker's script only after the task that created it has ended.
if (target) setTimeout(() => mount(App, { target, props: { app } }));

if (import.meta.env.PROD && 'serviceWorker' in navigator) {
  // After the load event: the copy for offline use must not compete with what the page needs first.
  addEventListener('load', () => navigator.serviceWorker.register('./sw.js').catch(() => undefined), {
    once: true,
  });
}

import.meta.hot?.dispose(app.end);
