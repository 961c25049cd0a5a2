// Which pane answers which address. Every view has an address of its own, so that a finding can be linked; what is
// selected within a pane lives in the query.

import { h, show } from './dom.js';
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

/// Goes to an address within the page.
export function go(address, { replace = false, keepScroll = false } = {}) {
  const url = new URL(address, location.href);
  if (!replace) {
    history.replaceState({ scroll: scrollY }, '');
    history.pushState({ scroll: 0 }, '', url);
  } else history.replaceState({ scroll: scrollY }, '', url);
  return open(url, keepScroll ? scrollY : 0);
}

/// Changes parts of the query; `null` removes one.
export function setQuery(changes, options = { replace: true, keepScroll: true }) {
  const url = new URL(location.href);
  for (const [name, value] of Object.entries(changes)) {
    if (value === null || value === undefined || value === '') url.searchParams.delete(name);
    else url.searchParams.set(name, value);
  }
  return go(url.href, options);
}

/// The page's title and the path of links beside the mark.
export function place(title, crumbs = []) {
  document.title = title ? `${title} · Plumbline` : 'Plumbline';
  show(document.getElementById('crumbs'), crumbs.map(([text, href]) =>
    href ? h('a', { href }, text) : h('span', { 'aria-current': 'page' }, text)));
}

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
drawSignOut();
if (location.hash.startsWith('#token=')) await signIn();

open(new URL(location.href), history.state?.scroll ?? 0);
