// The frame of every chart: title, what it says, the drawing at the width there is, and the same numbers as a table.

import { h, show } from './dom.js';
import { d3 } from './vendor.js';

/// A figure. `draw(d3, root, box)` fills an SVG group; `box` is the inner width and height. `table` is its `[head, rows]`.
/// Without d3 the table stands in for the drawing.
export function figure({ title, text, controls, height = 240, margin = {}, draw, table, label, legend }) {
  const room = { top: 12, right: 16, bottom: 40, left: 48, ...margin };
  const plot = h('div.plot', { css: { 'min-height': `${height}px` } });
  const numbers = table && h('details.numbers', h('summary', 'Numbers'), tableOf(table));
  const frame = h('figure.chart',
    h('figcaption', h('div.chart-title', h('h3', title), controls), text && h('p', text)), legend, plot, numbers);
  d3().then((library) => {
    if (!library) {
      plot.remove();
      if (numbers) numbers.open = true;
      return;
    }
    let drawn = 0;
    const render = () => {
      const width = Math.floor(plot.clientWidth);
      if (width < 40 || width === drawn) return;
      drawn = width;
      show(plot);
      const root = library.select(plot).append('svg')
        .attr('width', width).attr('height', height).attr('viewBox', `0 0 ${width} ${height}`)
        .attr('role', 'img').attr('aria-label', label ?? title);
      const group = root.append('g').attr('transform', `translate(${room.left},${room.top})`);
      draw(library, group, { width: width - room.left - room.right, height: height - room.top - room.bottom });
    };
    new ResizeObserver(render).observe(plot);
    render();
  });
  return frame;
}

export function tableOf([head, rows], caption) {
  return h('div.table-scroll', { tabindex: 0, role: 'region', 'aria-label': caption ?? 'Numbers' },
    h('table.plain', caption && h('caption', caption),
      h('thead', h('tr', head.map((text, k) => h(k === 0 ? 'th' : 'th.numeric', { scope: 'col' }, text)))),
      h('tbody', rows.map((row) => h('tr', row.map((cell, k) =>
        (k === 0 ? h('th', { scope: 'row' }, cell) : h('td.numeric', cell))))))));
}

/// Horizontal grid, the two axes without their lines, and their names.
export function axes(root, box, { x, y, bottom, left, xName, yName }) {
  if (y) {
    root.append('g').attr('class', 'grid').selectAll('line').data(y.ticks(5)).join('line')
      .attr('x2', box.width).attr('y1', y).attr('y2', y);
    const axis = root.append('g').attr('class', 'axis').call(left);
    axis.select('.domain').remove();
    if (yName) {
      root.append('text').attr('class', 'axis-name').attr('x', -44).attr('y', -1).text(yName).attr('dy', '-0.2em');
    }
  }
  if (x) {
    const axis = root.append('g').attr('class', 'axis').attr('transform', `translate(0,${box.height})`).call(bottom);
    axis.select('.domain').remove();
    root.append('line').attr('class', 'base').attr('x2', box.width).attr('y1', box.height).attr('y2', box.height);
    if (xName) {
      root.append('text').attr('class', 'axis-name').attr('x', box.width / 2).attr('y', box.height + 34)
        .attr('text-anchor', 'middle').text(xName);
    }
  }
}

/// The names of a chart's series, as text beside their marks.
export function legend(entries) {
  return h('ul.legend', entries.map(([kind, text]) => h('li', h(`span.swatch.${kind}`), text)));
}
