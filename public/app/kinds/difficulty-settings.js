// What may be asked of an analysis beyond pressing the button, and what it would cost.

import { h, show, button } from '../dom.js';
import { getJSON, postJSON } from '../api.js';
import { problemPanel } from '../problems.js';
import { chosen, settingsPanel } from '../controls.js';
import { bytes, count, duration, number, plural } from '../format.js';

/// What is folded away: title, where what is chosen is kept, and where openapi.json describes it.
const PANELS = [
  ['Network options', 'network', ({ model }) => {
    const { name, ...options } = model.oneOf.find(({ type }) => type === 'object').properties;
    return options;
  }],
  ['Training settings', 'training', ({ training }) => training.properties],
  ['How scores are computed', 'scores', ({ scores }) => scores.properties],
];

/// What people should know of a network before they choose it; one that is new to the service is offered by its name.
const NETWORKS = {
  cnn: { title: 'Convolutional network', text: 'Sharper for pictures, slower', onlyPictures: true },
  mlp: { title: 'Multi-layer perceptron', text: 'Quick, coarser' },
  linear: { title: 'Linear', text: 'Logits straight from the input: for embeddings, and to compare with' },
  resnet20: { title: 'ResNet-20', text: 'Deep: more layers to tell depths apart, many times slower', onlyPictures: true },
  resnet18: { title: 'ResNet-18', text: 'The network of the paper: hours to days on a processor', onlyPictures: true },
  vgg16: { title: 'VGG-16', text: 'Deep, without shortcuts: hours to days on a processor', onlyPictures: true },
};

/// What a reader has typed, by dataset: the form is drawn anew while a file is being read.
const typed = new Map();

/// The fields, and `read()`, the job document that they ask for.
export function jobSettings(dataset) {
  const values = typed.get(dataset.id) ?? {};
  typed.set(dataset.id, values);
  const numeric = (name, title, text, attributes) => h('label.setting', h('span.setting-title', title),
    h('input.text-field', {
      type: 'number', name, value: values[name] ?? '', 'aria-describedby': `about-${name}`,
      oninput: (event) => { values[name] = event.target.value; }, ...attributes,
    }),
    h('span.quiet-text', { id: `about-${name}` }, text));
  const element = [
    networks(dataset, values),
    h('details.more-settings', { open: values.open, ontoggle: (event) => { values.open = event.target.open; } },
      h('summary', 'More settings'),
      h('div.setting-list',
        numeric('repeats', 'Rounds', 'More rounds, smaller error bars. Empty: as many as suit the size of the data.',
          { min: 1, max: 1000, step: 1, placeholder: 'automatic' }),
        numeric('minutes', 'Time limit in minutes', 'When it is reached, the results are those of the networks there are.',
          { min: 0.1, step: 'any', placeholder: 'none' }),
        numeric('priority', 'Priority', 'Higher goes first, from −100 to 100; a point is worth an hour of waiting.',
          { min: -100, max: 100, step: 1, placeholder: '0' })),
      pictureSize(dataset)),
    (dataset.kind !== 'features' || dataset.texts?.are_all) && backbones(dataset, values),
    PANELS.map(([title, name, find]) => settingsPanel(title, (document) => find(document.components.schemas.JobRequest.properties), values[name] ??= {})),
  ];

  function read() {
    const job = { dataset: dataset.id };
    if (values.model && values.model !== 'auto') job.model = values.model;
    if (values.backbone && values.backbone !== 'auto') job.backbone = values.backbone;
    if (values.repeats) job.ensemble = { repeats: Number(values.repeats) };
    if (values.minutes) job.budget = { max_seconds: Math.max(1, Number(values.minutes) * 60) };
    if (values.priority) job.priority = Number(values.priority);
    const network = chosen(values.network);
    if (network) job.model = { name: job.model ?? 'auto', ...network };
    for (const name of ['training', 'scores']) job[name] = chosen(values[name]);
    return job;
  }
  return { element, read };
}

/// The networks that the service offers.
function networks(dataset, values) {
  const isTable = dataset.kind === 'features';
  const choice = (value, title, text) => h('label.choice',
    h('input', { type: 'radio', name: 'model', value, checked: value === (values.model ?? 'auto'), onchange: () => { values.model = value; } }),
    h('span', h('span.choice-title', title), h('span.quiet-text', text)));
  const list = h('fieldset.choices', h('legend', 'Network'),
    choice('auto', 'Automatic', dataset.texts?.are_all ? 'Small networks on what a pretrained encoder reads in the texts, where they are English' : isTable ? 'A multi-layer perceptron sized to the data' : 'The network that suits these pictures'));
  const draw = async () => {
    const { model } = (await getJSON('/openapi.json')).components.schemas.JobRequest.properties;
    const names = model.oneOf.find(({ type }) => type === 'string').enum.filter((name) => name !== 'auto' && !(isTable && NETWORKS[name]?.onlyPictures));
    list.append(...names.map((name) => choice(name, NETWORKS[name]?.title ?? name, NETWORKS[name]?.text)));
  };
  draw().catch((error) => list.append(problemPanel(error)));
  return list;
}

