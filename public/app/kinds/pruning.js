// Jobs that verify a pruning: they have accuracies, and no scores.

import { h } from '../dom.js';
import { segment } from '../api.js';
import { percent } from '../format.js';

export { unit, doing, columns } from './difficulty.js';

export const tabs = ['run'];

export const title = (job) => `${job.model?.name ?? 'auto'}, pruned by ${job.pruning?.by ?? 'a score'},`;

export const found = () => '';

export const members = (job) => job.ensemble?.members ?? 'Networks of all examples, of those that the rule keeps, and of as many by lot.';

export const part = (split) => ` run ${split.run + 1}, ${split.set === 'full' ? 'all examples' : `${percent(split.keep, 0)} ${split.set}`}`;

/// What pruning costs: the accuracy of networks trained on what stays, beside as much by lot and all of it.
export function panel({ pruning: job }) {
  if (!job) return null;
  const found = job.results;
  const where = found?.evaluated_on === 'test' ? 'on the dataset’s own test examples' : 'on held-out fifths of the training examples';
  const share = (set) => (set.set === 'full' ? 'all examples' : `${percent(set.keep)} ${set.set === 'kept' ? `kept by ${job.by}` : 'by lot'}`);
  const interval = (entry) => (entry.interval ? `${percent(entry.interval[0])} to ${percent(entry.interval[1])}` : '');
  const against = (set) => {
    const entry = set.set === 'full' ? null : found.differences.find((d) => d.keep === set.keep && d.set === set.set && d.minus === 'full');
    return entry && entry.difference !== null ? [signed(entry.difference), h('span.quiet-text', entry.interval ? ` ${signed(entry.interval[0])} to ${signed(entry.interval[1])}` : '')] : '';
  };
  return h('section.pruning', { 'aria-labelledby': 'pruning-title' }, h('h2', { id: 'pruning-title' }, 'What pruning costs'),
    h('p', 'Chosen by the scores of ', h('a', { href: `/jobs/${segment(job.job)}` }, 'this analysis'),
      found ? `; accuracy ${where}, means over networks of the same seeds with 95 % intervals.` : '; no network has finished yet.'),
    found && h('div.table-scroll', { tabindex: 0, role: 'region', 'aria-label': 'Accuracies' }, h('table.plain',
      h('thead', h('tr', ['Trained on', 'Accuracy', '95 %', 'Against all'].map((text, k) => h(k > 0 ? 'th.numeric' : 'th', { scope: 'col' }, text)))),
      h('tbody', found.sets.map((set) => h('tr', h('th', { scope: 'row' }, share(set)),
        h('td.numeric', percent(set.accuracy)), h('td.numeric', interval(set)), h('td.numeric', against(set))))))));
}

const signed = (value) => `${value < 0 ? '−' : '+'}${percent(Math.abs(value))}`;
