// The list the reader came from, so that one example leads to the next. Kept for this tab of the browser only.

const KEY = 'plumbline.reading';

/// Remembers the rows of a list in their order, with the address that leads back to it.
export function remember(jobId, title, rows) {
  try {
    sessionStorage.setItem(KEY, JSON.stringify({ job: jobId, title, back: location.pathname + location.search, rows: rows.slice(0, 2000) }));
  } catch { /* storage may be forbidden: then examples follow each other in the order of the data */ }
}

/// The list that holds `row` of this job, or null.
export function remembered(jobId, row) {
  try {
    const list = JSON.parse(sessionStorage.getItem(KEY) ?? 'null');
    return list?.job === jobId && list.rows.includes(row) ? list : null;
  } catch { return null; }
}

const STEPS = { j: 1, k: -1 };

/// Moves the focus among elements with the keys j and k, or with those of `steps`.
export function walk(event, elements, steps = STEPS) {
  const step = steps[event.key];
  if (!step || elements.length === 0) return;
  event.preventDefault();
  const at = elements.indexOf(document.activeElement);
  const next = at < 0 ? (step > 0 ? 0 : elements.length - 1) : Math.max(0, Math.min(elements.length - 1, at + step));
  elements[next].focus();
  elements[next].scrollIntoView({ block: 'nearest' });
}
