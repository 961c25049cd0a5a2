// Numbers, times and names as people read them.

const integers = new Intl.NumberFormat('en', { maximumFractionDigits: 0 });

export function count(n) {
  return n === null || n === undefined ? '–' : integers.format(n);
}

/// "1 label", "12 labels".
export function plural(n, one, many = `${one}s`) {
  return `${count(n)} ${n === 1 ? one : many}`;
}

/// A share between 0 and 1 as a percentage that never rounds up to certainty or down to nothing.
export function percent(x, digits = 1) {
  if (x === null || x === undefined || Number.isNaN(x)) return '–';
  if (x <= 0 || x >= 1) return `${Math.round(x * 100)} %`;
  const text = (x * 100).toFixed(digits);
  if (Number(text) >= 100) return `${(100 - 10 ** -digits).toFixed(digits)} %`;
  if (Number(text) === 0) return `<${(10 ** -digits).toFixed(digits)} %`;
  return `${text} %`;
}

/// A score with about three significant figures, never in exponent form within the ranges scores have.
export function number(x) {
  if (x === null || x === undefined || Number.isNaN(x)) return '–';
  if (Number.isInteger(x)) return integers.format(x).replace('-', '−');
  const size = Math.abs(x);
  const digits = size >= 100 ? 0 : size >= 10 ? 1 : size >= 1 ? 2 : 3;
  if (size > 0 && size < 0.0005) return `${x < 0 ? '>−' : '<'}0.001`;
  return x.toFixed(digits).replace('-', '−');
}

export function bytes(n) {
  if (n === null || n === undefined) return '–';
  const units = ['bytes', 'kB', 'MB', 'GB', 'TB'];
  let value = n;
  let unit = 0;
  while (value >= 1000 && unit < units.length - 1) { value /= 1000; unit += 1; }
  return `${unit === 0 ? value : value.toFixed(value < 10 ? 1 : 0)} ${units[unit]}`;
}

/// "about 2 minutes" from seconds.
export function duration(seconds) {
  if (seconds === null || seconds === undefined) return '–';
  const s = Math.round(seconds);
  if (s < 60) return `${s} s`;
  if (s < 3600) return `${Math.floor(s / 60)} min ${String(s % 60).padStart(2, '0')} s`;
  return `${Math.floor(s / 3600)} h ${String(Math.round((s % 3600) / 60)).padStart(2, '0')} min`;
}

/// "3 minutes ago", and the date once that says more.
export function ago(time) {
  if (!time) return '';
  const seconds = (Date.now() - new Date(time).getTime()) / 1000;
  if (seconds < 60) return 'just now';
  if (seconds < 3600) return `${plural(Math.floor(seconds / 60), 'minute')} ago`;
  if (seconds < 86400) return `${plural(Math.floor(seconds / 3600), 'hour')} ago`;
  return new Date(time).toLocaleDateString('en', { day: 'numeric', month: 'short', year: 'numeric' });
}

/// Whether examples came as pictures larger than networks that begin from nothing would see them.
export function arePhotographs(dataset) {
  return dataset.kind === 'images' && Math.max(...(dataset.original_sizes?.largest ?? [0])) > Math.max(...dataset.shape.slice(0, 2));
}

/// "28 × 28 pixels, grey", "pictures of up to 640 × 480 pixels", "13 numbers each" or "a text each".
export function shape(dataset) {
  const s = dataset.shape ?? [];
  if (s.length === 1 && s[0] === 0) return 'no inputs';
  if (dataset.texts?.are_all) return 'a text each';
  if (arePhotographs(dataset)) {
    const [height, width] = dataset.original_sizes.largest;
    return `pictures of up to ${width} × ${height} pixels, ${s[2] === 3 ? 'colour' : 'grey'}`;
  }
  if (dataset.kind === 'features' || s.length === 1) return `${plural(s[0] ?? 0, 'number')} each`;
  if (s.length >= 2) return `${s[0]} × ${s[1]} pixels, ${s[2] === 3 ? 'colour' : 'grey'}`;
  return '';
}

/// "looks_like_another_class" as words.
export function words(name) {
  return String(name ?? '').replaceAll('_', ' ');
}

/// The names of the depth map's corners, as headings and with what each means.
export const GROUPS = [
  ['easy', 'Easy', 'Decided in the first layers, whether the network saw the example or not.'],
  ['looks_like_another_class', 'Looks like another class',
    'Unseen, the early layers agree on another class; only the last layers memorise the given label. Wrong labels live here.'],
  ['ambiguous_without_label', 'Ambiguous without its label',
    'Unseen, the network hesitates; told the label, even its early layers follow it.'],
  ['ambiguous', 'Ambiguous', 'Late either way: damaged, rare, or two classes in one.'],
  ['intermediate', 'In between', 'Between the corners, or too close to a border to say.'],
];

export const ISSUE_TYPES = {
  mislabelled: ['Probably mislabelled', 'The networks that never saw it are confident of another class.'],
  ambiguous: ['Ambiguous', 'Two classes are both likely and the networks disagree.'],
  atypical: ['Atypical', 'No class is likely: it looks like nothing else here.'],
  duplicate_conflict: ['Conflicting duplicate', 'An identical example carries another label.'],
};

export function groupTitle(name) {
  return GROUPS.find((group) => group[0] === name)?.[1] ?? words(name);
}

export function issueTitle(name) {
  return ISSUE_TYPES[name]?.[0] ?? words(name);
}
