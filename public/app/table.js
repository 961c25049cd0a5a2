// All examples, sorted by any score, a page at a time.

import { h, add, show, button } from './dom.js';
import { segment } from './api.js';
import { count, groupTitle, issueTitle, number } from './format.js';
import { go, setQuery } from './address.js';
import { emptyState, guarded } from './problems.js';
import { openPopover } from './popover.js';
import { loadScores, scoreTitle, term } from './scores.js';
import { thumbnail } from './pictures.js';
import { pager } from './pager.js';
import { remember, walk } from './reading.js';

const PAGE = 50;
const FIRST_COLUMNS = ['label', 'suggested_label', 'group', 'issue_score', 'prediction_depth_heldout', 'prediction_depth_train',
  'consistency', 'forgetting_rate', 'self_confidence'];

export async function open({ host, job, dataset, results, url }) {
  const [{ columns = [] }] = await Promise.all([results.columns(), loadScores()]);
  const listed = new Map(columns.map((column) => [column.name, column]));
  const values = columns.filter((column) => column.companion === 'value' || column.companion === undefined || column.companion === null);
  const body = h('div');
  add(host, body);

  const chosen = (address) => {
    const asked = (address.searchParams.get('columns') ?? '').split(',').filter((name) => listed.has(name));
    return asked.length > 0 ? asked : FIRST_COLUMNS.filter((name) => listed.has(name));
  };
  const sorted = (address) => address.searchParams.get('sort') ?? (listed.has('issue_score') ? '-issue_score' : 'row_idx');

  async function draw(address) {
    const names = chosen(address);
    const sort = sorted(address);
    const offset = Math.max(0, Number(address.searchParams.get('offset')) || 0);
    await guarded(body, async () => {
      const fetched = [...names, ...names.map((name) => `${name}_se`).filter((name) => listed.has(name))];
      const answer = await results.scores({ offset, length: PAGE, orderby: orderOf(sort), columns: fetched });
      const rows = answer.rows ?? [];
      remember(job.id, 'the table', rows.map((row) => row.row_idx));
      show(body,
        h('div.list-head', h('h2', `${count(answer.num_rows_total)} examples`),
          h('p.quiet-text', 'Sorted by ', h('strong', title(sort.replace(/^-/, '')).toLowerCase()), sort.startsWith('-') ? ', highest first' : ', lowest first'),
          button('plain', `Columns (${names.length})`, (event) => chooseColumns(event.currentTarget, names), { 'aria-haspopup': 'dialog', 'aria-expanded': 'false' })),
        rows.length === 0 ? emptyState('No rows here') : table(rows, names, sort),
        pager({ offset, length: PAGE, total: answer.num_rows_total ?? rows.length, turn: (next) => setQuery({ offset: next || null }, { replace: false }) }));
    }, { retry: () => draw(address) });
  }

  /// The service sorts by columns; the order of the data is what it answers unasked. Undefined depths count as the deepest when sorting, so that the hardest are not hidden at the end.
  function orderOf(sort) {
    const down = sort.startsWith('-') ? '-' : '';
    const name = sort.replace(/^-/, '');
    if (!listed.has(name)) return null;
    return down + (listed.has(`${name}_filled`) ? `${name}_filled` : name);
  }

  const title = (name) => (name === 'row_idx' ? 'Row' : listed.get(name)?.title ?? scoreTitle(name));

  function sortBy(name, sort) {
    if (name === 'row_idx') {
      setQuery({ sort: name, offset: null }, { replace: false, keepScroll: true });
      return;
    }
    const hardFirst = listed.get(name)?.higher_is_harder === false ? name : `-${name}`;
    const other = hardFirst.startsWith('-') ? name : `-${name}`;
    setQuery({ sort: sort === hardFirst ? other : hardFirst, offset: null }, { replace: false, keepScroll: true });
  }

  function table(rows, names, sort) {
    const active = sort.replace(/^-/, '');
    const heading = (name, numeric) => h(numeric ? 'th.numeric' : 'th', {
      scope: 'col',
      'aria-sort': active === name ? (sort.startsWith('-') ? 'descending' : 'ascending') : null,
    }, h('span.column-head',
      h('button.sort', { type: 'button', 'data-sort': name, 'data-focus': name, onclick: () => sortBy(name, sort) }, title(name),
        h('span.sort-mark', { 'aria-hidden': 'true' }, active === name ? (sort.startsWith('-') ? '↓' : '↑') : '')),
      numeric && term(name, '?')));
    return h('div.table-scroll', { tabindex: 0, role: 'region', 'aria-label': 'Examples' }, h('table.examples',
      h('thead', h('tr', h('th', { scope: 'col' }, h('span.visually-hidden', 'Picture')), heading('row_idx'),
        names.map((name) => heading(name, listed.get(name)?.dtype !== 'category')))),
      h('tbody', rows.map((row) => {
        const address = `/jobs/${segment(job.id)}/examples/${row.row_idx}`;
        return h('tr', { onclick: (event) => { if (!event.target.closest('a, button')) go(address); } },
          h('td.picture-cell', dataset && thumbnail(dataset, row.row_idx, 40)),
          h('th', { scope: 'row' }, h('a.row-link', { href: address }, count(row.row_idx)),
            h('span.quiet-text.row-source', row.row?.source !== undefined ? String(row.row.source) : '')),
          names.map((name) => cell(row.row ?? {}, name, listed.get(name))));
      }))));
  }

  function cell(row, name, column) {
    const value = row[name];
    if (column?.dtype === 'category') {
      if (name === 'group') return h('td', value === null || value === undefined ? '–' : h('span.group-name', h(`span.dot.dot-${value}`), groupTitle(value)));
      if (name === 'issue_type') return h('td', value ? issueTitle(value) : '–');
      if (name === 'suggested_label') return h('td', value === null || value === undefined ? '–' : h('strong.suggested', value));
      return h('td', value ?? '–');
    }
    const se = row[`${name}_se`];
    return h('td.numeric', typeof value === 'number' || value === null || value === undefined ? number(value) : String(value),
      se !== null && se !== undefined && se >= 0.0005 && h('span.error', ` ±${number(se)}`));
  }

  function chooseColumns(anchor, names) {
    const picked = new Set(names);
    openPopover(anchor, h('h3', 'Columns'),
      h('div.column-choices', values.map((column) => h('label', h('input', {
        type: 'checkbox',
        checked: picked.has(column.name),
        onchange: (event) => { if (event.target.checked) picked.add(column.name); else picked.delete(column.name); },
      }), ' ', column.title ?? scoreTitle(column.name)))),
      h('p.actions', button('primary', 'Show these', () => {
        const order = values.map((column) => column.name).filter((name) => picked.has(name));
        setQuery({ columns: order.join(',') });
      }), button('quiet', 'The usual ones', () => setQuery({ columns: null }))));
  }

  await draw(url);
  return {
    async update(next) { await draw(next); return true; },
    key(event) { walk(event, [...body.querySelectorAll('.row-link')]); },
  };
}
