// One analysis: its head, its tabs, and the stream of events that keeps both current. What a tab shows is in that tab's own file.

import { h, show, button } from './dom.js';
import { follow, getJSON, poll, segment } from './api.js';
import { guarded, problemPanel } from './problems.js';
import { ago, duration, percent, plural } from './format.js';
import { go, place } from './address.js';
import { stateBadge } from './cards.js';
import { kindOf } from './kinds.js';
import { datasetOf, resultsOf } from './results.js';
import { loadScores } from './scores.js';
import { noticeIfMissing } from './vendor.js';

const TABS = [
  ['issues', 'Issues', () => import('./issues.js')],
  ['map', 'Depth map', () => import('./map.js')],
  ['charts', 'Charts', () => import('./charts.js')],
  ['table', 'All examples', () => import('./table.js')],
  ['run', 'Run', () => import('./run.js')],
  ['scores', 'What the scores mean', () => import('./glossary.js')],
];

/// Those that say something of jobs of its kind.
const tabsOf = (job) => TABS.filter(([name]) => kindOf(job).tabs.includes(name));

const ended = (job) => !['queued', 'running'].includes(job.state);

export async function open({ host, parameters: [id], url, signal }) {
  const base = `/v1/jobs/${segment(id)}`;
  let [job] = await Promise.all([getJSON(base, signal), loadScores()]);
  const readDataset = async () => (job.dataset ? datasetOf(job.dataset.id).catch(() => null) : null);
  let dataset = await readDataset();
  const head = h('div');
  const tabs = h('div');
  const body = h('div.tab-body', { role: 'tabpanel', id: 'tab-body', tabindex: -1 });
  const news = h('div', { 'aria-live': 'polite' });
  host.append(head, tabs, news, body);
  let address = url;
  let abort = new AbortController();
  let pane = null;
  signal.addEventListener('abort', () => abort.abort());

  const chosen = () => {
    const { tabs: names } = kindOf(job);
    const asked = address.searchParams.get('tab');
    return names.includes(asked) ? asked : usable(job) ? names[0] : 'run';
  };

  function drawHead() {
    place(`${job.name ?? job.id}`, [job.dataset && [job.dataset.name, `/datasets/${segment(job.dataset.id)}`], [job.name ?? job.id]].filter(Boolean));
    show(head, header(job));
    const active = chosen();
    show(tabs, h('div.tabs', { role: 'tablist', 'aria-label': 'Results', onkeydown: walkTabs },
      tabsOf(job).map(([name, title]) => h('a.tab', {
        href: `/jobs/${segment(id)}?tab=${name}`,
        role: 'tab',
        'aria-selected': String(name === active),
        'aria-controls': 'tab-body',
        tabindex: name === active ? 0 : -1,
      }, title))));
    revealTab();
  }

  // On narrow screens the tabs scroll sideways.
  function revealTab() {
    const strip = tabs.firstElementChild;
    const tab = strip.querySelector('[aria-selected=true]');
    if (tab) strip.scrollLeft = tab.offsetLeft - (strip.clientWidth - tab.offsetWidth) / 2;
  }

  // Says that results are partial; what is on the screen is never changed under the reader's hands.
  function drawNews(newer) {
    const members = job.members ?? {};
    const partial = job.partial && job.revision > 0 && !['run', 'scores'].includes(chosen());
    const isPreview = (job.warnings ?? []).some((warning) => warning.code === 'preview');
    show(news, partial && h('p.notice.partial', isPreview
      ? 'First results: no network is trained to the end yet.'
      : `Partial results, from ${members.succeeded} of ${plural(members.total, ...kindOf(job).unit)}.`,
      newer && button('plain', 'Show the newer results', drawBody)));
  }

  async function drawBody() {
    drawNews(false);
    abort.abort();
    abort = new AbortController();
    const mine = abort.signal;
    pane = null;
    const [, , load] = TABS.find(([name]) => name === chosen()) ?? TABS[0];
    await guarded(body, async () => {
      const module = await load();
      const results = resultsOf(job);
      const room = h('div');
      const opened = await module.open({ host: room, job, dataset, results, url: address, signal: mine });
      if (mine.aborted) return;
      pane = opened ?? null;
      show(body, room);
      pane?.shown?.();
      if (['issues', 'charts'].includes(chosen())) noticeIfMissing(room);
    }, { retry: drawBody });
  }

  drawHead();
  await drawBody();

  if (!ended(job)) {
    const take = async (next) => {
      const wasRunning = !ended(job);
      const before = chosen();
      const grown = JSON.stringify([next.state, next.members, next.progress]) !== JSON.stringify([job.state, job.members, job.progress]);
      const more = next.state !== job.state || next.revision !== job.revision;
      job = next;
      if (!dataset || dataset.state !== 'ready') dataset = await readDataset() ?? dataset;
      if (grown) drawHead();
      if (before !== chosen() || (wasRunning && ended(job) && before !== 'scores')) await drawBody();
      else if (grown && pane?.progress) await pane.progress(job);
      else if (more && !pane) await drawBody();
      else if (more) drawNews(true);
      return ended(job) ? 'done' : grown ? 'changed' : 'same';
    };
    const live = async () => {
      if (await follow(`${base}/events`, take, signal) || ended(job)) return;
      await poll(async () => take(await getJSON(base, signal)), signal);
    };
    live().catch((error) => { if (error.name !== 'AbortError') head.append(problemPanel(error, { retry: () => go(location.href, { replace: true }) })); });
  }

  return {
    async update(next) {
      const before = chosen();
      address = next;
      if (before === chosen() && pane?.update && await pane.update(next)) return;
      drawHead();
      await drawBody();
    },
    shown() { revealTab(); pane?.shown?.(); },
    key(event) {
      const tab = tabsOf(job)[Number(event.key) - 1];
      if (tab) { event.preventDefault(); go(`/jobs/${segment(id)}?tab=${tab[0]}`); } else pane?.key?.(event);
    },
  };
}

