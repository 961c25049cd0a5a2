// The job as a whole: depth, accuracy and learning in charts, each with its numbers as a table.

import { h, add, show } from './dom.js';
import { axes, figure, legend, tableOf } from './figure.js';
import { GROUPS, count, duration, number, percent, plural, words } from './format.js';
import { emptyState } from './problems.js';
import { showHint, hideHint } from './popover.js';
import { loadScores, note, scoreTitle, term } from './scores.js';
import { setQuery } from './address.js';

export async function open({ host, results, url }) {
  const [summary] = await Promise.all([results.summary(), loadScores()]);
  const names = Object.keys(summary.histograms ?? {}).filter((name) => summary.histograms[name]?.counts?.length);
  if (names.length === 0) {
    add(host, emptyState('Nothing to draw yet', 'The first round of networks has to finish.'));
    return null;
  }
  const slot = h('div');
  const histogramOf = (address) => {
    const asked = address.searchParams.get('score');
    const name = names.includes(asked) ? asked : names.includes('prediction_depth_heldout') ? 'prediction_depth_heldout' : names[0];
    show(slot, histogram(name, names, summary.histograms[name]));
  };
  histogramOf(url);
  add(host,
    h('div.charts', slot, accuracyByDepth(summary), probeAccuracy(summary), learning(summary), losses(summary)),
    classes(summary), confusion(summary), middleLayers(summary), reliability(summary), timings(summary));
  return { async update(next) { histogramOf(next); return true; } };
}

function histogram(name, names, { edges, counts, undefined: none = 0 }) {
  const total = counts.reduce((a, b) => a + b, 0) + none;
  const select = h('select', { 'aria-label': 'Score', 'data-focus': 'score', onchange: (event) => setQuery({ score: event.target.value }) },
    names.map((option) => h('option', { value: option, selected: option === name }, scoreTitle(option))));
  return figure({
    title: 'How the examples are spread',
    controls: select,
    text: ['', term(name, 'What this score means')],
    label: `Histogram of ${scoreTitle(name)}`,
    table: [[scoreTitle(name), 'Examples'],
      [...counts.map((n, k) => [`${number(edges[k])} to ${number(edges[k + 1])}`, count(n)]), ...(none ? [['undefined', count(none)]] : [])]],
    draw(d3, root, box) {
      const gap = none > 0 ? Math.min(64, box.width * 0.16) : 0;
      const x = d3.scaleLinear([edges[0], edges.at(-1)], [0, box.width - gap]);
      const y = d3.scaleLinear([0, Math.max(none, d3.max(counts))], [box.height, 0]).nice();
      axes(root, box, { x, y, bottom: d3.axisBottom(x).ticks(6).tickSize(0).tickPadding(8),
        left: d3.axisLeft(y).ticks(5).tickFormat(d3.format('~s')).tickSize(0).tickPadding(8), xName: scoreTitle(name), yName: 'examples' });
      const bars = counts.map((n, k) => ({ n, left: x(edges[k]) + 1, right: x(edges[k + 1]) - 1, text: `${number(edges[k])} to ${number(edges[k + 1])}` }));
      if (none > 0) bars.push({ n: none, left: box.width - gap + 14, right: box.width, text: 'undefined', kind: 'bar-undefined' });
      root.append('g').selectAll('rect').data(bars).join('rect')
        .attr('class', (b) => b.kind ?? 'bar-1').attr('x', (b) => b.left).attr('width', (b) => Math.max(1, b.right - b.left))
        .attr('y', (b) => (b.n > 0 ? Math.min(y(b.n), box.height - 2) : box.height)).attr('height', (b) => (b.n > 0 ? Math.max(2, box.height - y(b.n)) : 0))
        .attr('rx', 1.5)
        .each(function listen(b) { hover(this, () => [h('strong', b.text), h('span', `${plural(b.n, 'example')}, ${percent(b.n / total)}`)]); });
      if (none > 0) {
        root.append('text').attr('class', 'tick-name').attr('x', box.width - (gap - 14) / 2).attr('y', box.height + 17)
          .attr('text-anchor', 'middle').text('undef.');
      }
    },
  });
}

