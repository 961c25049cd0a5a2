// Jobs in lists.

import { h } from './dom.js';
import { segment } from './api.js';
import { ago, percent, plural, words } from './format.js';
import { kindOf } from './kinds.js';

/// A job as an entry of a list.
export function jobCard(job) {
  const fraction = job.progress?.fraction ?? 0;
  const { title, found } = kindOf(job);
  return h('li', h('a.card', { href: `/jobs/${segment(job.id)}` },
    h('span.card-head', h('span.card-title', job.name ?? job.id), stateBadge(job.state)),
    h('span.card-text',
      `${title(job)} on ${job.dataset?.name ?? job.dataset?.id ?? ''}`,
      job.dataset?.num_examples ? `, ${plural(job.dataset.num_examples, 'example')}` : ''),
    job.state === 'running'
      ? h('progress', { max: 1, value: fraction, 'aria-label': `${percent(fraction, 0)} done` })
      : h('span.card-text', [job.state === 'succeeded' && found(job), ago(job.finished_at ?? job.created_at)].filter(Boolean).join(' · '))));
}

/// The state of a job, dataset or network.
export function stateBadge(state) {
  return h(`span.badge.state-${state}`, words(state));
}
