// What was recognised in a dataset, and the button that analyses it.

import { h, show, button } from './dom.js';
import { getJSON, postJSON, poll, remove, segment } from './api.js';
import { guarded, problemPanel } from './problems.js';
import { arePhotographs, count, percent, plural, shape, words } from './format.js';
import { go, place } from './address.js';
import { jobCard } from './cards.js';
import { textOf, thumbnail } from './pictures.js';
import { confirm } from './keys.js';
import { datasetOf } from './results.js';
import { OFFERED } from './kinds.js';

const PAGE = 238;

export async function open({ host, parameters: [id], signal }) {
  let dataset = await datasetOf(id);
  place(dataset.name ?? id, [[dataset.name ?? id]]);
  draw(host, dataset, signal);
  if (dataset.state === 'ingesting') {
    poll(async () => {
      const next = await datasetOf(dataset.id);
      const moved = next.state !== dataset.state || next.progress?.fraction !== dataset.progress?.fraction;
      dataset = next;
      if (moved) draw(host, dataset, signal);
      return dataset.state !== 'ingesting' ? 'done' : moved ? 'changed' : 'same';
    }, signal).catch((error) => { if (error.name !== 'AbortError') show(host, problemPanel(error)); });
  }
}

function draw(host, dataset, signal) {
  const name = dataset.name ?? dataset.id;
  const heading = h('header.page-head', h('p.eyebrow', 'Dataset'), h('h1', name));
  if (dataset.state === 'failed') {
    const error = dataset.error ?? {};
    show(host, heading, h('section.problem', { role: 'alert' }, h('h2', 'This dataset could not be read'),
      h('p', error.detail ?? 'The service did not say why.'),
      error.errors?.length > 0 && h('ul.problem-places', error.errors.slice(0, 8).map((place) =>
        h('li', h('code', place.pointer), ' ', place.detail))),
      h('p.actions', button('plain', 'Remove it', () => deleteDataset(dataset)), h('a', { href: '/' }, 'Back to the start'))));
    return;
  }
  if (dataset.state !== 'ready') {
    const fraction = dataset.progress?.fraction ?? dataset.progress;
    show(host, heading, h('section.reading', h('h2', 'Reading the file'),
      h('progress', { max: 1, value: typeof fraction === 'number' ? fraction : null, 'aria-label': 'Reading' }),
      h('p.quiet-text', 'Every example is checked, scaled and given a thumbnail. You can start the analysis now; it waits for this.'),
      analyse(dataset)));
    return;
  }
  const classes = dataset.classes ?? [];
  heading.append(h('p.lead', `${plural(dataset.num_examples, 'example')} in ${plural(classes.length, 'class', 'classes')}, ${shape(dataset)}.`,
    dataset.splits?.test > 0 ? ` ${count(dataset.splits.train)} to train on and ${count(dataset.splits.test)} set apart as its own test split.` : ''));
  if (dataset.parent) {
    const { labels_changed: changed = 0, examples_excluded: excluded = 0 } = dataset.corrections ?? {};
    heading.append(h('p.facts-line', h('span', 'A version of ', h('a', { href: `/datasets/${segment(dataset.parent)}` }, 'another dataset'),
      ` with ${plural(changed, 'label')} changed and ${plural(excluded, 'example')} left out`)));
  }
  const jobs = h('div');
  show(host, heading, warnings(dataset),
    h('div.dataset-columns',
      h('section.dataset-pictures', { 'aria-labelledby': 'pictures' },
        howItWasRead(dataset),
        h('h2', { id: 'pictures' }, dataset.texts ? 'The first texts' : dataset.kind === 'features' && !dataset.has_pictures ? 'The first examples' : 'Pictures'), gallery(dataset)),
      h('div.dataset-side',
        analyse(dataset),
        h('section', { 'aria-labelledby': 'classes' }, h('h2', { id: 'classes' }, 'Classes'), classTable(dataset)),
        jobs,
        h('p.actions', button('quiet', 'Delete this dataset', () => deleteDataset(dataset))))));
  guarded(jobs, () => analyses(jobs, dataset, signal));
}

