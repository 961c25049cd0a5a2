// The depth map: how deep an example is decided by networks that never saw it, against networks that trained on it.

import { h, add, show, onTheme, token } from './dom.js';
import { segment } from './api.js';
import { GROUPS, count, groupTitle, number, plural } from './format.js';
import { go, setQuery } from './address.js';
import { emptyState } from './problems.js';
import { showHint, hideHint } from './popover.js';
import { thumbnail } from './pictures.js';
import { note } from './scores.js';
import { classColour, groupColour } from './palette.js';
import { remember } from './reading.js';
import { Scatter } from './scatter.js';

const X = 'prediction_depth_heldout_rel';
const Y = 'prediction_depth_train_rel';
const BY = [['group', 'Group'], ['label', 'Given label'], ['suggested_label', 'Suggested label']];

export async function open({ host, job, dataset, results, url, signal }) {
  const [{ columns = [] }, summary] = await Promise.all([results.columns(), results.summary()]);
  const listed = new Map(columns.map((column) => [column.name, column]));
  if (!listed.has(X) || !listed.has(Y)) {
    add(host, emptyState('No depths in this analysis', 'The map needs prediction depth for both kinds of networks.'));
    return null;
  }
  const [x, y, group, label, suggested] = await Promise.all([X, Y, 'group', 'label', 'suggested_label']
    .map((name) => (listed.has(name) ? results.column(name) : null)));
  const codes = { group, label, suggested_label: suggested };
  const names = (by) => listed.get(by)?.categories ?? [];
  // With one repeat nothing has a group yet; then the labels say more.
  const standard = group?.some((code) => !Number.isNaN(code)) || !label ? 'group' : 'label';
  const by = () => (BY.some(([name]) => name === address.searchParams.get('by') && codes[name]) ? address.searchParams.get('by') : standard);
  let address = url;

  const key = h('div.key-entries');
  const colouring = h('div');
  const canvas = h('canvas.map-canvas', { tabindex: 0, role: 'application',
    'aria-label': 'Depth map. Arrow keys move from point to point, Enter opens the example.' });
  const stage = h('div.map-stage', canvas,
    h('span.map-axis-x', 'Depth without its label (held out)'), h('span.map-axis-y', 'Depth when trained on'));
  const groups = h('div');
  add(host,
    h('div.section-head',
      h('div', h('h2', 'Where each example is decided ', note('How to read this map',
        'Each point is an example. To the right, networks that never saw it need more layers before they settle; upward, the same for networks that trained on it.',
        'Depths are averages over a few networks and take few values, so the points are spread a little around theirs. Examples whose depth is undefined, because the last layer’s neighbours disagree with the network, stand in a band of their own.')),
        h('p.quiet-text', `${plural(x.length, 'example')}. Point at one to see it, click to open it.`)),
      colouring),
    key, stage, groups);

  const scatter = new Scatter(canvas, { x, y, steps: (job.model?.num_probes ?? 7) - 1, cuts: cutsOf(summary, job) });
  const describe = (i) => [
    dataset && thumbnail(dataset, i, 56),
    h('span.hint-words', h('strong', `Example ${count(i)}`),
      label && h('span', `labelled ${names('label')[label[i]] ?? 'nothing'}`),
      group && h('span', Number.isNaN(group[i]) ? 'no group' : groupTitle(names('group')[group[i]])),
      h('span', `depth ${number(x[i])} without, ${number(y[i])} with its label`)),
  ];
  const openExample = (i) => { hideHint(); go(`/jobs/${segment(job.id)}/examples/${i}`); };
  canvas.addEventListener('pointermove', (event) => {
    const box = canvas.getBoundingClientRect();
    const i = scatter.at(event.clientX - box.left, event.clientY - box.top);
    scatter.focus(i);
    canvas.classList.toggle('pointing', i >= 0);
    if (i < 0) hideHint(); else showHint(event.clientX, event.clientY, describe(i));
  });
  canvas.addEventListener('pointerleave', () => { scatter.focus(-1); hideHint(); });
  canvas.addEventListener('blur', hideHint);
  canvas.addEventListener('click', (event) => {
    const box = canvas.getBoundingClientRect();
    const i = scatter.at(event.clientX - box.left, event.clientY - box.top);
    if (i >= 0) openExample(i);
  });
  canvas.addEventListener('keydown', (event) => {
    const direction = { ArrowRight: [1, 0], ArrowLeft: [-1, 0], ArrowUp: [0, -1], ArrowDown: [0, 1] }[event.key];
    if (direction) {
      event.preventDefault();
      event.stopPropagation();
      const i = scatter.step(direction);
      const point = scatter.position(i);
      const box = canvas.getBoundingClientRect();
      if (point) showHint(box.left + point[0], box.top + point[1], describe(i));
    } else if (event.key === 'Enter' && scatter.focused >= 0) openExample(scatter.focused);
  });

  function paint() {
    const which = by();
    const categories = names(which);
    const hidden = new Set((address.searchParams.get('hide') ?? '').split(',').filter(Boolean));
    const order = which === 'group' ? GROUPS.map(([name]) => name).filter((name) => categories.includes(name)) : categories;
    const colour = (name) => (which === 'group' ? groupColour(name) : classColour(categories.indexOf(name)));
    const column = codes[which];
    const counts = new Array(categories.length + 1).fill(0);
    for (const code of column) counts[Number.isNaN(code) ? categories.length : code] += 1;
    const rest = which === 'suggested_label' ? 'None suggested' : which === 'group' ? 'No group' : 'No label';
    // Points that nobody looks for are drawn first, the suspicious ones on top.
    const layers = [{ code: NaN, name: 'none', colour: token('--faint') },
      ...[...order].sort((a, b) => counts[categories.indexOf(b)] - counts[categories.indexOf(a)])
        .map((name) => ({ code: categories.indexOf(name), name, colour: colour(name) }))];
    scatter.colour(column, layers.filter((layer) => !hidden.has(layer.name)));
    const toggle = (name) => {
      if (!hidden.delete(name)) hidden.add(name);
      setQuery({ hide: [...hidden].join(',') });
    };
    const entry = (name, title, n, paintWith) => h('button.key-entry', {
      type: 'button', 'data-focus': name, 'aria-pressed': String(!hidden.has(name)), onclick: () => toggle(name), title: hidden.has(name) ? 'Show' : 'Hide',
    }, h('span.dot', { css: { background: paintWith } }), title, h('span.chip-count', count(n)));
    const select = h('label.select', 'Colour ', h('select', { 'data-focus': 'by', onchange: (event) => setQuery({ by: event.target.value, hide: null }) },
      BY.filter(([name]) => codes[name]).map(([name, title]) => h('option', { value: name, selected: name === which }, title))));
    show(colouring, select);
    show(key,
      order.filter((name) => counts[categories.indexOf(name)] > 0).slice(0, 30).map((name) => entry(name, which === 'group' ? groupTitle(name) : name, counts[categories.indexOf(name)], colour(name))),
      counts[categories.length] > 0 && entry('none', rest, counts[categories.length], token('--faint')));
  }
  paint();
  onTheme(paint, signal);
  if (standard === 'group' && group) drawGroups(groups, { job, dataset, x, y, group, names: names('group') });
  return {
    async update(next) { address = next; paint(); return true; },
    shown() { scatter.fit(); new ResizeObserver(() => scatter.fit()).observe(stage); },
  };
}