/// Whether there is anything to read in the results yet.
function usable(job) {
  return job.state === 'succeeded' || (ended(job) && (job.members?.succeeded ?? 0) > 0 && job.state !== 'failed');
}

function walkTabs(event) {
  const step = { ArrowRight: 1, ArrowLeft: -1 }[event.key];
  if (!step) return;
  event.preventDefault();
  event.stopPropagation();
  const all = [...event.currentTarget.querySelectorAll('.tab')];
  const next = all[(all.indexOf(document.activeElement) + step + all.length) % all.length];
  next.focus();
}

function header(job) {
  const facts = [
    kindOf(job).title(job),
    job.dataset?.num_examples ? plural(job.dataset.num_examples, 'example') : null,
    job.members?.total ? plural(job.members.total, ...kindOf(job).unit) : null,
    job.started_at && job.finished_at
      ? `took ${duration((new Date(job.finished_at) - new Date(job.started_at)) / 1000)}` : null,
    job.finished_at ? ago(job.finished_at) : `submitted ${ago(job.created_at)}`,
  ].filter(Boolean);
  return h('header.page-head',
    h('p.eyebrow', 'Analysis'),
    h('div.title-row', h('h1', job.name ?? job.id), stateBadge(job.state),
      (job.revision ?? 0) > 0 && h('a.plain.compare-link', { href: `/compare?jobs=${segment(job.id)}` }, 'Compare')),
    h('p.facts-line', facts.map((fact) => h('span', fact))),
    job.state === 'running' && h('div.head-progress',
      h('progress', { max: 1, value: job.progress?.fraction ?? 0, 'aria-label': 'Progress' }),
      h('span.quiet-text', `${percent(job.progress?.fraction ?? 0, 0)}`,
        job.eta_seconds !== null && job.eta_seconds !== undefined ? `, about ${duration(job.eta_seconds)} left` : '')),
    job.state === 'failed' && h('section.problem', { role: 'alert' }, h('h2', 'This analysis failed'),
      h('p', typeof job.error === 'string' ? job.error : job.error?.detail ?? job.error?.message ?? 'The service did not say why.'),
      job.error?.request_id && h('p.quiet-text', 'Request ', h('code', job.error.request_id))));
}
