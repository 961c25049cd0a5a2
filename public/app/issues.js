// What a finished job opens on: how far to trust it, how many labels are probably wrong, and which.

import { h, add, show, button } from './dom.js';
import { segment } from './api.js';
import { emptyState } from './problems.js';
import { ISSUE_TYPES, count, issueTitle, number, percent, plural } from './format.js';
import { setQuery } from './address.js';
import { note } from './scores.js';
import { textOf, thumbnail } from './pictures.js';
import { trustPanel } from './trust.js';
import { calibrationPanel } from './calibration.js';
import { downloads } from './downloads.js';
import { remember, walk } from './reading.js';
import { Reviews } from './review.js';
import { pager } from './pager.js';
import { axes, figure } from './figure.js';

const PAGE = 25;

/// Pages are cut from stretches of this many, so that the keys lead through more of the list than what is on the screen.
const STRETCH = 500;

export async function open({ host, job, dataset, results, url }) {
  const [all, summary] = await Promise.all([results.issues({ offset: 0, length: STRETCH }), results.summary()]);
  const list = h('div.issue-list');
  const reviews = new Reviews(job, dataset, results);
  const trust = all.trust ?? job.trust;
  const counts = { total: all.num_issues_total ?? 0, byType: summary.issues?.by_type ?? {} };
  if (all.partial && counts.total === 0 && !all.estimated_label_errors) {
    add(host, nothing(all, 0, null, job));
    return null;
  }
  add(host,
    trust ? trustPanel(trust, { warnings: job.warnings, baseline: all.baseline }) : null,
    h('div.issue-summary', headline(all, counts.total), reviewCurve(all)),
    calibrationPanel(summary.calibration),
    counts.total > 0 && h('section.review', { 'aria-label': 'Review' }, reviews.line, reviews.trouble),
    list,
    downloads(job));
  await Promise.all([draw(url), counts.total > 0 && reviews.load()]);

  async function draw(address) {
    const type = address.searchParams.get('type');
    const offset = Math.max(0, Number(address.searchParams.get('offset')) || 0);
    const from = Math.floor(offset / STRETCH) * STRETCH;
    const stretch = type || from > 0 ? await results.issues({ type, offset: from, length: STRETCH }) : all;
    const total = stretch.num_issues_total ?? 0;
    const page = (stretch.issues ?? []).slice(offset - from, offset - from + PAGE);
    remember(job.id, type ? issueTitle(type).toLowerCase() : 'issues', (stretch.issues ?? []).map((issue) => issue.row_idx));
    show(list,
      h('div.list-head', h('h2', 'Ranked by how suspicious the label is'), filters(counts, type)),
      page.length === 0 ? nothing(all, counts.total, type, job)
        : h('ol.issues', { start: offset + 1 }, page.map((issue) => row(job, dataset, issue, reviews))),
      total > 0 && pager({
        offset, length: PAGE, total,
        turn: (next) => setQuery({ offset: next || null }, { replace: false }).then(() => list.scrollIntoView()),
      }));
  }

  return {
    async update(next) { await draw(next); return true; },
    key(event) {
      const items = [...list.querySelectorAll('.issue')];
      const focused = document.activeElement?.closest?.('.issues > li')?.querySelector('.issue');
      const done = reviews.key(event, Number((focused ?? document.body).dataset.row));
      if (done?.decided !== undefined) focus(items[items.indexOf(focused) + 1] ?? focused);
      else if (done) focus(items.find((item) => Number(item.dataset.row) === done.undone));
      else if (!event.defaultPrevented) walk(event, items, { j: 1, ArrowDown: 1, ArrowUp: -1 });
    },
  };
}

function focus(item) {
  item?.focus();
  item?.scrollIntoView({ block: 'nearest' });
}

function nothing(answer, total, type, job) {
  if (answer.partial && total === 0) {
    return emptyState('No suspicions yet', 'The first round of networks has to finish before any example has been held out.');
  }
  if (type) return emptyState('None of this kind', null, button('plain', 'Show all', () => setQuery({ type: null, offset: null })));
  return emptyState('No suspicious labels found', `None of the ${count(job.dataset?.num_examples)} labels stands out.`);
}

function headline(answer, total) {
  const estimate = answer.estimated_label_errors;
  if (!estimate || estimate.value === null || estimate.value === undefined) {
    return h('section.headline', h('p.headline-text', total > 0
      ? `${plural(total, 'example')} to look at.` : 'No estimate of the number of wrong labels yet.'),
    total > 0 && !answer.partial && h('p.headline-review', 'How many labels are wrong cannot be told: the networks know too little for that. The order is still the best they have; the first ones are the likeliest.'));
  }
  const [lo, hi] = estimate.interval ?? [];
  const most = (answer.review_curve ?? []).find((point) => point.first >= 50) ?? answer.review_curve?.at(-1);
  return h('section.headline',
    h('p.headline-number', count(Math.round(estimate.value))),
    h('p.headline-text', Math.round(estimate.value) === 1 ? 'label is probably wrong' : 'labels are probably wrong',
      lo !== undefined && lo !== null ? h('span.quiet-text', `, between ${count(Math.round(lo))} and ${count(Math.round(hi))}`) : '',
      ' ', note('Where this number comes from',
        'Among the quarter of the examples that networks which never saw them are surest of, next to nothing is their own mistake: the share of labels that disagree there is the share of wrong labels, taken to be the same for the others.',
        'It is an estimate of how many there are in all, not the length of the list below.')),
    most && h('p.headline-review', `Check the first ${count(most.first)}: expect ${plural(Math.round(most.expected), 'error')}`,
      most.lo !== null && most.lo !== undefined ? `, ${count(Math.round(most.lo))} to ${count(Math.round(most.hi))}.` : '.'));
}

