// d3, which draws scales and axes. It is not part of this repository: config/fetch-assets.sh puts it in place, and where it
// has not, the tables still say everything.

import { h } from './dom.js';

let loading = null;

/// d3, or null where it is not installed.
export function d3() {
  loading ??= import('/vendor/d3.min.js').then(() => globalThis.d3 ?? null, () => null);
  return loading;
}

/// Says in `host` how to get it, where it is missing.
export async function noticeIfMissing(host) {
  if (await d3() || host.querySelector('.charts-off')) return;
  host.prepend(h('aside.notice.charts-off', { role: 'note' },
    h('strong', 'Charts are off. '),
    'They are drawn with d3, which this server does not have. Install it with ',
    h('code', 'apt-get install node-d3'), ' and ', h('code', 'config/fetch-assets.sh'),
    ', then reload. The tables below hold the same numbers.'));
}
