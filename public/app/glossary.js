// Every score in plain words.

import { h, add } from './dom.js';
import { allScores, explanation } from './scores.js';
import { emptyState } from './problems.js';

export async function open({ host }) {
  const scores = allScores();
  add(host,
    h('p.lead', 'A score is a fact about how networks treated an example, not a verdict about it. Each has one definition here, '
      + 'says in which direction it points, and comes with the spread to expect if everything were trained again.'),
    scores.length === 0
      ? emptyState('The service did not answer with its list of scores', 'Reload to try again.')
      : h('div.glossary', scores.map((score) => h('section', { id: `score-${score.name}` },
        h('h2', score.title ?? score.name), explanation(score.name)))));
}
