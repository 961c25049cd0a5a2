// One example: the picture, the labels, the sentence that says why, and the evidence behind each of them.

import { h, add, show } from './dom.js';
import { getJSON, segment } from './api.js';
import { count, groupTitle, issueTitle, number, plural } from './format.js';
import { go, place } from './address.js';
import { emptyState } from './problems.js';
import { loadScores, scoreOf, scoreTitle, term } from './scores.js';
import { datasetOf, resultsOf } from './results.js';
import { largePicture, valueTable } from './pictures.js';
import { remembered } from './reading.js';
import { noticeIfMissing } from './vendor.js';
import { Reviews } from './review.js';
import { votes, learningCurve, neighbours, influences } from './evidence.js';

/// In the order in which they explain an example; what else the service sends follows.
const FIRST = ['issue_score', 'self_confidence', 'normalized_margin', 'consistency', 'prediction_depth_heldout', 'prediction_depth_train',
  'forgetting_rate', 'never_learned', 'memorization', 'cumulative_binary_loss'];

export async function open({ host, parameters: [id, row], signal }) {
  const [job] = await Promise.all([getJSON(`/v1/jobs/${segment(id)}`, signal), loadScores()]);
  const [example, dataset] = await Promise.all([resultsOf(job).example(segment(row)), datasetOf(job.dataset.id)]);
  const i = example.row_idx;
  const jobName = job.name ?? job.id;
  place(`Example ${i} of ${jobName}`, [[job.dataset?.name ?? 'dataset', `/datasets/${segment(job.dataset.id)}`], [jobName, `/jobs/${segment(id)}`], [`Example ${count(i)}`]]);

  const reviews = new Reviews(job, dataset, resultsOf(job));
  const list = remembered(job.id, i);
  const at = list ? list.rows.indexOf(i) : i;
  const rowAt = (k) => (list ? list.rows[k] : k >= 0 && k < dataset.num_examples ? k : undefined);
  const address = (k) => (rowAt(k) === undefined ? null : `/jobs/${segment(id)}/examples/${rowAt(k)}`);
  const back = list?.back ?? `/jobs/${segment(id)}`;

  add(host,
    h('nav.example-nav', { 'aria-label': 'Examples' },
      h('a', { href: back }, list ? `Back to ${list.title}` : 'Back to the analysis'),
      h('span.example-steps',
        step(address(at - 1), '←', 'Previous example'),
        h('span.quiet-text', list ? `${count(at + 1)} of ${count(list.rows.length)} in ${list.title}` : `row ${count(i)} of ${count(dataset.num_examples)}`),
        step(address(at + 1), '→', 'Next example'))),
    example.partial && h('p.notice.partial', 'Partial: more networks are still to finish.'),
    h('div.example-top', h('div.example-picture', picture(example, dataset, i)), words(example, i, reviews)),
    sections(example, dataset, job));
  noticeIfMissing(host);

  return {
    key(event) {
      if (reviews.key(event, i)) return;
      const to = { ArrowLeft: address(at - 1), ArrowRight: address(at + 1), Escape: back }[event.key];
      if (to) { event.preventDefault(); go(to); }
    },
  };
}

function step(href, sign, title) {
  return href ? h('a.step', { href, title, 'aria-label': title }, sign) : h('span.step.step-off', { 'aria-hidden': 'true' }, sign);
}

function picture(example, dataset, i) {
  if (example.image) return largePicture(example.image, i);
  if (typeof example.text === 'string') return h('blockquote.example-text.whole-text', example.text);
  const room = h('div.values-room');
  valueTable(dataset, i).then((table) => show(room, table), (error) => show(room, h('p.quiet-text', error.message)));
  return room;
}

