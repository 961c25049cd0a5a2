// The run itself: what is being trained, how far it is, what each network reached.

import { h, add, show, button } from './dom.js';
import { postJSON, remove, segment } from './api.js';
import { problemPanel, emptyState } from './problems.js';
import { count, duration, number, percent, plural, words } from './format.js';
import { go } from './main.js';
import { confirm } from './keys.js';
import { trustPanel } from './trust.js';
import { note } from './scores.js';

const PHASES = {
  queued: 'Waiting for its turn',
  waiting: 'Waiting for the dataset',
  members: 'Training networks',
  load: 'Reading the data',
  train: 'Training',
  probe: 'Probing the layers',
  score: 'Computing the scores',
  scores: 'Computing the scores',
  done: 'Done',
};

const phase = (name) => PHASES[name] ?? words(name);

export async function open({ host, job, results }) {
  const top = h('div');
  const members = h('section.members', { 'aria-labelledby': 'members-title' });
  const trouble = h('div');
  add(host, trouble, top, members, settings(job), notComputed(job), actions(job, trouble));

  async function draw(current) {
    show(top, status(current), current.pruning && pruning(current.pruning), current.partial && current.trust ? trustPanel(current.trust, { warnings: current.warnings }) : null);
    const list = await results.members();
    show(members,
      h('h2', { id: 'members-title' }, 'Networks ', note('The networks', job.pruning
        ? 'Each run has one network of all examples, one of those that the rule keeps and one of as many by lot, which all begin from the same weights.'
        : job.ensemble?.plan === 'threshold_samples'
        ? 'Both are trained on all labelled examples, some of which are given a class that does not exist: others in each network.'
        : job.ensemble?.plan === 'subsets'
        ? 'Each is trained on a random share of the examples and judges those it never saw. A run has one network for each share.'
        : 'Each is trained on four fifths of the examples and judges the fifth it never saw. Five of them make one round, in which every example is held out exactly once.')),
      list.length === 0 ? emptyState('None yet', 'They appear when the job starts.') : memberTable(list));
  }
  await draw(job);
  return { progress: draw };
}

function status(job) {
  const members = job.members ?? {};
  const fraction = job.progress?.fraction ?? 0;
  if (job.state === 'queued') {
    return h('section.status', { 'aria-live': 'polite' }, h('h2', 'Waiting for its turn'),
      h('p', job.queue_position > 1 ? `${plural(job.queue_position - 1, 'analysis', 'analyses')} before this one.` : 'It starts as soon as the machine is free and the dataset has been read.'));
  }
  if (job.state !== 'running') {
    return h('section.status', h('h2', { succeeded: 'Finished', failed: 'Failed', cancelled: 'Cancelled' }[job.state] ?? words(job.state)),
      h('p', `${count(members.succeeded ?? 0)} of ${plural(members.total ?? 0, 'network')} finished`,
        members.reused > 0 ? `, ${count(members.reused)} of them reused from an earlier analysis` : '',
        members.excluded > 0 ? `, ${count(members.excluded)} left out because they did not learn` : '',
        members.failed > 0 ? `, ${count(members.failed)} failed` : '',
        job.stop_reason ? `. Stopped: ${words(job.stop_reason)}.` : '.'));
  }
  return h('section.status', { 'aria-live': 'polite' },
    h('h2', phase(job.progress?.phase)),
    h('div.member-cells', { role: 'img', 'aria-label': `${members.succeeded} of ${members.total} networks done` },
      Array.from({ length: Math.min(members.total ?? 0, 200) }, (_, k) => h(`span.cell.${
        k < members.succeeded ? 'cell-done' : k < members.succeeded + members.running ? 'cell-running'
          : k < members.succeeded + members.running + members.failed ? 'cell-failed' : 'cell-queued'}`))),
    h('dl.status-facts',
      fact('Done', `${count(members.succeeded)} of ${count(members.total)}`),
      fact('Running', count(members.running)),
      fact('Overall', percent(fraction, 0)),
      fact('Time left', job.eta_seconds === null || job.eta_seconds === undefined ? 'not known yet' : `about ${duration(job.eta_seconds)}`),
      members.reused > 0 && fact('Reused', count(members.reused)),
      members.failed > 0 && fact('Failed', count(members.failed))),
    members.succeeded > 0 && h('p', 'Partial results are there already: ',
      h('a', { href: `/jobs/${segment(job.id)}?tab=issues` }, 'look at the issues so far'), '.'));
}

function fact(name, value) {
  return h('div', h('dt', name), h('dd', value));
}

function memberTable(list) {
  return h('div.table-scroll', { tabindex: 0, role: 'region', 'aria-label': 'Networks' }, h('table.plain.member-table',
    h('thead', h('tr', ['Network', 'State', 'Trained labels', 'Unseen labels', 'Time'].map((text, k) =>
      h(k > 1 ? 'th.numeric' : 'th', { scope: 'col' }, text)))),
    h('tbody', list.map((member, k) => h('tr',
      h('th', { scope: 'row' }, `${(member.index ?? k) + 1}`,
        member.split ? h('span.quiet-text', part(member.split)) : ''),
      h('td', memberState(member)),
      h('td.numeric', percent(member.train_accuracy ?? member.fit)),
      h('td.numeric', percent(member.heldout_accuracy)),
      h('td.numeric', duration(total(member.seconds))))))));
}

