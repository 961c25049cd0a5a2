// What an example looks like: a tile of a sprite sheet, its own picture, or, where an example is a row of numbers, those numbers
// as a strip of bars.

import { h, svg, whenNear } from './dom.js';
import { getJSON, segment } from './api.js';
import { number } from './format.js';

/// Above this many sheets a page of scattered examples would fetch megabytes for a few tiles; then each is fetched by itself.
const MOST_SHEETS = 8;

function tile(dataset, i, size) {
  const { columns, rows } = dataset.thumbnails;
  const perSheet = columns * rows;
  const sheet = Math.floor(i / perSheet);
  const at = i % perSheet;
  // The last sheet may have fewer rows than the others; its picture's own height is then not known here, so the position
  // is given in pixels and only the width is scaled.
  return h('span.tile', {
    role: 'img',
    'aria-label': `Example ${i}`,
    css: {
      width: `${size}px`,
      height: `${size}px`,
      'background-image': `url("${dataset.thumbnails.href.replace('{sheet}', sheet)}")`,
      'background-size': `${columns * size}px auto`,
      'background-position': `${-(at % columns) * size}px ${-Math.floor(at / columns) * size}px`,
    },
  });
}

function image(dataset, i, size) {
  const small = dataset.kind !== 'features' && Math.max(...(dataset.shape ?? [64]).slice(0, 2)) <= 64;
  return h(`img.picture${small ? '.small-original' : ''}`, {
    src: `/v1/datasets/${segment(dataset.id)}/examples/${i}/image${dataset.original_sizes ? '?size=256' : ''}`,
    alt: `Example ${i}`,
    loading: 'lazy',
    decoding: 'async',
    width: size,
    height: size,
  });
}

/// A picture for a list, `size` pixels a side.
export function thumbnail(dataset, i, size = 40, { consecutive = false } = {}) {
  if (dataset.texts) return textSnippet(dataset, i, size);
  if (dataset.kind === 'features' && !dataset.has_pictures) return valueStrip(dataset, i, size);
  const sheets = dataset.thumbnails?.sheets ?? 0;
  if (sheets > 0 && (consecutive || sheets <= MOST_SHEETS) && size <= 64) return tile(dataset, i, size);
  return image(dataset, i, size);
}

/// The picture itself, as large as there is room for.
export function largePicture(source, i) {
  const small = (source.width ?? 0) <= 64;
  return h(`img.large-picture${small ? '.small-original' : ''}`, {
    src: source.src, alt: `Example ${i}`, width: source.width, height: source.height,
  });
}

const rows = new Map();
const statistics = new Map();

function rowOf(dataset, i) {
  const key = `${dataset.id} ${i}`;
  if (!rows.has(key)) rows.set(key, getJSON(`/v1/datasets/${segment(dataset.id)}/examples/${i}`));
  return rows.get(key);
}

/// The text of an example, fetched when it is near the screen; a text of several columns has a line each.
export function textOf(dataset, i, { length = 400 } = {}) {
  const host = h('span.example-text');
  whenNear(host, async () => {
    try {
      const text = (await rowOf(dataset, i)).text ?? '';
      host.append(text.length > length ? `${text.slice(0, length)}…` : text);
    } catch { host.classList.add('missing'); }
  });
  return host;
}

/// The beginning of a text where there is room for a picture only.
function textSnippet(dataset, i, size) {
  const text = textOf(dataset, i, { length: 90 });
  text.classList.add('text-snippet');
  text.style.setProperty('width', `${size * 2}px`);
  text.style.setProperty('height', `${size}px`);
  return text;
}

/// The numbers of one example and, where the service has them, each column's name, mean and spread.
export async function valuesOf(dataset, i) {
  const base = `/v1/datasets/${segment(dataset.id)}`;
  if (!statistics.has(dataset.id)) statistics.set(dataset.id, getJSON(`${base}/statistics`).catch(() => null));
  const [example, about] = await Promise.all([rowOf(dataset, i), statistics.get(dataset.id)]);
  const values = example.features ?? [];
  const { mean = [], std = [] } = about?.statistics?.features ?? {};
  return values.map((value, j) => ({
    name: dataset.feature_names?.[j] ?? `x${j}`,
    value,
    deviation: std[j] > 0 && value !== null ? (value - mean[j]) / std[j] : null,
  }));
}

/// Up to 24 values as bars around their column's mean: enough to see that two rows differ, and where.
function valueStrip(dataset, i, size) {
  const host = h('span.strip', { role: 'img', 'aria-label': `Example ${i}`, css: { width: `${size}px`, height: `${size}px` } });
  whenNear(host, async () => {
    try {
      const values = (await valuesOf(dataset, i)).slice(0, 24);
      const extent = Math.max(1, ...values.map((v) => Math.abs(v.value ?? 0)));
      const width = 40 / Math.max(1, values.length);
      host.title = values.slice(0, 6).map((v) => `${v.name} ${number(v.value)}`).join(', ');
      host.append(svg('svg', { viewBox: '0 0 40 40', width: size, height: size, 'aria-hidden': 'true' },
        svg('path.strip-zero', { d: 'M0 20H40' }),
        values.map((v, j) => {
          const relative = v.deviation === null ? (v.value ?? 0) / extent : Math.max(-1, Math.min(1, v.deviation / 2.5));
          const length = Math.max(0.6, Math.abs(relative) * 18);
          return svg(relative < 0 ? 'rect.strip-low' : 'rect.strip-high', {
            x: j * width + width * 0.12, width: width * 0.76, y: relative < 0 ? 20 : 20 - length, height: length,
          });
        })));
    } catch { host.classList.add('missing'); }
  });
  return host;
}

/// All values of an example as a table with the distance from each column's mean.
export async function valueTable(dataset, i) {
  const values = await valuesOf(dataset, i);
  return h('table.values',
    h('caption', `The ${values.length} values of this example`),
    h('thead', h('tr', h('th', { scope: 'col' }, 'Column'), h('th.numeric', { scope: 'col' }, 'Value'),
      h('th', { scope: 'col' }, 'From the mean'))),
    h('tbody', values.map((v) => h('tr',
      h('th', { scope: 'row' }, v.name),
      h('td.numeric', number(v.value)),
      h('td', v.deviation === null ? '–' : deviationBar(v.deviation))))));
}

function deviationBar(deviation) {
  const clipped = Math.max(-3, Math.min(3, deviation));
  return h('span.deviation', { title: `${number(deviation)} standard deviations` },
    h('span.deviation-fill', {
      css: { left: `${50 + Math.min(0, clipped) / 6 * 100}%`, width: `${Math.abs(clipped) / 6 * 100}%` },
    }));
}
