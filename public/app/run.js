// The run itself: what is being trained, how far it is, what each network reached.

import { h, add, show, button } from './dom.js';
import { postJSON, remove, segment } from './api.js';
import { problemPanel, emptyState } from './problems.js';
import { count, duration, number, percent, plural, words } from './format.js';
import { go } from './address.js';
import { confirm } from './keys.js';
import { trustPanel } from './trust.js';
import { note } from './scores.js';
import { kindOf } from './kinds.js';

const PHASES = {
  queued: 'Waiting for its turn',
  waiting: 'Waiting for the dataset',
  load: 'Reading the data',
  embed: 'Showing the pictures to the pretrained network',
  train: 'Training',
  probe: 'Probing the layers',
  score: 'Computing the scores',
  scores: 'Computing the scores',
  done: 'Done',
};

const phase = (name, job) => (name === 'members' ? kindOf(job).doing : PHASES[name] ?? words(name));

const capital = (text) => text.charAt(0).toUpperCase() + text.slice(1);

export async function open({ host, job, results }) {
  const { members: about, unit, panel } = kindOf(job);
  const title = capital(unit[1]);
  const top = h('div');
  const members = h('section.members', { 'aria-labelledby': 'members-title' });
  const trouble = h('div');
  add(host, trouble, top, members, settings(job), notComputed(job), actions(job, trouble));

  async function draw(current) {
    show(top, status(current), panel(current), current.partial && current.trust ? trustPanel(current.trust, { warnings: current.warnings }) : null);
    const list = await results.members();
    show(members,
      h('h2', { id: 'members-title' }, title, ' ', note(title, about(job))),
      list.length === 0 ? emptyState('None yet', 'They appear when the job starts.') : memberTable(list, job));
  }
  await draw(job);
  return { progress: draw };
}

function status(job) {
  const members = job.members ?? {};
  const fraction = job.progress?.fraction ?? 0;
  const { unit } = kindOf(job);
  if (job.state === 'queued') {
    return h('section.status', { 'aria-live': 'polite' }, h('h2', 'Waiting for its turn'),
      h('p', job.queue_position > 1 ? `${plural(job.queue_position - 1, 'analysis', 'analyses')} before this one.` : 'It starts as soon as the machine is free and the dataset has been read.'));
  }
  if (job.state !== 'running') {
    return h('section.status', h('h2', { succeeded: 'Finished', failed: 'Failed', cancelled: 'Cancelled' }[job.state] ?? words(job.state)),
      h('p', `${count(members.succeeded ?? 0)} of ${plural(members.total ?? 0, ...unit)} finished`,
        members.reused > 0 ? `, ${count(members.reused)} of them reused from an earlier analysis` : '',
        members.excluded > 0 ? `, ${count(members.excluded)} left out because they did not learn` : '',
        members.failed > 0 ? `, ${count(members.failed)} failed` : '',
        job.stop_reason ? `. Stopped: ${words(job.stop_reason)}.` : '.'));
  }
  return h('section.status', { 'aria-live': 'polite' },
    h('h2', phase(job.progress?.phase, job)),
    h('div.member-cells', { role: 'img', 'aria-label': `${members.succeeded} of ${plural(members.total ?? 0, ...unit)} done` },
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
    job.revision > 0 && kindOf(job).tabs.includes('issues') && h('p', 'Partial results are there already: ',
      h('a', { href: `/jobs/${segment(job.id)}?tab=issues` }, 'look at the issues so far'), '.'));
}

function fact(name, value) {
  return h('div', h('dt', name), h('dd', value));
}

function memberTable(list, job) {
  const { unit, part, columns } = kindOf(job);
  return h('div.table-scroll', { tabindex: 0, role: 'region', 'aria-label': capital(unit[1]) }, h('table.plain.member-table',
    h('thead', h('tr', [capital(unit[0]), 'State', ...columns.map(([title]) => title), 'Time'].map((text, k) =>
      h(k > 1 ? 'th.numeric' : 'th', { scope: 'col' }, text)))),
    h('tbody', list.map((member, k) => h('tr',
      h('th', { scope: 'row' }, `${(member.index ?? k) + 1}`,
        member.split ? h('span.quiet-text', part(member.split)) : ''),
      h('td', memberState(member, job)),
      columns.map(([, text]) => h('td.numeric', text(member))),
      h('td.numeric', duration(total(member.seconds))))))));
}

const total = (seconds) => (seconds ? Object.values(seconds).reduce((a, b) => a + b, 0) : null);

function memberState(member, job) {
  const progress = member.progress;
  if (member.state === 'running' && progress) {
    return h('span.member-running', h('progress', { max: 1, value: progress.fraction ?? 0, 'aria-label': `Progress of this ${kindOf(job).unit[0]}` }),
      h('span.quiet-text', progress.phase === 'train' && progress.epoch ? `epoch ${progress.epoch} of ${progress.epochs}` : phase(progress.phase, job)));
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
  if (job.backbone) rows.push(['Pretrained network', [job.backbone.name, job.backbone.source].filter(Boolean).join(', ')]);
  add(job.backbone ? 'Head' : 'Network', job.model);
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
        `${capital(kindOf(job).unit[1])} that have finished are kept and can be reused; what they show stays readable.`, 'Cancel it', async () => {
          await postJSON(`/v1/jobs/${segment(job.id)}/cancel`);
        }))
      : [(['failed', 'cancelled'].includes(job.state) || job.stop_reason === 'budget')
        && button('plain', 'Go on to the end of the plan', () => resume(job, trouble)),
      button('quiet', 'Delete this analysis', () => act('Delete this analysis?', 'Its scores are removed from the server. The dataset stays.', 'Delete',
        async () => { await remove(`/v1/jobs/${segment(job.id)}`); go('/'); }))]);
}
