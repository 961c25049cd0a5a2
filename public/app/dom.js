// Builds elements without markup strings: text stays text whatever a dataset's names contain, and no inline style attribute
// is ever written, as the Content-Security-Policy asks. Sizes and colours that depend on data go through `element.style`,
// which the policy allows.

const SVG = 'http://www.w3.org/2000/svg';

function fill(element, children) {
  for (const child of children.flat(Infinity)) {
    if (child === null || child === undefined || child === false || child === true) continue;
    element.append(child instanceof Node ? child : String(child));
  }
  return element;
}

function apply(element, attributes) {
  for (const [name, value] of Object.entries(attributes ?? {})) {
    if (value === null || value === undefined || value === false) continue;
    if (name.startsWith('on')) element.addEventListener(name.slice(2), value);
    else if (name === 'css') for (const [key, v] of Object.entries(value)) element.style.setProperty(key, v);
    else if (name === 'value') element.value = value;
    else element.setAttribute(name, value === true ? '' : value);
  }
}

/// `h('p.note', {title: 'x'}, 'text', child)`: an HTML element; classes follow the tag's name after dots.
export function h(tag, attributes, ...children) {
  const [name, ...classes] = tag.split('.');
  const element = document.createElement(name || 'div');
  if (classes.length) element.className = classes.join(' ');
  if (attributes instanceof Node || typeof attributes !== 'object' || Array.isArray(attributes)) {
    children.unshift(attributes);
  } else apply(element, attributes);
  return fill(element, children);
}

/// The same for an SVG element.
export function svg(tag, attributes, ...children) {
  const [name, ...classes] = tag.split('.');
  const element = document.createElementNS(SVG, name);
  if (classes.length) element.setAttribute('class', classes.join(' '));
  apply(element, attributes);
  return fill(element, children);
}

/// Appends to `host` what is not null or false; lists are flattened.
export function add(host, ...children) {
  return fill(host, children);
}

/// Replaces everything in `host`. A control with a `data-focus` name keeps the focus if its successor has the same name.
export function show(host, ...children) {
  const focused = host.contains(document.activeElement) ? document.activeElement.dataset.focus : undefined;
  host.replaceChildren();
  fill(host, children);
  if (focused) host.querySelector(`[data-focus="${CSS.escape(focused)}"]`)?.focus({ preventScroll: true });
  return host;
}

/// A button that looks and works like one; `kind` is `primary`, `plain` or `quiet`.
export function button(kind, label, onclick, attributes = {}) {
  return h(`button.${kind}`, { type: 'button', onclick, ...attributes }, label);
}

/// Calls `reach` once when `element` first comes near the visible part of the page.
export function whenNear(element, reach) {
  const observer = new IntersectionObserver((entries) => {
    if (!entries.some((entry) => entry.isIntersecting)) return;
    observer.disconnect();
    reach();
  }, { rootMargin: '300px' });
  observer.observe(element);
}

/// A resolved custom property, for canvases, which do not see the style sheet.
export function token(name) {
  return getComputedStyle(document.documentElement).getPropertyValue(name).trim();
}

/// Calls `change` when the reader switches between light and dark.
export function onTheme(change, signal) {
  matchMedia('(prefers-color-scheme: dark)').addEventListener('change', change, { signal });
}
