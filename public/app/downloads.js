// What can be taken away from a job.

import { h } from './dom.js';
import { segment } from './api.js';

const FILES = [
  ['issues.csv', 'Issues', 'CSV, for a spreadsheet'],
  ['labels.csv', 'Corrected labels', 'CSV, as reviewed; POST it to make a new version'],
  ['scores.csv', 'All scores', 'CSV, one row an example'],
  ['scores.npz', 'All scores', 'NumPy arrays'],
  ['heldout_probs.npy', 'Held-out probabilities', 'NumPy, N × C, what cleanlab calls pred_probs'],
];

export function downloads(job) {
  return h('section.downloads', { 'aria-labelledby': 'downloads' },
    h('h2', { id: 'downloads' }, 'Take it with you'),
    h('p', h('a', { href: `/v1/jobs/${segment(job.id)}/report.html`, target: '_blank', rel: 'noopener' }, 'Report on one page'),
      h('span.quiet-text', ', to print, mail or keep')),
    h('ul', FILES.map(([file, title, text]) => h('li',
      h('a', { href: `/v1/jobs/${segment(job.id)}/${file}`, download: `${job.name ?? job.id}-${file}` },
        h('span.download-title', title), h('code', file), h('span.quiet-text', text))))));
}