function hover(element, content) {
  element.addEventListener('pointermove', (event) => showHint(event.clientX, event.clientY, h('span.hint-words', content())));
  element.addEventListener('pointerleave', hideHint);
}

function accuracyByDepth(summary) {
  const bins = (summary.accuracy_by_depth ?? []).filter((bin) => bin.n > 0 && bin.accuracy !== null);
  if (bins.length === 0) return null;
  return figure({
    title: 'Accuracy by depth',
    text: 'Share of unseen labels predicted, by held-out depth, with 95 % intervals.',
    label: `Accuracy by depth: ${bins.map((bin) => `${percent(bin.accuracy)} at ${bin.from} to ${bin.to}`).join(', ')}`,
    table: [['Depth', 'Examples', 'Accuracy', 'From', 'To'],
      bins.map((bin) => [`${number(bin.from)} to ${number(bin.to)}`, count(bin.n), percent(bin.accuracy), percent(bin.interval?.[0]), percent(bin.interval?.[1])])],
    draw(d3, root, box) {
      const x = d3.scaleLinear([bins[0].from, bins.at(-1).to], [0, box.width]);
      const y = d3.scaleLinear([Math.min(0.9, d3.min(bins, (bin) => bin.interval?.[0] ?? bin.accuracy)), 1], [box.height, 0]).nice();
      axes(root, box, { x, y, bottom: d3.axisBottom(x).ticks(bins.length).tickSize(0).tickPadding(8),
        left: d3.axisLeft(y).ticks(5, '.0%').tickSize(0).tickPadding(8), xName: 'held-out depth, layers' });
      const middle = (bin) => x((bin.from + bin.to) / 2);
      root.append('path').attr('class', 'line-faint').datum(bins).attr('d', d3.line().x(middle).y((bin) => y(bin.accuracy)));
      root.append('g').selectAll('line').data(bins.filter((bin) => bin.interval)).join('line').attr('class', 'whisker')
        .attr('x1', middle).attr('x2', middle).attr('y1', (bin) => y(bin.interval[0])).attr('y2', (bin) => y(bin.interval[1]));
      root.append('g').selectAll('circle').data(bins).join('circle').attr('class', 'mark-1').attr('r', 5)
        .attr('cx', middle).attr('cy', (bin) => y(bin.accuracy))
        .each(function listen(bin) { hover(this, () => [h('strong', percent(bin.accuracy)), h('span', `of ${plural(bin.n, 'example')} at depth ${bin.from} to ${bin.to}`)]); });
    },
  });
}

/// Lines over shared places on the x axis; a series is `[kind, title, values]`.
function lines({ title, text, series, places, xName, percentages, mark, rotate }) {
  const shown = series.filter(([, , values]) => values?.some((v) => v !== null && v !== undefined));
  if (shown.length === 0) return null;
  const value = (v) => (percentages ? percent(v) : number(v));
  const tilted = rotate && places.some((place) => String(place).length > 6);
  return figure({
    title, text,
    height: tilted ? 264 : 240,
    margin: tilted ? { bottom: 64 } : {},
    legend: legend(shown.map(([kind, name]) => [kind, name])),
    table: [[xName, ...shown.map(([, name]) => name)], places.map((place, k) => [String(place), ...shown.map(([, , values]) => value(values[k]))])],
    draw(d3, root, box) {
      const x = d3.scalePoint(places.map((_, k) => k), [0, box.width]).padding(0.4);
      const all = shown.flatMap(([, , values]) => values).filter((v) => v !== null && v !== undefined);
      const y = d3.scaleLinear(percentages ? [Math.min(0.9, d3.min(all)), 1] : [0, d3.max(all)], [box.height, 0]).nice();
      const every = Math.ceil(places.length / (box.width / (rotate ? 36 : 28)));
      axes(root, box, { x, y,
        bottom: d3.axisBottom(x).tickValues(places.map((_, k) => k).filter((k) => k % every === 0)).tickFormat((k) => places[k]).tickSize(0).tickPadding(8),
        left: d3.axisLeft(y).ticks(5, percentages ? '.0%' : undefined).tickSize(0).tickPadding(8), xName: tilted ? null : xName });
      if (tilted) root.selectAll('.axis:last-of-type .tick text').attr('transform', 'rotate(-35) translate(-6,2)').attr('text-anchor', 'end');
      if (mark >= 0) {
        root.append('line').attr('class', 'marker').attr('x1', x(mark)).attr('x2', x(mark)).attr('y2', box.height);
        root.append('text').attr('class', 'tick-name').attr('x', x(mark) + 5).attr('y', 10).text('t*');
      }
      for (const [kind, name, values] of shown) {
        const points = values.map((v, k) => ({ v, k })).filter(({ v }) => v !== null && v !== undefined);
        root.append('path').attr('class', kind.replace('swatch-', '')).datum(points).attr('d', d3.line().x((p) => x(p.k)).y((p) => y(p.v)));
        root.append('g').selectAll('circle').data(points).join('circle').attr('class', kind.replace('line', 'mark')).attr('r', 3.2)
          .attr('cx', (p) => x(p.k)).attr('cy', (p) => y(p.v))
          .each(function listen(p) { hover(this, () => [h('strong', value(p.v)), h('span', `${name}, ${places[p.k]}`)]); });
      }
    },
  });
}

