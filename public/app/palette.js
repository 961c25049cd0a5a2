// Colours for classes and groups. The groups' are in the style sheet, so that light and dark each have their own; classes
// take ten hues that stay apart for colour-blind readers, and further ones around the circle.

import { token } from './dom.js';

const CLASSES = ['#4477aa', '#ee7733', '#228833', '#cc3377', '#aa9a00', '#33bbbb', '#8855bb', '#bb5533', '#7a8a99', '#e05fa8'];

export function classColour(k) {
  if (k < CLASSES.length) return CLASSES[k];
  const hue = (k * 137.508) % 360;
  return `hsl(${hue.toFixed(1)} 55% ${k % 2 ? 45 : 60}%)`;
}

export function groupColour(name) {
  return token(`--group-${name.replaceAll('_', '-')}`) || token('--muted');
}
