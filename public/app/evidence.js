// The evidence about one example: votes layer by layer, its learning curve with the times it was forgotten, its neighbours,
// and the training examples that made a difference.

import { h, show } from './dom.js';
import { segment } from './api.js';
import { axes, figure, legend } from './figure.js';
import { count, number, percent, plural } from './format.js';
import { thumbnail } from './pictures.js';
import { showHint, hideHint } from './popover.js';
import { note } from './scores.js';

/// Given and suggested label keep their colours everywhere; other classes share one grey, told apart by their names.
function kindOf(label, example) {
  if (label === example.label) return 'given';
  if (label === example.suggested_label) return 'suggested';
  return 'other';
}

function order(example) {
  const rank = { given: 0, suggested: 1, other: 2 };
  return (a, b) => rank[kindOf(a[0], example)] - rank[kindOf(b[0], example)] || b[1] - a[1];
}

export function votes(example) {
  const probes = example.probes ?? [];
  if (probes.length === 0) return null;
  const column = (title, text, field) => h('div.votes-column',
    h('h3', title), h('p.quiet-text', text),
    h('ol.votes', probes.map((probe) => h('li', h('span.votes-layer', probe.name), bar(probe[field] ?? {}, example)))));
  const named = new Set(probes.flatMap((probe) => [...Object.keys(probe.heldout_votes ?? {}), ...Object.keys(probe.train_votes ?? {})]));
  return h('section.votes-section', { 'aria-labelledby': 'votes-title' },
    h('h2', { id: 'votes-title' }, 'Layer by layer ', note('Layer by layer',
      'At each layer the nearest neighbours of this example vote for a class, once in every network. Read downward, from the raw input to the network’s answer: an easy example keeps one colour throughout, a wrong label shows up only in the last layers of networks trained on it.')),
    legend([['fill-given', `${example.label ?? 'no label'} (given)`],
      ...(example.suggested_label !== null && example.suggested_label !== undefined && example.suggested_label !== example.label ? [['fill-suggested', `${example.suggested_label} (suggested)`]] : []),
      ...([...named].some((label) => kindOf(label, example) === 'other') ? [['fill-other', 'other classes']] : [])]),
    h('div.votes-columns',
      column('Networks that never saw it', 'How they see it without knowing its label', 'heldout_votes'),
      column('Networks trained on it', 'How they see it after being told its label', 'train_votes')));
}

function bar(answers, example) {
  const entries = Object.entries(answers).sort(order(example));
  const total = entries.reduce((sum, [, n]) => sum + n, 0);
  if (total === 0) return h('span.votes-bar.votes-none', 'no votes');
  return h('span.votes-bar', { role: 'img', 'aria-label': entries.map(([label, n]) => `${label} ${n} of ${total}`).join(', ') },
    entries.map(([label, n]) => h(`span.votes-part.fill-${kindOf(label, example)}`, {
      css: { 'flex-grow': String(n) },
      onpointermove: (event) => showHint(event.clientX, event.clientY, h('span.hint-words', h('strong', label), h('span', `${n} of ${plural(total, 'network')}`))),
      onpointerleave: hideHint,
    }, label)));
}

