// Two analyses side by side: what is different between them, how alike they rank the examples, and which examples moved.

import { h, add, show, button } from './dom.js';
import { getJSON, segment } from './api.js';
import { emptyState, guarded } from './problems.js';
import { ago, count, number, percent, plural } from './format.js';
import { go, place, setQuery } from './address.js';
import { loadScores, note, scoreTitle, term } from './scores.js';
import { datasetOf } from './results.js';
import { thumbnail } from './pictures.js';

const MOVERS = 30;

export async function open({ host, url, signal }) {
  const [analyses] = await Promise.all([comparable(signal), loadScores()]);
  const head = h('div');
  const body = h('div');
  add(host, head, body);

  async function draw(address) {
    const [a, b] = named(address).map((name) => analyses.find(name) ?? (name && { id: name, name }));
    show(head, header(a, b), chooser(analyses, a, b));
    place(a && b ? `${a.name} and ${b.name}` : 'Comparison',
      [...(a?.dataset ? [[a.dataset.name ?? 'dataset', `/datasets/${segment(a.dataset.id)}`]] : []), ['Comparison']]);
    if (!a || !b) {
      show(body, emptyState('Choose two analyses', 'Of one dataset, or of versions of it: their examples are matched with each other.'));
      return;
    }
    await guarded(body, async () => {
      const query = new URLSearchParams({ jobs: `${a.id},${b.id}`, length: MOVERS });
      const mover = address.searchParams.get('movers');
      if (mover) query.set('movers', mover);
      const answer = await getJSON(`/v1/compare?${query}`, signal);
      const pictures = await Promise.all(answer.jobs.map((job) => datasetOf(job.dataset.id).catch(() => null)));
      show(body, matched(answer), changes(answer), scores(answer), movers(answer, pictures));
    }, { retry: () => draw(address) });
  }

  await draw(url);
  return { update: draw };
}

/// The two names in the address; one that is not there yet is empty.
function named(address) {
  const [a = '', b = ''] = (address.searchParams.get('jobs') ?? '').split(',').map((name) => name.trim());
  return [a, b];
}

const compareAddress = (a, b) => `/compare?${new URLSearchParams({ jobs: [a, b].filter(Boolean).join(',') })}`.replaceAll('%2C', ',');

/// The analyses that have results, and which of them are about the same examples.
async function comparable(signal) {
  const [{ jobs = [] }, { datasets = [] }] = await Promise.all([
    getJSON('/v1/jobs?max_results=1000', signal), getJSON('/v1/datasets?max_results=1000', signal)]);
  const parents = new Map(datasets.map((dataset) => [dataset.id, dataset.parent]));
  const root = (id) => {
    const seen = new Set();
    while (parents.get(id) && !seen.has(id)) { seen.add(id); id = parents.get(id); }
    return id;
  };
  const list = jobs.filter((job) => (job.revision ?? 0) > 0);
  return {
    list,
    find: (name) => list.find((job) => job.id === name) ?? list.find((job) => job.name === name),
    // What is chosen by an address may be too old for the list: everything is offered beside it then.
    beside: (job) => list.filter((other) => other.id !== job?.id && (!job?.dataset || root(other.dataset.id) === root(job.dataset.id))),
  };
}

function header(a, b) {
  return h('header.page-head', h('p.eyebrow', 'Comparison'),
    h('h1', a && b ? [a.name, h('span.quiet-text', ' and '), b.name] : 'Compare two analyses'));
}

/// Two lists to choose from; the second has what can be compared with the first.
function chooser(analyses, a, b) {
  const option = (job, chosen) => h('option', { value: job.id, selected: job.id === chosen?.id }, describe(job));
  const list = (name, title, jobs, chosen, choose) => h('label.select.compare-choice', title,
    h('select', { 'data-focus': name, onchange: (event) => choose(event.target.value) },
      !chosen && h('option', { value: '', selected: true, disabled: true }, 'Choose …'),
      chosen && !jobs.some((job) => job.id === chosen.id) && option(chosen, chosen),
      jobs.map((job) => option(job, chosen))));
  const other = analyses.beside(a);
  return h('div.compare-choices',
    list('first', 'First', analyses.list, a, (id) => {
      const next = analyses.find(id);
      const stays = b && analyses.beside(next).some((job) => job.id === b.id);
      go(compareAddress(id, stays ? b.id : ''), { keepScroll: true });
    }),
    button('quiet', '⇄', () => go(compareAddress(b.id, a.id), { keepScroll: true }),
      { disabled: !a || !b, title: 'Swap the two', 'aria-label': 'Swap the two', 'data-focus': 'swap' }),
    list('second', 'Second', other, b, (id) => go(compareAddress(a?.id ?? '', id), { keepScroll: true })),
    a && other.length === 0 && h('p.quiet-text', 'There is no other analysis of this dataset or of a version of it yet.'));
}

