// The list of keyboard shortcuts.

import { h, button } from './dom.js';

const KEYS = [
  ['1 … 6', 'open a tab of a job'],
  ['j  k', 'next and previous row of the table'],
  ['j  ↓  ↑', 'next and previous issue'],
  ['a  k  s  x', 'about the focused issue, or in an example: accept the other label, keep the label, skip, exclude'],
  ['u', 'undo the last review'],
  ['Enter', 'open the focused example'],
  ['←  →', 'in an example: the one before and after in the list you came from; on the map: move between points'],
  ['Esc', 'close a panel; in an example, back to the list'],
  ['?', 'this list'],
];

export function openKeys() {
  if (document.querySelector('dialog[open]')) return;
  const dialog = h('dialog.dialog', { 'aria-labelledby': 'keys-title' },
    h('h2', { id: 'keys-title' }, 'Keyboard'),
    h('dl.keys', KEYS.map(([key, text]) => [
      h('dt', key.split('  ').map((part) => h('kbd', part))), h('dd', text)])),
    h('p.actions', button('primary', 'Close', () => dialog.close())));
  dialog.addEventListener('close', () => dialog.remove());
  document.body.append(dialog);
  dialog.showModal();
}

/// Asks before something that cannot be undone. Resolves to true or false.
export function confirm(title, text, action) {
  return new Promise((resolve) => {
    const dialog = h('dialog.dialog', { 'aria-labelledby': 'confirm-title' },
      h('h2', { id: 'confirm-title' }, title), h('p', text),
      h('p.actions',
        button('danger', action, () => dialog.close('yes')),
        button('plain', 'Keep it', () => dialog.close('no'), { autofocus: true })));
    dialog.addEventListener('close', () => { dialog.remove(); resolve(dialog.returnValue === 'yes'); });
    document.body.append(dialog);
    dialog.showModal();
  });
}