function probeAccuracy(summary) {
  const probes = summary.probe_accuracy ?? [];
  return lines({
    title: 'What each layer knows',
    text: 'Accuracy of the vote of the nearest neighbours at each layer.',
    series: [['line-1', 'Unseen examples', probes.map((p) => p.heldout)], ['line-2', 'Trained examples', probes.map((p) => p.train)]],
    places: probes.map((p) => p.name), xName: 'layer', percentages: true, rotate: true,
  });
}

function learning(summary) {
  const curves = summary.learning_curves ?? {};
  const epochs = (curves.heldout_accuracy ?? []).map((_, k) => k + 1);
  return lines({
    title: 'Learning',
    text: 'Mean accuracy of the networks after each epoch.',
    series: [['line-1', 'Unseen labels', curves.heldout_accuracy], ['line-2', 'Trained labels', curves.train_accuracy]],
    places: epochs, xName: 'epoch', percentages: true,
  });
}

function losses(summary) {
  const curves = summary.learning_curves ?? {};
  const epochs = (curves.heldout_loss ?? []).map((_, k) => k + 1);
  return lines({
    title: 'Loss, and the epoch labels are judged at',
    text: ['Label quality is read from the mean of the epochs up to t* by which unseen examples are predicted best: training longer memorises wrong labels.'],
    series: [['line-1', 'Unseen examples', curves.heldout_loss], ['line-2', 'Trained examples', curves.train_loss]],
    places: epochs, xName: 'epoch', mark: epochs.indexOf(summary.t_star?.epoch),
  });
}

function classes(summary) {
  const rows = summary.depth_by_class ?? [];
  if (rows.length === 0) return null;
  const deepest = Math.max(0.001, ...rows.map((row) => row.mean_depth_heldout ?? 0));
  return h('section', h('h2', 'Class by class'), h('div.table-scroll', { tabindex: 0, role: 'region', 'aria-label': 'Class by class' },
    h('table.plain.class-table',
      h('thead', h('tr', h('th', { scope: 'col' }, 'Class'), h('th.numeric', { scope: 'col' }, 'Examples'),
        h('th.numeric', { scope: 'col' }, term('prediction_depth_heldout', 'Mean depth')), h('th', { scope: 'col' }, h('span.visually-hidden', 'Depth as a bar')),
        h('th.numeric', { scope: 'col' }, term('consistency', 'Consistency')), h('th.numeric', { scope: 'col' }, 'Issues'),
        h('th.numeric', { scope: 'col' }, 'Wrong labels, estimated'))),
      h('tbody', rows.map((row) => h('tr', h('th', { scope: 'row' }, row.label), h('td.numeric', count(row.n)),
        h('td.numeric', number(row.mean_depth_heldout)),
        h('td.bar-cell', h('span.bar', { css: { width: `${(row.mean_depth_heldout ?? 0) / deepest * 100}%` } })),
        h('td.numeric', percent(row.consistency)),
        h('td.numeric', h(row.issues > 0 ? 'strong' : 'span', count(row.issues))),
        h('td.numeric', number(row.estimated_label_errors))))))));
}