/// Names repeat, so an analysis is told apart by its network and time.
function describe(job) {
  return [job.name ?? job.id, job.dataset && job.dataset.name !== job.name ? `on ${job.dataset.name}` : null, job.model?.name,
    job.members?.succeeded ? plural(job.members.succeeded, 'network') : null,
    job.finished_at ?? job.created_at ? ago(job.finished_at ?? job.created_at) : null].filter(Boolean).join(', ');
}

function matched({ jobs, examples }) {
  const only = [[examples.only_first, 'first'], [examples.only_second, 'second']].filter(([n]) => n > 0);
  return h('div.compare-jobs',
    h('ul.cards', jobs.map((job, k) => h('li', h('a.card', { href: `/jobs/${segment(job.id)}` },
      h('span.card-head', h('span.card-title', job.name), h('span.badge', k === 0 ? 'First' : 'Second')),
      h('span.card-text', `${count(job.dataset.num_examples)} examples of ${job.dataset.name}, `,
        plural(job.members, 'network'), job.partial ? ' so far' : ''))))),
    h('p.quiet-text', `${plural(examples.compared, 'example')} compared, matched by their `,
      examples.matched_by === 'source' ? 'source' : 'row', '. ',
      only.map(([n, side]) => `${plural(n, 'example')} only in the ${side}. `)));
}

function changes({ jobs, changes: { settings = [], dataset, labels } }) {
  const rows = [
    ...(dataset ? [['Dataset', ...jobs.map((job) => h('a', { href: `/datasets/${segment(job.dataset.id)}` }, job.dataset.name))]] : []),
    ...settings.map(({ pointer, values }) => [h('code', pointer.slice(1).replaceAll('/', '.')), ...values.map(setting)]),
  ];
  const changed = labels?.changed ?? 0;
  return h('section', { 'aria-labelledby': 'changes' }, h('h2', { id: 'changes' }, 'What is different'),
    rows.length === 0 && changed === 0 ? h('p', 'Nothing: same data, same settings.')
      : rows.length > 0 && scrolled('What is different', h('table.plain.compare-changes',
        h('thead', h('tr', ['Setting', 'First', 'Second'].map((text) => h('th', { scope: 'col' }, text)))),
        h('tbody', rows.map(([name, ...values]) => h('tr', h('th', { scope: 'row' }, name), values.map((value) => h('td', value))))))),
    changed > 0 && h('details.compare-labels', h('summary', plural(changed, 'label'), ' changed'),
      h('ul', labels.examples.map((example) => h('li',
        links(jobs, example), ' ', h('span.quiet-text', example.source), ' ', labelChange(example.label)))),
      changed > labels.examples.length && h('p.quiet-text', `and ${count(changed - labels.examples.length)} more`)));
}

function setting(value) {
  if (value === null || value === undefined) return '–';
  if (typeof value === 'number') return number(value);
  return typeof value === 'string' ? value : JSON.stringify(value);
}

function labelChange([before, after]) {
  if (before === after) return before ?? '–';
  return [h('span.label-given', h('strong', before ?? 'no label')), ' → ', h('span.label-suggested', h('strong', after ?? 'no label'))];
}

function links(jobs, example) {
  return h('a', { href: `/jobs/${segment(jobs[1].id)}/examples/${example.row_idx[1]}` }, count(example.row_idx[1]));
}

const scrolled = (label, table) => h('div.table-scroll', { tabindex: 0, role: 'region', 'aria-label': label }, table);

