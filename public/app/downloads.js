// What can be taken away from a job.

import { h } from './dom.js';
import { segment } from './api.js';

const FILES = [
  ['issues.csv', 'Issues', 'CSV, for a spreadsheet'],
  ['labels.csv', 'Corrected labels', 'CSV, as reviewed; POST it to make a new version'],
  ['scores.csv', 'All scores', 'CSV, one row an example'],
  ['scores.npz', 'All scores', 'NumPy arrays'],
  ['heldout_probs.npy', 'Held-out probabilities', 'NumPy, N × C, what cleanlab calls pred_probs'],
  ['export?format=cleanlab', 'For cleanlab', 'NumPy arrays: labels, pred_probs, issues', 'cleanlab.npz'],
  ['export?format=label-studio', 'For Label Studio', 'JSON tasks: suggestions and reviews', 'label-studio.json'],
  ['export?format=cartography', 'For Dataset Cartography', 'JSON Lines: td_metrics.jsonl', 'td_metrics.jsonl'],
];

export function downloads(job) {
  return h('section.downloads', { 'aria-labelledby': 'downloads' },
    h('h2', { id: 'downloads' }, 'Take it with you'),
    h('p', h('a', { href: `/v1/jobs/${segment(job.id)}/report.html`, target: '_blank', rel: 'noopener' }, 'Report on one page'),
      h('span.quiet-text', ', to print, mail or keep')),
    h('ul', FILES.map(([file, title, text, name = file]) => h('li',
      h('a', { href: `/v1/jobs/${segment(job.id)}/${file}`, download: `${job.name ?? job.id}-${name}` },
        h('span.download-title', title), h('code', name), h('span.quiet-text', text))))));
}