/// Where low and high depths begin on each axis; results of earlier versions do not say, and then it is as the job asked.
function cutsOf({ group_cuts: used }, { scores }) {
  const asked = { low: scores?.group_low ?? 0.25, high: scores?.group_high ?? 0.5 };
  const of = (axis) => { const { low, high } = used?.[axis] ?? asked; return [low, high]; };
  return { x: of('heldout'), y: of('train') };
}

/// The corners in words, with the examples that show each best.
function drawGroups(host, { job, dataset, x, y, group, names }) {
  const members = GROUPS.map(([name]) => ({ name, rows: [] }));
  const at = new Map(names.map((name, code) => [code, members.find((m) => m.name === name)]));
  group.forEach((code, i) => at.get(code)?.rows.push(i));
  const depth = (i) => (Number.isNaN(x[i]) ? 1 : x[i]) + (Number.isNaN(y[i]) ? 1 : y[i]);
  show(host, h('h2', 'The corners of the map'), h('div.groups', GROUPS.map(([name, title, text], k) => {
    const { rows } = members[k];
    if (rows.length === 0) return null;
    const sign = name === 'easy' ? 1 : -1;
    rows.sort((a, b) => sign * (depth(a) - depth(b)) || a - b);
    return h('section.group', h('h3', h(`span.dot.dot-${name}`), title, h('span.chip-count', count(rows.length))), h('p', text),
      dataset && h('div.group-pictures', rows.slice(0, 10).map((i) => h('a', {
        href: `/jobs/${segment(job.id)}/examples/${i}`,
        'aria-label': `Example ${i}`,
        onclick: () => remember(job.id, title.toLowerCase(), rows),
      }, thumbnail(dataset, i, 44)))));
  })));
}
