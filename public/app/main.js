// Which pane answers which address.

import { h, show } from './dom.js';
import { go, onMove, place } from './address.js';
import { guarded, emptyState } from './problems.js';
import { openKeys } from './keys.js';
import { hidePopovers } from './popover.js';
import { drawSignOut, signIn } from './session.js';

const routes = [
  [/^\/$/, () => import('./start.js')],
  [/^\/datasets\/([^/]+)$/, () => import('./dataset.js')],
  [/^\/jobs\/([^/]+)$/, () => import('./job.js')],
  [/^\/jobs\/([^/]+)\/examples\/([^/]+)$/, () => import('./example.js')],
  [/^\/compare$/, () => import('./compare.js')],
];

const main = document.getElementById('main');
let current = { path: null, pane: null, abort: new AbortController() };

history.scrollRestoration = 'manual';

async function open(url, scroll) {
  hidePopovers();
  if (url.pathname === current.path && current.pane?.update) {
    await guarded(main, () => current.pane.update(url));
    scrollTo(0, scroll);
    return;
  }
  current.abort.abort();
  const abort = new AbortController();
  current = { path: url.pathname, pane: null, abort };
  const waiting = setTimeout(() => show(main, h('p.loading', 'Loading …')), 250);
  const retry = () => go(location.href, { replace: true });
  await guarded(main, async () => {
    for (const [pattern, load] of routes) {
      const match = pattern.exec(url.pathname);
      if (!match) continue;
      const module = await load();
      const host = h('div.pane');
      const parameters = match.slice(1).map(decodeURIComponent);
      const pane = await module.open({ host, parameters, url, signal: abort.signal });
      if (abort.signal.aborted) return;
      current.pane = pane ?? null;
      show(main, host);
      pane?.shown?.();
      return;
    }
    place('Not found');
    show(main, emptyState('There is no such page', 'The address may be incomplete.',
      h('p', h('a', { href: '/' }, 'Back to the start'))));
  }, { retry });
  clearTimeout(waiting);
  if (abort.signal.aborted) return;
  scrollTo(0, scroll);
  main.focus({ preventScroll: true });
}

document.addEventListener('click', (event) => {
  const link = event.target.closest?.('a[href]');
  if (!link || event.defaultPrevented || event.button !== 0) return;
  if (event.metaKey || event.ctrlKey || event.shiftKey || event.altKey) return;
  if (link.target || link.hasAttribute('download') || link.origin !== location.origin) return;
  if (link.getAttribute('href').startsWith('#')) return;
  if (link.pathname.startsWith('/v1/') || link.pathname.includes('.')) return;
  event.preventDefault();
  go(link.href);
});

addEventListener('popstate', (event) => { open(new URL(location.href), event.state?.scroll ?? 0); });

document.addEventListener('keydown', (event) => {
  if (event.ctrlKey || event.metaKey || event.altKey) return;
  if (document.querySelector(':popover-open, dialog[open]')) return;
  if (event.target.closest?.('input, select, textarea')) return;
  if (event.key === '?') { event.preventDefault(); openKeys(); return; }
  current.pane?.key?.(event);
});
document.getElementById('keys').addEventListener('click', openKeys);
onMove(open);
drawSignOut();
if (location.hash.startsWith('#token=')) await signIn();

open(new URL(location.href), history.state?.scroll ?? 0);
