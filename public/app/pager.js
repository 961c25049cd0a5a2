// "1 to 25 of 106" with the ways onward.

import { h, button } from './dom.js';
import { count } from './format.js';

/// `turn(offset)` is called with the first row of the page to go to.
export function pager({ offset, length, total, turn }) {
  if (total <= length && offset === 0) return h('p.pager', h('span', total > 0 ? `${count(total)} in all` : ''));
  const last = Math.max(0, Math.floor((total - 1) / length) * length);
  return h('nav.pager', { 'aria-label': 'Pages' },
    button('plain', 'First', () => turn(0), { 'data-focus': 'first', disabled: offset === 0 }),
    button('plain', 'Previous', () => turn(Math.max(0, offset - length)), { 'data-focus': 'previous', disabled: offset === 0 }),
    h('span', `${count(offset + 1)} to ${count(Math.min(total, offset + length))} of ${count(total)}`),
    button('plain', 'Next', () => turn(offset + length), { 'data-focus': 'next', disabled: offset + length >= total }),
    button('plain', 'Last', () => turn(last), { 'data-focus': 'last', disabled: offset + length >= total }));
}
