// How far the results can be relied upon, before any of them is shown.

import { h } from './dom.js';
import { percent, words } from './format.js';
import { note } from './scores.js';

const VERDICTS = {
  good: ['You can rely on this ranking', 'The networks learned what the classes look like, and retraining ranks the examples alike.'],
  weak: ['Take this ranking with care', 'The networks learned part of what distinguishes the classes.'],
  poor: ['Do not rely on this ranking', 'The networks learned too little for their doubts to mean much.'],
};

/// The verdict with its reasons and the three accuracies on one scale.
export function trustPanel(trust, { warnings = [], baseline } = {}) {
  if (!trust) return null;
  const [title, text] = VERDICTS[trust.level] ?? [words(trust.level), ''];
  const reasons = trust.reasons ?? [];
  return h(`section.trust.trust-${trust.level}`, { 'aria-labelledby': 'trust-title' },
    h('div.trust-words',
      h('h2', { id: 'trust-title' }, h('span.trust-mark', { 'aria-hidden': 'true' }), title,
        h('span.visually-hidden', ` (trust: ${trust.level})`)),
      reasons.length > 0 ? h('ul', reasons.map((reason) => h('li', reason))) : h('p', text),
      baseline?.sentence && h('p.trust-baseline', baseline.sentence),
      warnings.length > 0 && h('ul.trust-warnings', warnings.map((warning) =>
        h('li', typeof warning === 'string' ? warning : warning.detail ?? words(warning.code))))),
    h('div.trust-numbers', scale(trust),
      h('dl.trust-facts',
        trust.fit !== null && trust.fit !== undefined && h('div', h('dt', 'Fit ', note('Fit',
          'The accuracy of the finished networks on the examples they trained on. Training depth means something only where this is close to 100 %.')),
        h('dd', percent(trust.fit))),
        trust.majority_class >= 0.8 && typeof trust.heldout_auc === 'number' && h('div', h('dt', 'AUC ', note('AUC',
          'How well held-out networks order the examples by each class, averaged over the classes: 0.5 is chance, 1 a perfect order. Where one class is nearly everything this says more than accuracy.')),
        h('dd', trust.heldout_auc.toFixed(2))),
        trust.reliability !== null && trust.reliability !== undefined && h('div', h('dt', 'Reliability ', note('Reliability',
          'How alike two halves of the repeats rank the examples, as a rank correlation: 1 means that training everything again would give the same order.')),
        h('dd', trust.reliability.toFixed(2))))));
}

/// Chance, comparing raw inputs, and the networks, as marks on a line from 0 to 100 %.
function scale(trust) {
  const marks = [
    ['majority', 'Largest class', trust.majority_class],
    ['baseline', 'Comparing inputs', trust.input_knn_accuracy],
    ['network', 'Networks', trust.heldout_accuracy],
  ].filter(([, , value]) => value !== null && value !== undefined);
  return h('div.scale', { role: 'group', 'aria-label': 'Share of unseen labels predicted correctly' },
    h('p.scale-title', 'Unseen labels predicted correctly'),
    h('ul.scale-rows', marks.map(([kind, name, value]) => h('li',
      h('span.scale-name', name),
      h('span.scale-line', h(`span.scale-fill.scale-${kind}`, { css: { width: `${value * 100}%` } })),
      h('span.scale-value', percent(value))))));
}
