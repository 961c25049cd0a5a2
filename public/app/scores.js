// What each score means, from the service's own manifest, as a panel behind every score's name.

import { h } from './dom.js';
import { getJSON } from './api.js';
import { number } from './format.js';
import { openPopover } from './popover.js';

const COMPANIONS = {
  se: 'Its standard error: how much the score would move if the same data were trained again with other seeds.',
  n: 'How many networks the score is a mean over.',
  lo: 'Lower end of its 95 % interval.',
  hi: 'Upper end of its 95 % interval.',
  undefined: 'In how many networks it has no value, because the last layer’s neighbours disagree with the network itself.',
  filled: 'The same with undefined values counted as the deepest, so that sorting does not hide them.',
  rel: 'The same divided by the number of the last layer, so that it runs from 0 to 1.',
};

let loading = null;
let known = new Map();

/// Loads the manifest once. The page works without it; names then stand for themselves.
export function loadScores() {
  loading ??= getJSON('/v1/scores').then((answer) => {
    const list = Array.isArray(answer) ? answer : answer.scores ?? [];
    known = new Map(list.map((score) => [score.name, score]));
  }).catch(() => { loading = null; });
  return loading;
}

export function allScores() {
  return [...known.values()];
}

/// The score of this name; a score with a column for each train ratio is known by a name that ends in {percent}.
function find(name) {
  if (known.has(name)) return known.get(name);
  const [, stem, percent] = /^(.*_)(\d+)$/.exec(name) ?? [];
  const score = known.get(`${stem}{percent}`);
  if (!score) return null;
  return Object.fromEntries(Object.entries(score).map(([key, value]) =>
    [key, typeof value === 'string' ? value.replaceAll('{percent}', percent) : value]));
}

/// The score a column belongs to, and which companion of it the column is.
export function scoreOf(name) {
  const score = find(name);
  if (score) return { score, companion: 'value' };
  for (const suffix of Object.keys(COMPANIONS)) {
    const owner = name.endsWith(`_${suffix}`) ? find(name.slice(0, -suffix.length - 1)) : null;
    if (owner) return { score: owner, companion: suffix };
  }
  return { score: null, companion: 'value' };
}

export function scoreTitle(name) {
  const { score } = scoreOf(name);
  return score?.title ?? name.replaceAll('_', ' ').replace(/^./, (c) => c.toUpperCase());
}

function direction(score) {
  if (score.dtype === 'category') return '';
  if (score.higher_is_harder === true) return 'Higher is harder.';
  if (score.higher_is_harder === false) return 'Lower is harder.';
  return 'Neither end is harder by itself.';
}

function range(score) {
  if (!Array.isArray(score.range)) return null;
  if (score.range.every((end) => end === null)) return null;
  const ends = score.range.map((end, k) => (end === null ? (k === 0 ? '−∞' : '∞') : number(end)));
  return `${ends[0]} to ${ends[1]}${score.unit ? ` ${score.unit}` : ''}`;
}

/// The explanation of a score, for a panel or the glossary.
export function explanation(name) {
  const { score, companion } = scoreOf(name);
  if (!score) return [h('p', 'The service has not said what this column means.'), h('p', h('code', name))];
  const facts = [
    ['Name', h('code', name)],
    range(score) && ['Range', range(score)],
    score.formula && ['Definition', h('span.formula', score.formula)],
    score.reference && ['From', score.reference],
  ].filter(Boolean);
  return [
    h('p', score.description ?? score.sentence ?? '', ' ', h('strong', direction(score))),
    COMPANIONS[companion] && h('p', COMPANIONS[companion]),
    h('dl.facts', facts.map(([term, value]) => [h('dt', term), h('dd', value)])),
  ];
}

/// A score's name that explains itself when pressed.
export function term(name, label = scoreTitle(name)) {
  return h('button.term', {
    type: 'button',
    'aria-haspopup': 'dialog',
    'aria-expanded': 'false',
    onclick: (event) => {
      event.stopPropagation();
      openPopover(event.currentTarget, h('h3', scoreTitle(name)), explanation(name));
    },
  }, label);
}

/// A small mark that explains anything else.
export function note(title, ...content) {
  return h('button.note', {
    type: 'button',
    'aria-haspopup': 'dialog',
    'aria-expanded': 'false',
    'aria-label': `What is this: ${title}`,
    onclick: (event) => openPopover(event.currentTarget, h('h3', title), ...content.map((text) => h('p', text))),
  }, 'i');
}