function part(split) {
  if (split.train_ratio !== undefined) return ` run ${split.run + 1}, trained on ${percent(split.train_ratio, 0)}`;
  if (split.set !== undefined) return ` run ${split.run + 1}, ${split.set === 'full' ? 'all examples' : `${percent(split.keep, 0)} ${split.set}`}`;
  if (split.run !== undefined) return ` run ${split.run + 1}`;
  return ` round ${split.repeat + 1}, part ${split.fold + 1}`;
}

/// What pruning costs: the accuracy of networks trained on what stays, beside as much by lot and all of it.
function pruning(job) {
  const found = job.results;
  const where = found?.evaluated_on === 'test' ? 'on the dataset’s own test examples' : 'on held-out fifths of the training examples';
  const share = (set) => (set.set === 'full' ? 'all examples' : `${percent(set.keep)} ${set.set === 'kept' ? `kept by ${job.by}` : 'by lot'}`);
  const interval = (entry) => (entry.interval ? `${percent(entry.interval[0])} to ${percent(entry.interval[1])}` : '');
  const against = (set) => {
    const entry = set.set === 'full' ? null : found.differences.find((d) => d.keep === set.keep && d.set === set.set && d.minus === 'full');
    return entry && entry.difference !== null ? [signed(entry.difference), h('span.quiet-text', entry.interval ? ` ${signed(entry.interval[0])} to ${signed(entry.interval[1])}` : '')] : '';
  };
  return h('section.pruning', { 'aria-labelledby': 'pruning-title' }, h('h2', { id: 'pruning-title' }, 'What pruning costs'),
    h('p', 'Chosen by the scores of ', h('a', { href: `/jobs/${segment(job.job)}` }, 'this analysis'),
      found ? `; accuracy ${where}, means over networks of the same seeds with 95 % intervals.` : '; no network has finished yet.'),
    found && h('div.table-scroll', { tabindex: 0, role: 'region', 'aria-label': 'Accuracies' }, h('table.plain',
      h('thead', h('tr', ['Trained on', 'Accuracy', '95 %', 'Against all'].map((text, k) => h(k > 0 ? 'th.numeric' : 'th', { scope: 'col' }, text)))),
      h('tbody', found.sets.map((set) => h('tr', h('th', { scope: 'row' }, share(set)),
        h('td.numeric', percent(set.accuracy)), h('td.numeric', interval(set)), h('td.numeric', against(set))))))));
}

const signed = (value) => `${value < 0 ? '−' : '+'}${percent(Math.abs(value))}`;

const total = (seconds) => (seconds ? Object.values(seconds).reduce((a, b) => a + b, 0) : null);

function memberState(member) {
  const progress = member.progress;
  if (member.state === 'running' && progress) {
    return h('span.member-running', h('progress', { max: 1, value: progress.fraction ?? 0, 'aria-label': 'Progress of this network' }),
      h('span.quiet-text', progress.phase === 'train' && progress.epoch ? `epoch ${progress.epoch} of ${progress.epochs}` : phase(progress.phase)));
  }
  return [h(`span.badge.state-${member.state}`, words(member.state)),
    member.reused ? h('span.quiet-text', ' reused') : null,
    member.reason ? h('span.quiet-text', ` ${member.reason}`) : null];
}

function settings(job) {
  const rows = [];
  const add = (title, object) => {
    for (const [key, value] of Object.entries(object ?? {})) {
      if (value === null || typeof value === 'object') continue;
      rows.push([`${title}: ${words(key)}`, typeof value === 'number' ? number(value) : String(value)]);
    }
  };
  add('Network', job.model);
  add('Training', job.training);
  add('Ensemble', job.ensemble);
  add('Budget', job.budget);
  if (job.priority) rows.push(['Priority', number(job.priority)]);
  add('Planted labels', job.plant);
  return h('details.settings', h('summary', 'Settings'),
    h('dl.facts', rows.map(([name, value]) => [h('dt', name), h('dd', value)]), h('dt', 'Id'), h('dd', h('code', job.id))));
}

/// Scores that the evidence does not allow: mostly of a training log that was sent in.
function notComputed(job) {
  const scores = job.not_computed ?? [];
  if (scores.length === 0) return null;
  return h('details.settings', h('summary', `${plural(scores.length, 'score')} not computed`),
    h('dl.facts', scores.map(({ score, detail }) => [h('dt', h('code', score)), h('dd', detail)])));
}

/// Takes up an analysis that ended early. The page is opened anew, because it follows only what was at work when it was opened.
async function resume(job, trouble) {
  try {
    await postJSON(`/v1/jobs/${segment(job.id)}/resume`);
    location.reload();
  } catch (error) {
    show(trouble, problemPanel(error));
  }
}

function actions(job, trouble) {
  const busy = job.state === 'running' || job.state === 'queued';
  const act = async (title, text, action, work) => {
    if (!await confirm(title, text, action)) return;
    try { await work(); } catch (error) { show(trouble, problemPanel(error)); }
  };
  return h('p.actions',
    busy
      ? button('plain', 'Cancel this analysis', () => act('Cancel this analysis?',
        'Networks that have finished are kept and can be reused; what they show stays readable.', 'Cancel it', async () => {
          await postJSON(`/v1/jobs/${segment(job.id)}/cancel`);
        }))
      : [(['failed', 'cancelled'].includes(job.state) || job.stop_reason === 'budget')
        && button('plain', 'Go on to the end of the plan', () => resume(job, trouble)),
      button('quiet', 'Delete this analysis', () => act('Delete this analysis?', 'Its scores are removed from the server. The dataset stays.', 'Delete',
        async () => { await remove(`/v1/jobs/${segment(job.id)}`); go('/'); }))]);
}
