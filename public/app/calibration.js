// How well the scores find the wrong labels that the job planted itself: a plain table, and what follows for the user's labels.

import { h } from './dom.js';
import { count, number, percent, plural } from './format.js';
import { note, scoreTitle } from './scores.js';

/// How many scores are shown before the rest is folded away.
const FIRST = 6;

/// Nothing where the job planted no labels.
export function calibrationPanel(calibration) {
  if (!calibration) return null;
  const scores = calibration.scores ?? [];
  const shown = scores.filter((score, k) => k < FIRST || score.is_baseline);
  const rest = scores.filter((score) => !shown.includes(score));
  return h('section.calibration', { 'aria-labelledby': 'calibration-title' },
    h('h2', { id: 'calibration-title' }, 'Measured by planted labels ', note('Planted labels',
      `In a copy of the labels that only this analysis saw, ${plural(calibration.planted, 'label was', 'labels were')} replaced by wrong ones. They are not among the issues.`,
      `A score and a cut were chosen by ${count(calibration.planted_choosing)} of them. All figures here are of the other ${count(calibration.planted_checking)}, which had no part in the choice.`)),
    (calibration.sentences ?? []).map((sentence) => h('p', sentence)),
    table(shown, calibration),
    rest.length > 0 && h('details.settings', h('summary', `${plural(rest.length, 'more score', 'more scores')}`), table(rest, calibration)));
}

function table(scores, calibration) {
  const heads = ['AUROC', 'Average precision', 'Precision', 'Recall'];
  return h('div.table-scroll', { tabindex: 0, role: 'region', 'aria-label': 'Scores by planted labels' }, h('table.plain',
    h('caption', `Precision and recall of the ${count(calibration.planted_checking)} most suspect of ${count(calibration.examples_checking)} examples.`),
    h('thead', h('tr', h('th', { scope: 'col' }, 'Score'), heads.map((head) => h('th.numeric', { scope: 'col' }, head)))),
    h('tbody', scores.map((score) => h('tr',
      h('th', { scope: 'row' }, scoreTitle(score.score), score.score === calibration.chosen?.score && h('span.quiet-text', ' chosen')),
      h('td.numeric', number(score.auroc)),
      h('td.numeric', number(score.average_precision)),
      h('td.numeric', percent(score.precision)),
      h('td.numeric', percent(score.recall)))))));
}