function warnings(dataset) {
  const list = dataset.warnings ?? [];
  if (list.length === 0) return null;
  return h('aside.notice.warning', { role: 'note' }, h('strong', plural(list.length, 'thing'), ' worth knowing'),
    h('ul', list.map((warning) => h('li', warning.detail ?? words(warning.code),
      warning.places?.length > 0 && h('details', h('summary', 'Where'),
        h('ul', warning.places.map((place) => h('li', h('code', place)))))))));
}

const CHOSEN = {
  named: 'as you said', usual_name: 'by its name', last_column: 'the last column, which looks like labels',
  first_column: 'the first column, which looks like labels',
};
const REASONS = {
  determines_label: 'determines the label', row_number: 'numbers the rows', file_name: 'names of files',
  split_marker: 'names parts of the dataset', id: 'names the rows', constant: 'always the same', empty: 'no values',
  nested: 'objects', asked: 'as you said',
};
const ROLES = {
  passed_over: 'passed over', 'split:train': 'to train on', 'split:test': 'for testing', unlabelled: 'without labels, left out',
};

/// What the file was taken for, with the option of the upload that says otherwise.
function howItWasRead(dataset) {
  const { reading } = dataset;
  if (!reading) return null;
  const { label, columns, folders, split, scale } = reading;
  const lines = [
    label?.column && CHOSEN[label.chosen] && h('p', 'The labels are in ', h('code', label.column), `, ${CHOSEN[label.chosen]}.`,
      label.candidates?.length > 1 && label.chosen !== 'named' && h('span.quiet-text', ` Others that look like labels: ${label.candidates.filter((name) => name !== label.column).join(', ')}.`)),
    split && columns && h('p', 'What is for testing is said by ', h('code', split), '.'),
    scale?.rule === 'stretched' && h('p', `Values from ${scale.from[0]} to ${scale.from[1]} became pixels from ${scale.to[0]} to ${scale.to[1]}.`),
    columns?.length > 0 && h('table.plain.reading-columns',
      h('thead', h('tr', ['Column', 'Is', 'Otherwise'].map((text) => h('th', { scope: 'col' }, text)))),
      h('tbody', columns.slice(0, 60).map((column) => h('tr',
        h('th', { scope: 'row', title: column.examples.join(', ') }, column.name || '(no name)'),
        h('td', column.role === 'ignored' ? `left out: ${REASONS[column.reason] ?? words(column.reason)}`
          : column.role === 'input' ? `input, ${column.kind}` : column.role,
        column.reason === 'determines_label' && column.role === 'input' && ' that determines the label',
        column.missing > 0 && column.role !== 'ignored' && h('span.quiet-text', `, ${count(column.missing)} missing`)),
        h('td', column.undo && h('code', column.undo)))))),
    columns?.length > 60 && h('p.quiet-text', `and ${columns.length - 60} more columns`),
    folders?.some(({ role }) => role !== 'class') && h('ul.reading-folders', folders.filter(({ role }) => role !== 'class').slice(0, 20).map((folder) =>
      h('li', h('code', folder.path), ` ${ROLES[folder.role] ?? folder.role}`))),
  ].filter(Boolean);
  if (lines.length === 0) return null;
  return h('section', { 'aria-labelledby': 'reading' }, h('h2', { id: 'reading' }, 'How it was read'), lines,
    h('p.quiet-text', 'To have it read otherwise send the file again with an option, under “How to read it”. ',
      h('a', { href: '/manual/?page=reading' }, 'More about reading')));
}

/// The number of examples of each class over all splits, whichever way the service counts them.
function totals(dataset) {
  const classes = dataset.classes ?? [];
  const counts = dataset.class_counts ?? {};
  const parts = Array.isArray(counts) ? [counts] : Array.isArray(Object.values(counts)[0]) ? Object.values(counts) : [classes.map((c) => counts[c] ?? 0)];
  return classes.map((_, k) => parts.reduce((sum, part) => sum + (part[k] ?? 0), 0));
}