export function learningCurve(example) {
  const curve = example.learning_curve;
  if (!curve?.epoch?.length) return null;
  const train = curve.p_label_train_mean ?? [];
  const heldout = curve.p_label_heldout_mean ?? [];
  const forgotten = curve.forgotten ?? [];
  const times = forgotten.reduce((a, b) => a + (b ?? 0), 0);
  const has = (values) => values.some((v) => v !== null && v !== undefined);
  if (!has(train) && !has(heldout)) return null;
  const series = [['line-2', 'trained on it', train], ['line-1', 'never saw it', heldout]].filter(([, , values]) => has(values));
  return h('section', { 'aria-labelledby': 'curve-title' }, h('h2.visually-hidden', { id: 'curve-title' }, 'Learning curve'),
    figure({
      title: 'How its label was learned',
      text: times > 0 ? `Mean probability of “${example.label}” after each epoch. Forgotten ${plural(times, 'time')}: marks below.`
        : `Mean probability of “${example.label}” after each epoch. No network forgot it once it had learned it.`,
      height: 250,
      margin: { bottom: 56 },
      legend: legend([...series.map(([kind, title]) => [kind, `networks that ${title}`.replace('that trained', 'trained')]), ...(times > 0 ? [['forgot', 'forgotten']] : [])]),
      table: [['Epoch', ...series.map(([, title]) => title), 'Forgotten'],
        curve.epoch.map((epoch, k) => [String(epoch), ...series.map(([, , values]) => percent(values[k])), count(forgotten[k] ?? 0)])],
      draw(d3, root, box) {
        const x = d3.scaleLinear([curve.epoch[0], Math.max(curve.epoch.at(-1), curve.epoch[0] + 1)], [6, box.width - 6]);
        const y = d3.scaleLinear([0, 1], [box.height, 0]);
        const ticks = x.ticks(Math.min(curve.epoch.length, Math.floor(box.width / 44))).filter(Number.isInteger);
        axes(root, box, { x, y, bottom: d3.axisBottom(x).tickValues(ticks).tickFormat(String).tickSize(0).tickPadding(24),
          left: d3.axisLeft(y).ticks(5, '.0%').tickSize(0).tickPadding(8) });
        root.append('text').attr('class', 'axis-name').attr('x', box.width / 2).attr('y', box.height + 52).attr('text-anchor', 'middle').text('epoch');
        for (const [kind, title, values] of series) {
          const points = values.map((v, k) => ({ v, epoch: curve.epoch[k] })).filter((p) => p.v !== null && p.v !== undefined);
          root.append('path').attr('class', kind).datum(points).attr('d', d3.line().x((p) => x(p.epoch)).y((p) => y(p.v)));
          root.append('g').selectAll('circle').data(points).join('circle').attr('class', kind.replace('line', 'mark')).attr('r', 3)
            .attr('cx', (p) => x(p.epoch)).attr('cy', (p) => y(p.v))
            .on('pointermove', (p) => showHint(d3.event.clientX, d3.event.clientY, h('span.hint-words', h('strong', percent(p.v)), h('span', `epoch ${p.epoch}, ${title}`))))
            .on('pointerleave', hideHint);
        }
        const most = Math.max(1, ...forgotten);
        root.append('g').selectAll('path').data(curve.epoch.map((epoch, k) => ({ epoch, n: forgotten[k] ?? 0 })).filter((p) => p.n > 0)).join('path')
          .attr('class', 'forgot').attr('transform', (p) => `translate(${x(p.epoch)},${box.height + 13})`)
          .attr('d', (p) => { const r = 3.5 + 3.5 * p.n / most; return `M${-r} ${-r * 0.8}H${r}L0 ${r * 0.9}z`; })
          .on('pointermove', (p) => showHint(d3.event.clientX, d3.event.clientY, h('span.hint-words', h('strong', `Forgotten in ${plural(p.n, 'network')}`), h('span', `epoch ${p.epoch}`))))
          .on('pointerleave', hideHint);
      },
    }));
}

export function neighbours(example, dataset, job) {
  const list = example.neighbors ?? [];
  if (list.length === 0) return null;
  const names = new Map((example.probes ?? []).map((probe) => [probe.probe, probe.name]));
  const members = [...new Set(list.map((entry) => entry.member))].sort((a, b) => a - b);
  const rows = h('div');
  const draw = (member) => show(rows, h('ol.neighbour-rows', list.filter((entry) => entry.member === member).sort((a, b) => a.probe - b.probe)
    .map((entry) => h('li', h('span.votes-layer', names.get(entry.probe) ?? `layer ${entry.probe}`),
      h('span.neighbour-row', entry.row_idx.map((row, k) => h(`a.neighbour.edge-${kindOf(entry.label?.[k], example)}`, {
        href: `/jobs/${segment(job.id)}/examples/${row}`,
        title: `Example ${row}, labelled ${entry.label?.[k] ?? 'nothing'}, distance ${number(entry.distance?.[k])}`,
      }, thumbnail(dataset, row, 52), h('span.neighbour-label', entry.label?.[k] ?? '–'))))))));
  draw(members[0]);
  return h('section.neighbours', { 'aria-labelledby': 'neighbours-title' },
    h('div.section-head', h('div', h('h2', { id: 'neighbours-title' }, 'Its nearest neighbours'),
      h('p.quiet-text', 'What a network that never saw it holds to be most alike, at each layer. The edge shows the neighbour’s label.')),
    members.length > 1 && h('label.select', 'Network ', h('select', { onchange: (event) => draw(Number(event.target.value)) },
      members.map((member) => h('option', { value: member }, String(member + 1)))))),
    rows);
}

/// The training examples that help most to get it right; null where the job has no influence, or nothing helps.
export function influences(example, dataset, job) {
  const list = example.influence ?? [];
  if (list.length === 0) return null;
  const row = (title, significant) => {
    const entries = list.filter((entry) => entry.significant === significant);
    return entries.length > 0 && h('li', h('span.votes-layer', title), h('span.neighbour-row', entries.map((entry) => h(`a.neighbour.edge-${kindOf(entry.label, example)}`, {
      href: `/jobs/${segment(job.id)}/examples/${entry.row_idx}`,
      title: `Example ${entry.row_idx}, labelled ${entry.label ?? 'nothing'}: right ${percent(entry.value)} more often (±${number(entry.se)})`,
    }, thumbnail(dataset, entry.row_idx, 52), h('span.neighbour-label', percent(entry.value, 0))))));
  };
  return h('section.neighbours', { 'aria-labelledby': 'influence-title' },
    h('div.section-head', h('div', h('h2', { id: 'influence-title' }, 'What helps to get it right'),
      h('p.quiet-text', 'How much more often networks that never saw it are right about it when they were trained on these examples.'))),
    h('ol.neighbour-rows', row('sure', true), row('unsure', false)));
}
