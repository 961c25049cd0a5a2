// One popover for explanations and one for what is under the pointer.

import { h, show } from './dom.js';

const panel = h('div.popover', { popover: 'auto', role: 'dialog' });
const hint = h('div.hint', { hidden: true, role: 'status' });
document.body.append(panel, hint);

let anchor = null;
panel.addEventListener('toggle', (event) => {
  if (event.newState !== 'closed') return;
  anchor?.setAttribute('aria-expanded', 'false');
});

function beside(element, box) {
  const gap = 6;
  const width = element.offsetWidth;
  const height = element.offsetHeight;
  const left = Math.max(8, Math.min(box.left, innerWidth - width - 8));
  const below = box.bottom + gap + height <= innerHeight;
  const top = below ? box.bottom + gap : Math.max(8, box.top - gap - height);
  element.style.left = `${left}px`;
  element.style.top = `${top}px`;
}

/// Shows `content` beside `button`; a second press hides it again.
export function openPopover(button, ...content) {
  const again = anchor === button && button.getAttribute('aria-expanded') === 'true';
  panel.hidePopover();
  if (again) return;
  anchor = button;
  show(panel, ...content);
  panel.showPopover();
  button.setAttribute('aria-expanded', 'true');
  beside(panel, button.getBoundingClientRect());
}

export function hidePopovers() {
  if (panel.matches(':popover-open')) panel.hidePopover();
  hideHint();
}

/// Shows what is at a point of a chart.
export function showHint(x, y, ...content) {
  show(hint, ...content);
  hint.hidden = false;
  beside(hint, { left: x + 14, top: y - 6, bottom: y + 10 });
}

export function hideHint() {
  hint.hidden = true;
}