/// The pretrained networks that there are, and why there are none.
function backbones(dataset, values) {
  const list = h('div.setting-list');
  const draw = async () => {
    const { backbones: all, unavailable } = await getJSON('/v1/backbones');
    const [reads, lesson] = dataset.kind === 'features' ? ['texts', 'the counted words'] : ['pictures', 'the pixels'];
    const names = ['auto', 'none', ...all.filter((backbone) => backbone.reads === reads).map(({ name }) => name)];
    const backbone = names.includes(values.backbone) ? values.backbone : 'auto';
    const said = { auto: `automatic: for ${reads === 'texts' ? 'English texts' : 'photographs'}`, none: `none: train on ${lesson}` };
    show(list, h('label.setting', h('span.setting-title', 'Pretrained network'),
      h('select', { name: 'backbone', onchange: (event) => { values.backbone = event.target.value; } },
        names.map((name) => h('option', { value: name, selected: name === backbone }, said[name] ?? name))),
      h('span.quiet-text', unavailable ?? 'Each example goes through it once, and small networks are trained on what it sees in it; with it the network above is its head, and only the automatic one and the perceptron fit.')));
  };
  return h('details.more-settings', { ontoggle: (event) => { if (event.target.open && !list.firstChild) draw().catch((error) => show(list, problemPanel(error))); } },
    h('summary', 'Pretrained network'), list);
}

function pictureSize(dataset) {
  const [height, width, channels] = dataset.shape ?? [];
  if (dataset.kind === 'features' || !channels) return null;
  return h('p.quiet-text.setting-note', `Networks without a pretrained one see these pictures at ${height} × ${width} pixels. Another size is chosen when the file is sent.`);
}

/// A button that asks what an analysis would cost, and the place for the answer. `form` is checked first.
export function costButton(read, form) {
  const answer = h('div.cost', { 'aria-live': 'polite' });
  const ask = button('plain', 'What would it cost?', async () => {
    if (!form().reportValidity()) return;
    ask.disabled = true;
    show(answer, h('p.quiet-text', 'A few steps of it are being measured; this takes some seconds …'));
    try {
      show(answer, costWords(await postJSON('/v1/jobs', { ...read(), dry_run: true })));
    } catch (error) {
      show(answer, problemPanel(error));
    }
    ask.disabled = false;
  });
  return [ask, answer];
}

/// The answer of a dry run in words.
function costWords({ members, cost, model, training, budget, jobs_before: before }) {
  const networks = `${plural(members.total, 'network')} (${model.name}, ${plural(training.epochs, 'epoch')} each)`;
  if (members.to_train === 0) {
    return [h('p', h('strong', 'Almost nothing'), ': ', networks, members.total === 1 ? ' is' : ' are', ' there already, from earlier analyses.'), queue(before)];
  }
  const limited = budget?.max_seconds && cost.seconds >= budget.max_seconds * 0.999;
  return [
    h('p', h('strong', limited ? `The whole ${duration(budget.max_seconds)}` : `About ${duration(Math.max(1, cost.seconds))}`),
      limited ? ': it would take longer, and ends then with the networks there are.' : ' on this machine when it has nothing else to do.'),
    h('dl.facts',
      h('dt', 'Networks'), h('dd', networks, members.reused > 0 && `, ${count(members.reused)} of them there already`),
      h('dt', 'At once'), h('dd', plural(cost.workers, 'network'), `, ${duration(Math.max(1, cost.seconds_per_member.total))} each`),
      h('dt', 'Memory'), h('dd', bytes(cost.memory_bytes)),
      h('dt', 'Disk'), h('dd', bytes(cost.disk_bytes)),
      h('dt', 'Arithmetic'), h('dd', arithmetic(cost.flops))),
    queue(before),
  ];
}

function queue(before) {
  return before > 0 && h('p.quiet-text', `${plural(before, 'analysis', 'analyses')} ${before === 1 ? 'is' : 'are'} before it; their time comes on top.`);
}

function arithmetic(flops) {
  const units = ['million', 'billion', 'trillion', 'quadrillion'];
  const step = Math.max(0, Math.min(units.length - 1, Math.floor(Math.log10(Math.max(1, flops)) / 3) - 2));
  return `${number(flops / 10 ** (3 * step + 6))} ${units[step]} operations`;
}