function reviewCurve(answer) {
  const curve = answer.review_curve ?? [];
  if (curve.length < 2) return null;
  return figure({
    title: 'What a review finds',
    text: 'Errors to expect among the first examples of this list.',
    height: 200,
    label: `Expected errors: ${curve.map((p) => `${Math.round(p.expected)} of the first ${p.first}`).join(', ')}`,
    table: [['First', 'Expected errors', 'Low', 'High'],
      curve.map((p) => [count(p.first), number(Math.round(p.expected * 10) / 10), number(p.lo), number(p.hi)])],
    draw(d3, root, box) {
      const points = [{ first: 0, expected: 0, lo: 0, hi: 0 }, ...curve];
      const x = d3.scaleLinear([0, curve.at(-1).first], [0, box.width]);
      const y = d3.scaleLinear([0, d3.max(points, (p) => p.hi ?? p.expected)], [box.height, 0]).nice();
      axes(root, box, { x, y, bottom: d3.axisBottom(x).ticks(5).tickSize(0).tickPadding(8),
        left: d3.axisLeft(y).ticks(4).tickSize(0).tickPadding(8), xName: 'examples checked' });
      const clip = Math.min(x.domain()[1], y.domain()[1]);
      root.append('path').attr('class', 'line-reference').attr('d', `M${x(0)} ${y(0)}L${x(clip)} ${y(clip)}`);
      root.append('path').attr('class', 'band').datum(points)
        .attr('d', d3.area().x((p) => x(p.first)).y0((p) => y(p.lo ?? p.expected)).y1((p) => y(p.hi ?? p.expected)));
      root.append('path').attr('class', 'line-1').datum(points).attr('d', d3.line().x((p) => x(p.first)).y((p) => y(p.expected)));
    },
  });
}

function filters({ total, byType }, type) {
  const kinds = Object.keys(ISSUE_TYPES).filter((kind) => byType[kind] > 0 || kind === type);
  if (kinds.length < 2) return null;
  const chip = (value, title, n) => h('button.chip', {
    type: 'button',
    'data-focus': value ?? 'all',
    'aria-pressed': String((type ?? null) === value),
    title: ISSUE_TYPES[value]?.[1],
    onclick: () => setQuery({ type: value, offset: null }, { replace: false, keepScroll: true }),
  }, title, h('span.chip-count', count(n)));
  return h('div.chips', { role: 'group', 'aria-label': 'Kind of issue' },
    chip(null, 'All', total), kinds.map((kind) => chip(kind, issueTitle(kind), byType[kind])));
}

function row(job, dataset, issue, reviews) {
  const suggested = issue.suggested_label;
  const own = issue.self_confidence;
  return h('li', h(`a.issue.issue-${issue.type}${dataset?.texts ? '.issue-of-text' : ''}`, { href: `/jobs/${segment(job.id)}/examples/${issue.row_idx}`, 'data-row': issue.row_idx },
    h('span.issue-rank', count(issue.rank)),
    dataset?.texts ? textOf(dataset, issue.row_idx) : h('span.issue-picture', dataset ? thumbnail(dataset, issue.row_idx, 72) : null),
    h('span.issue-words',
      h('span.issue-labels',
        h('span.label-given', h('span.label-word', 'labelled'), h('strong', issue.label ?? 'nothing')),
        suggested !== null && suggested !== undefined && h('span.label-suggested',
          h('span.label-word', 'looks like'), h('strong', suggested))),
      h('span.issue-reasons', (issue.reasons ?? []).map((reason) => h('span', reason)))),
    h('span.issue-side',
      h(`span.badge.type-${issue.type}`, issueTitle(issue.type)),
      h('span.confidence',
        confidence(issue.label, own, 'given'),
        suggested !== null && suggested !== undefined && confidence(suggested, issue.suggested_probability, 'suggested')),
      h('span.quiet-text.issue-source', issue.source ?? `row ${issue.row_idx}`))),
  reviews.bar(issue));
}

function confidence(label, value, kind) {
  if (value === null || value === undefined) return null;
  return h('span.confidence-row', { title: `Mean held-out probability of ${label}` },
    h('span.confidence-label', label),
    h('span.confidence-line', h(`span.confidence-fill.fill-${kind}`, { css: { width: `${value * 100}%` } })),
    h('span.confidence-value', percent(value, 1)));
}

