// Decisions about labels: one key or button each, shown at once, stored by the service, taken back by undo.

import { h, show, button } from './dom.js';
import { getJSON, postJSON, putJSON, remove, segment } from './api.js';
import { count, plural } from './format.js';
import { go } from './address.js';

/// Decision, key, what the button says, what it says once decided.
export const DECISIONS = [
  ['accept', 'a', 'Accept', 'the other label is right'],
  ['keep', 'k', 'Keep', 'the label is right'],
  ['skip', 's', 'Skip', 'nobody can tell'],
  ['exclude', 'x', 'Exclude', 'left out of the data'],
];

/// Above so many classes a list to choose from helps nobody.
const LISTED_CLASSES = 100;

/// The reviews of a job's dataset as this page knows them.
export class Reviews {
  constructor(job, dataset, results) {
    Object.assign(this, { job, dataset, results });
    this.base = `/v1/jobs/${segment(job.id)}/reviews`;
    this.changed = new Map();
    this.made = [];
    this.bars = new Map();
    this.progress = null;
    this.line = h('div.review-progress', { role: 'status' });
    this.trouble = h('p.review-trouble', { role: 'alert', hidden: true });
    this.sending = Promise.resolve();
  }

  async load() {
    const list = await getJSON(`${this.base}?length=1`);
    this.progress = { ...list.issues, decisions: list.decisions };
    this.drawProgress();
  }

  of(item) {
    return this.changed.has(item.row_idx) ? this.changed.get(item.row_idx) : item.review ?? null;
  }

  /// The buttons of one example.
  bar(item) {
    const host = h('div.review-bar', { role: 'group', 'aria-label': `Review of example ${item.row_idx}` });
    this.bars.set(item.row_idx, { host, item });
    this.drawBar(item.row_idx);
    return host;
  }

  drawBar(row) {
    const { host, item } = this.bars.get(row) ?? {};
    if (!host) return;
    const review = this.of(item);
    host.dataset.decision = review?.decision ?? '';
    show(host,
      DECISIONS.map(([decision, key, title, text]) => h('button.review-button', {
        type: 'button',
        'data-focus': decision,
        'data-decision': decision,
        'aria-pressed': String(review?.decision === decision),
        'aria-keyshortcuts': key,
        disabled: decision === 'accept' && !this.suggestion(item),
        title: decision === 'accept' && this.suggestion(item) ? `The right label is ${this.suggestion(item)}` : text,
        onclick: () => this.decide(item, decision),
      }, title, h('kbd', { 'aria-hidden': 'true' }, key))),
      this.chooser(item, review),
      review && h('span.review-state', review.decision === 'accept' ? ['relabelled ', h('strong', review.label)]
        : DECISIONS.find(([decision]) => decision === review.decision)?.[3]));
  }

  suggestion(item) {
    return item.suggested_label ?? null;
  }

  /// Another label than the suggested one.
  chooser(item, review) {
    const classes = this.dataset?.classes ?? [];
    if (classes.length < 2 || classes.length > LISTED_CLASSES) return null;
    const label = review?.decision === 'accept' ? review.label : '';
    return h('select.review-label', {
      'aria-label': 'Another label',
      'data-focus': 'label',
      onchange: (event) => event.target.value && this.decide(item, 'accept', event.target.value),
    }, h('option', { value: '' }, 'other label'),
    classes.map((name) => h('option', { value: name, selected: name === label }, name)));
  }

  decide(item, decision, label) {
    if (decision === 'accept' && !label && !this.suggestion(item)) return false;
    const next = { decision, label: decision === 'accept' ? label ?? this.suggestion(item) : null };
    this.made.push({ item, before: this.of(item) });
    this.set(item, next);
    return true;
  }

  undo() {
    const last = this.made.pop();
    if (!last) return null;
    this.set(last.item, last.before);
    return last.item.row_idx;
  }

  /// Shows a review at once and sends it; where the service refuses it, what was there before is shown again.
  set(item, next) {
    const row = item.row_idx;
    const before = this.of(item);
    this.apply(item, next);
    this.trouble.hidden = true;
    this.sending = this.sending.then(async () => {
      try {
        if (next) await putJSON(`${this.base}/${row}`, next.label ? { decision: next.decision, label: next.label } : { decision: next.decision });
        else await remove(`${this.base}/${row}`);
        this.results.reviewed(row);
      } catch (error) {
        this.apply(item, before);
        this.made = this.made.filter((step) => step.item.row_idx !== row);
        this.drawProgress();
        this.trouble.hidden = false;
        show(this.trouble, `The review of example ${count(row)} was not stored: ${error.message}`);
      }
    });
  }

  apply(item, next) {
    const before = this.of(item);
    if (this.progress) {
      const { decisions } = this.progress;
      if (before) decisions[before.decision] -= 1;
      if (next) decisions[next.decision] += 1;
      // Lists hold issues; a single example may be none.
      if (item.rank !== undefined) this.progress.reviewed += (next ? 1 : 0) - (before ? 1 : 0);
    }
    this.changed.set(item.row_idx, next);
    this.drawBar(item.row_idx);
    this.drawProgress();
  }

  drawProgress() {
    if (!this.progress) return;
    const { total, reviewed, decisions } = this.progress;
    const corrections = decisions.accept + decisions.exclude;
    show(this.line,
      h('p.review-count', h('strong', `${count(reviewed)} of ${count(total)} reviewed`),
        corrections > 0 && h('span.quiet-text', ` · ${plural(decisions.accept, 'label')} changed, ${count(decisions.exclude)} left out`)),
      h('progress', { max: Math.max(1, total), value: reviewed, 'aria-label': 'Issues reviewed' }),
      h('p.review-actions',
        button('plain', ['Undo ', h('kbd', { 'aria-hidden': 'true' }, 'u')], () => this.undo(), {
          disabled: this.made.length === 0, 'data-focus': 'undo', 'aria-keyshortcuts': 'u' }),
        h('a.plain', { href: `/v1/jobs/${segment(this.job.id)}/labels.csv`, download: `${this.job.name ?? this.job.id}-labels.csv` }, 'Corrected labels'),
        button('primary', 'Make the corrected dataset', (event) => this.make(event.currentTarget), {
          disabled: corrections === 0, 'data-focus': 'make' })),
      h('p.quiet-text.review-keys', DECISIONS.map(([, key, title]) => [h('kbd', key), ` ${title.toLowerCase()}  `]), h('kbd', 'j'), ' next  ', h('kbd', '↑'), ' back'));
  }

  async make(control) {
    control.disabled = true;
    try {
      await this.sending;
      const dataset = await postJSON(`/v1/datasets/${segment(this.job.dataset.id)}/versions`, { from_reviews: this.job.id });
      go(`/datasets/${segment(dataset.id)}`);
    } catch (error) {
      control.disabled = false;
      this.trouble.hidden = false;
      show(this.trouble, `No dataset was made: ${error.message}`);
    }
  }

  /// The item that an element belongs to, and what a key decides about it.
  key(event, row) {
    if (event.key === 'u') {
      event.preventDefault();
      return { undone: this.undo() };
    }
    const decision = DECISIONS.find(([, key]) => key === event.key)?.[0];
    if (!decision) return null;
    event.preventDefault();
    const item = this.bars.get(row)?.item;
    return item && this.decide(item, decision) ? { decided: row } : null;
  }
}
