// What went wrong, in plain words, with the number under which the service's log has it.

import { h, button } from './dom.js';

function heading(problem) {
  if (problem.status === 0) return 'No answer from the service';
  if (problem.isMissing) return 'There is nothing here';
  if (problem.isNotReady) return 'Not ready yet';
  if (problem.status === 507) return 'The disk is full';
  if (problem.status === 413) return 'Too large';
  if (problem.status === 429 || problem.status === 503) return 'The service is busy';
  if (problem.status === 422) return 'This cannot be used as it is';
  if (problem.status >= 500) return 'The service failed';
  return 'That did not work';
}

/// A panel for `error`; `retry`, if given, becomes a button.
export function problemPanel(error, { title, retry } = {}) {
  if (error.status === undefined) console.error(error);
  const places = error.errors ?? [];
  return h('section.problem', { role: 'alert' },
    h('h2', title ?? heading(error)),
    h('p', error.status === undefined ? `The page failed: ${error.message}` : error.message),
    places.length > 0 && h('ul.problem-places', places.slice(0, 8).map((place) =>
      h('li', place.pointer && h('code', place.pointer), place.pointer ? ' ' : '', place.detail))),
    places.length > 8 && h('p.quiet-text', `and ${places.length - 8} more`),
    h('p.actions',
      retry && button('plain', 'Try again', retry),
      h('a', { href: '/' }, 'Back to the start')),
    error.requestId && h('p.quiet-text', 'Request ', h('code', error.requestId),
      ': the service’s log has the details under this number.'));
}

/// A line where a list would be if there were anything in it.
export function emptyState(title, text, ...more) {
  return h('div.empty', h('p.empty-title', title), text && h('p', text), ...more);
}

function notReady(retry) {
  return emptyState('Nothing to show yet', 'The first network has to finish before there are scores. This fills in by itself.',
    retry && h('p.actions', button('plain', 'Look again', retry)));
}

/// Runs `work` and puts its problem into `host` if it fails; an abort is nobody's problem.
export async function guarded(host, work, options = {}) {
  try {
    return await work();
  } catch (error) {
    if (error.name === 'AbortError') return undefined;
    host.replaceChildren(error.isNotReady ? notReady(options.retry) : problemPanel(error, options));
    return undefined;
  }
}