function scores({ scores: list }) {
  if (list.length === 0) return emptyState('No score is in both', 'The two analyses have no score in common.');
  const shares = list[0].top_overlap.map(({ share }) => share);
  return h('section', { 'aria-labelledby': 'alike' },
    h('h2', { id: 'alike' }, 'How alike they rank the examples ', note('How alike',
      'The rank correlation (Spearman) is 1 where both put the examples in the same order and 0 where the orders have nothing to do with each other.',
      'The overlap says how many of the hardest examples of one are among the hardest of the other. By chance it would be the share itself.')),
    scrolled('Scores of both', h('table.plain.compare-scores',
      h('thead', h('tr', h('th', { scope: 'col' }, 'Score'), h('th', { scope: 'col', colspan: 2 }, 'Rank correlation'),
        shares.map((share) => h('th.numeric', { scope: 'col' }, `Hardest ${percent(share, 0)} in both`)),
        h('th.numeric', { scope: 'col' }, 'Examples'))),
      h('tbody', list.map((score) => h('tr', h('th', { scope: 'row' }, term(score.name, score.title ?? scoreTitle(score.name))),
        h('td.bar-cell', score.spearman > 0 && h('span.bar', { css: { width: `${score.spearman * 100}%` } })),
        h('td.numeric', score.spearman === null ? '–' : score.spearman.toFixed(2).replace('-', '−')),
        score.top_overlap.map(({ overlap }) => h('td.numeric', percent(overlap, 0))),
        h('td.numeric.quiet-text', count(score.n))))))));
}

function movers({ jobs, scores: list, movers: answer }, pictures) {
  const names = list.map((score) => score.name);
  const heading = h('h2', { id: 'movers' }, 'Biggest movers ', note('Biggest movers',
    'Each analysis puts all examples in an order, from 0 % (easiest) to 100 % (hardest). Listed are those whose place changed most.'));
  const choose = h('label.select', 'by ', h('select', { 'data-focus': 'movers', onchange: (event) => setQuery({ movers: event.target.value }) },
    !answer && h('option', { value: '', selected: true, disabled: true }, 'Choose …'),
    list.map((score) => h('option', { value: score.name, selected: score.name === answer?.score }, score.title ?? scoreTitle(score.name)))));
  const moved = (answer?.examples ?? []).filter(({ rank: [before, after] }) => before !== after);
  return h('section.compare-movers', { 'aria-labelledby': 'movers' },
    h('div.list-head', heading, names.length > 0 && choose),
    !answer ? emptyState('No score to go by', 'Choose one that both analyses have.')
      : moved.length === 0 ? emptyState('Nothing moved', 'Both put the examples in the same order.')
        : scrolled('Biggest movers', h('table.examples',
          h('thead', h('tr', h('th', { scope: 'col' }, h('span.visually-hidden', 'Picture')), h('th', { scope: 'col' }, 'Example'),
            h('th', { scope: 'col' }, 'Label'), h('th.numeric', { scope: 'col' }, 'First'), h('th.numeric', { scope: 'col' }, 'Second'),
            h('th', { scope: 'col' }, 'Easiest to hardest'), h('th', { scope: 'col' }, 'Became'))),
          h('tbody', moved.map((example) => mover(jobs, pictures, example))))));
}

function mover(jobs, [, dataset], example) {
  const [before, after] = example.rank;
  const addresses = jobs.map((job, k) => `/jobs/${segment(job.id)}/examples/${example.row_idx[k]}`);
  return h('tr', { onclick: (event) => { if (!event.target.closest('a, button')) go(addresses[1]); } },
    h('td.picture-cell', dataset && thumbnail(dataset, example.row_idx[1], 40)),
    h('th', { scope: 'row' }, h('a.row-link', { href: addresses[1] }, count(example.row_idx[1])), h('span.quiet-text.row-source', example.source)),
    h('td', labelChange(example.label)),
    example.value.map((value, k) => h('td.numeric', h('a.compare-value', { href: addresses[k] }, number(value)))),
    h('td', h('span.shift', { role: 'img', 'aria-label': `from ${percent(before, 0)} to ${percent(after, 0)}` },
      h('span.shift-line', { css: { left: `${Math.min(before, after) * 100}%`, width: `${Math.abs(after - before) * 100}%` } }),
      h('span.shift-from', { css: { left: `${before * 100}%` } }), h('span.shift-to', { css: { left: `${after * 100}%` } }))),
    h('td.compare-became', after > before ? 'harder' : 'easier', h('span.quiet-text', ` ${percent(before, 0)} → ${percent(after, 0)}`)));
}
