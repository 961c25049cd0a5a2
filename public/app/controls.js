// Controls for what may be set, as the API's own description lists it: a setting that is new there is new here.

import { h, show } from './dom.js';
import { getJSON } from './api.js';
import { problemPanel } from './problems.js';
import { words } from './format.js';

/// A panel that folds out; its controls are drawn when it is first opened.
///
/// `find(document)` gives the schemas by name out of openapi.json; `values` takes what is chosen, empty or null where nothing is.
export function settingsPanel(title, find, values) {
  const list = h('div.setting-list');
  const draw = async () => show(list, settings(find(await getJSON('/openapi.json')), values));
  return h('details.more-settings', {
    open: open.has(values),
    ontoggle: (event) => {
      if (event.target.open) open.add(values); else open.delete(values);
      if (event.target.open && !list.firstChild) draw().catch((error) => show(list, problemPanel(error)));
    },
  }, h('summary', title), list);
}

/// The values whose panel is open: forms are drawn anew while a file is being read.
const open = new WeakSet();

function settings(schemas, values) {
  return Object.entries(schemas).map(([name, schema]) => {
    if (schema.type === 'object') {
      values[name] ??= {};
      return h('fieldset.setting', h('legend.setting-title', words(name)), about(schema), settings(schema.properties, values[name]));
    }
    const field = control(name, schema, values[name], (value) => { values[name] = value; });
    return field && h('label.setting', h('span.setting-title', words(name)), field, about(schema));
  });
}

const about = (schema) => schema.description && h('span.quiet-text', schema.description);

/// A control for a number, a choice, a switch, a text or a list of whole numbers; nothing for what has no simple one.
function control(name, schema, value, take) {
  const choices = schema.enum?.filter((choice) => choice !== null) ?? (schema.type === 'boolean' ? [true, false] : null);
  if (choices) {
    const said = (choice) => (choice === true ? 'yes' : choice === false ? 'no' : words(choice));
    return h('select', { name, onchange: (event) => take(choices[event.target.selectedIndex - 1] ?? '') },
      h('option', { value: '', selected: !choices.includes(value) }, 'automatic'),
      choices.map((choice) => h('option', { value: String(choice), selected: choice === value }, said(choice))));
  }
  if (['integer', 'number'].includes(schema.type)) {
    return h('input.text-field', {
      type: 'number', name, value: value ?? '', placeholder: schema.default ?? 'automatic', step: schema.type === 'integer' ? 1 : 'any',
      min: schema.minimum ?? schema.exclusiveMinimum, max: schema.maximum ?? schema.exclusiveMaximum,
      oninput: (event) => take(event.target.value === '' ? '' : Number(event.target.value)),
    });
  }
  const isList = schema.type === 'array' && schema.items?.type === 'integer';
  if (schema.type !== 'string' && !isList) return null;
  return h('input.text-field', {
    type: 'text', name, value: [value ?? ''].flat().join(', '), placeholder: 'automatic', autocomplete: 'off', spellcheck: 'false',
    pattern: isList ? '\\s*\\d+(\\s*,\\s*\\d+)*\\s*' : undefined, title: isList ? 'whole numbers with commas between them' : undefined,
    oninput: (event) => {
      const text = event.target.value.trim();
      take(!isList || text === '' ? text : text.split(',').map(Number));
    },
  });
}

/// What has been chosen, without what was left out; nothing at all where nothing was chosen.
export function chosen(values) {
  const entries = Object.entries(values ?? {})
    .map(([name, value]) => [name, value !== null && typeof value === 'object' && !Array.isArray(value) ? chosen(value) : value])
    .filter(([, value]) => value !== '' && value !== null && value !== undefined);
  return entries.length > 0 ? Object.fromEntries(entries) : undefined;
}
