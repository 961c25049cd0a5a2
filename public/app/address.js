// The address of what is shown: every view has one of its own, so that a finding can be linked; what is selected within a pane
// lives in the query.

import { h, show } from './dom.js';

let listener = () => {};

/// Has `move(url, scroll)` called whenever the address changes within the page. There is one listener, the page itself.
export function onMove(move) { listener = move; }

/// Goes to an address within the page.
export function go(address, { replace = false, keepScroll = false } = {}) {
  const url = new URL(address, location.href);
  if (!replace) {
    history.replaceState({ scroll: scrollY }, '');
    history.pushState({ scroll: 0 }, '', url);
  } else history.replaceState({ scroll: scrollY }, '', url);
  return listener(url, keepScroll ? scrollY : 0);
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