function words(example, i, reviews) {
  const { label, suggested_label: suggested, group } = example;
  return h('div.example-words',
    h('p.eyebrow', `Example ${count(i)}`, example.split ? ` · ${example.split}` : '', example.source ? ` · ${example.source}` : '', example.id ? ` · id ${example.id}` : ''),
    h('h1.example-labels',
      h('span.label-given', h('span.label-word', 'labelled'), ' ', h('strong', label ?? 'nothing')),
      suggested !== null && suggested !== undefined && suggested !== label && [' ', h('span.label-suggested', h('span.label-word', 'looks like'), ' ', h('strong', suggested))]),
    h('p.badges', group && h('span.badge', h(`span.dot.dot-${group}`), groupTitle(group)),
      example.issue_type && h(`span.badge.type-${example.issue_type}`, issueTitle(example.issue_type))),
    example.why ? h('p.why', example.why) : null,
    reviews.bar(example), reviews.trouble,
    finals(example));
}

/// What the finished networks say, in one line each.
function finals(example) {
  const final = example.final_predictions;
  if (!final) return null;
  const line = (title, answers) => {
    const entries = Object.entries(answers ?? {}).sort((a, b) => b[1] - a[1]);
    if (entries.length === 0) return null;
    const total = entries.reduce((sum, [, n]) => sum + n, 0);
    return h('div', h('dt', title), h('dd', entries.map(([label, n], k) => [k > 0 ? ', ' : '', h('strong', label), ` (${count(n)} of ${count(total)})`])));
  };
  return h('dl.finals', line('Networks that never saw it say', final.heldout), line('Networks trained on it say', final.train));
}

function sections(example, dataset, job) {
  const parts = [votes(example), learningCurve(example), neighbours(example, dataset, job), influences(example, dataset, job), scores(example)].filter(Boolean);
  if (parts.length === 0) return emptyState('No evidence yet', 'The first networks have to finish. Come back in a moment.');
  return h('div.example-evidence', parts);
}

function scores(example) {
  const all = Object.entries(example.scores ?? {});
  if (all.length === 0) return null;
  const rank = (name) => { const k = FIRST.indexOf(name); return k < 0 ? FIRST.length : k; };
  all.sort((a, b) => rank(a[0]) - rank(b[0]));
  return h('section.scores-section', { 'aria-labelledby': 'scores-title' }, h('h2', { id: 'scores-title' }, 'Scores'),
    h('div.score-list', all.map(([name, score]) => scoreRow(name, score))));
}

function scoreRow(name, entry) {
  const score = typeof entry === 'object' && entry !== null ? entry : { value: entry };
  const range = scoreOf(name).score?.range;
  const details = [
    score.interval ? `${number(score.interval[0])} to ${number(score.interval[1])}` : score.se !== null && score.se !== undefined ? `±${number(score.se)}` : null,
    score.n ? `from ${plural(score.n, 'network')}` : null,
    score.undefined ? `undefined in ${count(score.undefined)}` : null,
  ].filter(Boolean);
  return h('div.score', h('span.score-name', term(name, scoreTitle(name))),
    h('span.score-value', number(score.value)),
    errorBar(score, range),
    h('span.score-details.quiet-text', details.join(', ')));
}

/// The value on the score's range with its error bar; nothing where the range is open.
function errorBar(score, range) {
  if (!Array.isArray(range) || range.some((end) => end === null) || score.value === null || score.value === undefined) return h('span.range.range-open');
  const [low, high] = range;
  const part = (v) => Math.max(0, Math.min(1, (v - low) / (high - low || 1))) * 100;
  const ends = score.interval ?? (score.se !== null && score.se !== undefined ? [score.value - score.se, score.value + score.se] : null);
  return h('span.range', { role: 'img', 'aria-label': `${number(score.value)} on a scale from ${number(low)} to ${number(high)}` },
    ends && h('span.range-error', { css: { left: `${part(ends[0])}%`, width: `${part(ends[1]) - part(ends[0])}%` } }),
    h('span.range-mark', { css: { left: `${part(score.value)}%` } }));
}