function confusion(summary) {
  const { labels = [], suggested = [] } = summary.confusion ?? {};
  if (labels.length === 0 || labels.length > 40) return null;
  const most = Math.max(1, ...suggested.flatMap((row, a) => row.filter((_, b) => a !== b)));
  return h('section', h('h2', 'Given against suggested ', note('Given against suggested',
    'Each row is a given label, each column the class that networks which never saw the example prefer. What is off the diagonal is where labels and networks part.')),
  h('div.table-scroll', { tabindex: 0, role: 'region', 'aria-label': 'Given against suggested labels' }, h('table.confusion',
    h('caption.visually-hidden', 'Rows: given label. Columns: suggested label.'),
    h('thead', h('tr', h('th.corner', { scope: 'col' }, 'given ↓  suggested →'), labels.map((label) => h('th', { scope: 'col' }, label)))),
    h('tbody', suggested.map((row, a) => h('tr', h('th', { scope: 'row' }, labels[a]), row.map((n, b) =>
      h(a === b ? 'td.same' : 'td', { css: a === b || n === 0 ? {} : { '--heat': `${Math.round(12 + 62 * n / most)}%` }, class: a !== b && n > 0 ? 'hot' : null }, n === 0 ? '·' : count(n)))))))));
}

function reliability(summary) {
  const entries = Object.entries(summary.reliability ?? {}).filter(([, r]) => r && (r.spearman_brown ?? r.rho) !== null);
  if (entries.length === 0) return null;
  entries.sort((a, b) => (b[1].spearman_brown ?? 0) - (a[1].spearman_brown ?? 0));
  return h('section', h('h2', 'How repeatable each score is ', note('How repeatable each score is',
    'The networks are split into halves of whole rounds, and each half ranks the examples. The rank correlation says how alike the two orders are, corrected to the full number of rounds; the overlaps say the same of the top of the list, which a correlation can hide.')),
  tableOf([['Score', 'Rank correlation', 'Overlap of the top 1 %', 'of the top 5 %'],
    entries.map(([name, r]) => [term(name), number(r.spearman_brown ?? r.rho), percent(r.top1, 0), percent(r.top5, 0)])]));
}

/// What answering with an earlier layer's neighbours would gain, and for whom.
function middleLayers(summary) {
  const found = summary.middle_layers;
  if (!found) return null;
  const points = (share) => `${share > 0 ? '+' : ''}${(share * 100).toFixed(2)}`;
  const heading = h('h2', 'Would an earlier layer answer better? ', note('Would an earlier layer answer better?',
    'Where an example is decided late, the neighbours at a middle layer are sometimes right where the network is not. The rule is chosen on one half of the held-out examples and measured on the other; the interval is a bootstrap over examples.'));
  if (!found.rule) {
    return h('section', heading, h('p', 'No rule that answers with a middle layer\u2019s vote gained anything on the half it was tuned on.'));
  }
  const { rule, gain_interval: [low, high] } = found;
  const groups = GROUPS.map(([name, title]) => [title, found.groups[name]]).filter(([, group]) => group);
  return h('section', heading,
    h('p', `Answering with the vote of \u201c${rule.name}\u201d where the depth is at least ${rule.depth_from} and ${percent(rule.share_from, 0)} of the neighbours agree changes held-out accuracy by ${points(found.gain)} points (${points(low)} to ${points(high)}): ${plural(found.repaired, 'answer')} set right, ${count(found.spoiled)} spoiled.`),
    groups.length > 0 && tableOf([['Group', 'Answers', 'Network right', 'Rule right'],
      groups.map(([title, group]) => [title, count(group.pairs), percent(group.network_accuracy), percent(group.rule_accuracy)])]));
}

function timings(summary) {
  const entries = Object.entries(summary.timings ?? {}).filter(([, seconds]) => typeof seconds === 'number');
  if (entries.length === 0) return null;
  return h('section', h('h2', 'Where the time went'),
    h('dl.facts', entries.map(([name, seconds]) => [h('dt', words(name)), h('dd', duration(seconds))])));
}
