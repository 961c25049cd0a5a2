// The way in: a file, or the bundled sample; below it what is already here.

import { h, add, show, button } from './dom.js';
import { follow, getJSON, upload, poll, segment } from './api.js';
import { guarded, problemPanel, emptyState } from './problems.js';
import { bytes, count, plural, shape } from './format.js';
import { jobCard, stateBadge } from './cards.js';
import { go, place } from './address.js';
import { chosen, settingsPanel } from './controls.js';

const SAMPLE = '/samples/mnist-5k.npz';

/// How the next file is to be read; what is empty is left to the service. Kept while a refused file is put right.
const options = {};

export async function open({ host, signal }) {
  place('', []);
  const panel = h('div.drop-panel');
  const jobs = h('div.recent-list');
  const datasets = h('div.recent-list');
  chooser(panel, signal);
  add(host,
    h('div.hero',
      h('div.hero-text',
        h('h1', 'Find the labels that don’t hang straight'),
        h('p.lead', 'Plumbline trains many small networks on your data and watches each example: how deep in the network it is decided, '
          + 'whether networks that never saw it agree with its label, how often it is forgotten. You get the examples that '
          + 'are easy, hard, ambiguous or mislabelled, and the reason for each.')),
      panel),
    h('div.recent',
      h('section', { 'aria-labelledby': 'recent-jobs' }, h('h2', { id: 'recent-jobs' }, 'Analyses'), jobs),
      h('section', { 'aria-labelledby': 'recent-datasets' }, h('h2', { id: 'recent-datasets' }, 'Datasets'), datasets)));
  await Promise.all([guarded(jobs, () => listJobs(jobs)), guarded(datasets, () => listDatasets(datasets))]);
  const live = async () => {
    if (await follow('/v1/events', () => listJobs(jobs), signal)) return;
    await poll(async () => (await listJobs(jobs)) ? 'same' : 'done', signal, { shortest: 3000, longest: 10000 });
  };
  live().catch((error) => {
    if (error.name !== 'AbortError') show(jobs, problemPanel(error));
  });
}

function chooser(panel, signal) {
  const input = h('input.visually-hidden', { type: 'file', id: 'file', onchange: () => send(input.files[0]) });
  const zone = h('label.drop', { for: 'file' },
    h('span.drop-title', 'Drop a labelled dataset here'),
    h('span.drop-text', 'or ', h('span.drop-link', 'choose a file')),
    h('span.drop-formats', 'a ZIP or TAR of one folder of pictures for each class, NPZ, IDX, CIFAR batches, CSV, TSV, ARFF or JSON'));
  const sample = button('plain', 'Try the MNIST sample', () => sendSample());
  const reading = settingsPanel('How to read it', (document) => Object.fromEntries(
    document.paths['/v1/datasets'].post.parameters.filter(({ name }) => name !== 'name' && name !== 'preview')
      .map(({ name, description, schema }) => [name, { ...schema, description }])), options);
  const drag = (event) => { event.preventDefault(); zone.classList.add('over'); };
  const leave = () => zone.classList.remove('over');
  show(panel, input, zone, reading, h('p.sample', sample, h('span.quiet-text', '5,000 handwritten digits, about 1 MB')));
  zone.addEventListener('dragover', drag);
  zone.addEventListener('dragleave', leave);
  zone.addEventListener('drop', (event) => {
    event.preventDefault();
    leave();
    const file = event.dataTransfer.files[0];
    if (file) send(file);
  });

  async function send(file) {
    if (file) await sending(file.name, () => file, new URLSearchParams(chosen(options)).toString());
  }

  async function sendSample() {
    await sending('mnist-5k.npz', async () => {
      const response = await fetch(SAMPLE);
      if (!response.ok) throw new Error(`this server has no sample at ${SAMPLE} (${response.status})`);
      return response.blob();
    });
  }

  async function sending(name, load, query = '') {
    const abort = new AbortController();
    signal.addEventListener('abort', () => abort.abort(), { once: true });
    const bar = h('progress', { max: 1, 'aria-label': `Upload of ${name}` });
    const text = h('p.quiet-text', { 'aria-live': 'polite' }, 'Starting …');
    show(panel, h('div.sending', h('p.drop-title', name), bar, text,
      button('plain', 'Cancel', () => { abort.abort(); chooser(panel, signal); })));
    try {
      const dataset = await upload(name, await load(), {
        query,
        signal: abort.signal,
        onProgress: (sent, total) => {
          bar.value = sent / total;
          text.textContent = sent < total ? `${bytes(sent)} of ${bytes(total)}` : 'Reading what is in it …';
          if (sent >= total) bar.removeAttribute('value');
        },
      });
      // The next file is another one.
      for (const option of Object.keys(options)) delete options[option];
      go(`/datasets/${segment(dataset.id)}`);
    } catch (error) {
      if (error.name === 'AbortError') return;
      chooser(panel, signal);
      const labels = (error.errors ?? []).filter(({ pointer }) => pointer?.startsWith('label='));
      panel.prepend(labels.length > 0 ? labelQuestion(name, labels, (label) => {
        options.label = label;
        return sending(name, load, new URLSearchParams(chosen(options)).toString());
      }) : problemPanel(error, { title: error.status === 422 ? `“${name}” cannot be used` : undefined }));
    }
  }
}

/// Several columns may be the label: asks which, and sends the file again with the answer.
function labelQuestion(name, candidates, take) {
  return h('section.notice', { role: 'alert' },
    h('h2', `Which column of “${name}” has the labels?`),
    h('p.quiet-text', 'Several columns look like labels. The others become inputs, unless they say the same as the label.'),
    h('ul.label-choices', candidates.map(({ pointer, detail }) => {
      const label = pointer.slice('label='.length);
      return h('li', button('plain', label, () => take(label)), ' ', h('span.quiet-text', detail));
    })));
}

/// Draws the jobs; answers whether one of them is still at work.
async function listJobs(host) {
  const jobs = (await getJSON('/v1/jobs')).jobs ?? [];
  show(host, jobs.length === 0
    ? emptyState('Nothing analysed yet', 'An analysis appears here as soon as you start one.')
    : h('ul.cards', jobs.slice(0, 12).map(jobCard)));
  return jobs.some((job) => job.state === 'running' || job.state === 'queued');
}

async function listDatasets(host) {
  const datasets = (await getJSON('/v1/datasets')).datasets ?? [];
  show(host, datasets.length === 0
    ? emptyState('No datasets yet', 'Drop a file above, or send one with curl:',
      h('pre', h('code', `curl -T photos.zip ${location.origin}/v1/datasets/`)))
    : h('ul.cards', datasets.slice(0, 12).map((dataset) => h('li',
      h('a.card', { href: `/datasets/${segment(dataset.id)}` },
        h('span.card-head', h('span.card-title', dataset.name ?? dataset.id), dataset.state !== 'ready' && stateBadge(dataset.state)),
        h('span.card-text', dataset.state === 'ready'
          ? `${count(dataset.num_examples)} examples in ${plural(dataset.classes?.length ?? dataset.num_classes ?? 0, 'class', 'classes')} · ${shape(dataset)}`
          : dataset.state === 'failed' ? 'Could not be read' : 'Being read …'))))));
}