function classTable(dataset) {
  const classes = dataset.classes ?? [];
  const counts = totals(dataset);
  const most = Math.max(1, ...counts);
  const rows = classes.map((name, k) => h('tr', h('th', { scope: 'row' }, name),
    h('td.bar-cell', h('span.bar', { css: { width: `${counts[k] / most * 100}%` } })),
    h('td.numeric', count(counts[k])),
    h('td.numeric.quiet-text', percent(counts[k] / Math.max(1, dataset.num_examples)))));
  const table = (some) => h('table.class-bars',
    h('thead.visually-hidden', h('tr', ['Class', 'Share', 'Examples', 'Of all'].map((t) => h('th', { scope: 'col' }, t)))),
    h('tbody', some));
  return [table(rows.slice(0, 20)),
    rows.length > 20 && h('details', h('summary', `${rows.length - 20} more classes`), table(rows.slice(20))),
    dataset.missing_labels > 0 && h('p.quiet-text', `${plural(dataset.missing_labels, 'example')} without a label`)];
}

function gallery(dataset) {
  const features = dataset.kind === 'features' && !dataset.has_pictures;
  const photographs = arePhotographs(dataset);
  const grid = h(`div.gallery${photographs ? '.gallery-photographs' : dataset.texts ? '.gallery-texts' : features ? '.gallery-strips' : ''}`);
  let next = 0;
  const more = button('plain', 'Show more', () => add());
  function add() {
    const end = Math.min(dataset.num_examples, next + (features ? 48 : photographs ? 70 : PAGE));
    for (; next < end; next += 1) grid.append(dataset.texts ? textOf(dataset, next) : thumbnail(dataset, next, features ? 56 : photographs ? 104 : 48, { consecutive: true }));
    more.hidden = next >= dataset.num_examples;
  }
  add();
  return [grid, h('p.actions', more)];
}

function analyse(dataset) {
  if (dataset.shape?.length === 1 && dataset.shape[0] === 0) {
    return h('p.quiet-text', 'These examples came with a training log, without their inputs: there is nothing to train on.');
  }
  const answer = h('div');
  const settings = OFFERED.jobSettings(dataset);
  const [cost, told] = OFFERED.costButton(settings.read, () => form);
  const form = h('form.analyse', {
    onsubmit: async (event) => {
      event.preventDefault();
      const press = form.querySelector('button.primary');
      press.disabled = true;
      show(answer);
      try {
        const job = await postJSON('/v1/jobs', settings.read());
        go(`/jobs/${segment(job.id)}`);
      } catch (error) {
        press.disabled = false;
        show(answer, problemPanel(error));
      }
    },
  },
  h('h2', 'Analyse'),
  h('p', 'Small networks are trained in rounds. Each round holds every example out once, so that each is judged by networks that never saw it.'),
  settings.element,
  h('button.primary.large', { type: 'submit' }, 'Analyse this dataset'), cost,
  told, answer);
  return form;
}

async function analyses(host, dataset, signal) {
  const answer = await getJSON(`/v1/jobs?dataset=${segment(dataset.id)}`, signal);
  const jobs = (answer.jobs ?? []).filter((job) => job.dataset?.id === dataset.id);
  if (jobs.length > 0) show(host, h('section', h('h2', 'Analyses of it'), h('ul.cards', jobs.slice(0, 6).map(jobCard))));
}

async function deleteDataset(dataset) {
  const name = dataset.name ?? dataset.id;
  if (!await confirm(`Delete “${name}”?`, 'The file’s contents and its thumbnails are removed from the server. Finished analyses keep their scores only as long as their dataset.', 'Delete')) return;
  try {
    await remove(`/v1/datasets/${segment(dataset.id)}`);
    go('/');
  } catch (error) {
    document.querySelector('.pane').prepend(problemPanel(error));
  }
}
