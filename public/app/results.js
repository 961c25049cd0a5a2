// A job's results, each fetched once for the state of the job they belong to. While members still finish, `refresh` drops
// what has grown old; a finished job never changes.

import { Problem, getJSON, getBytes, segment } from './api.js';

const stores = new Map();

/// The store of a job, shared by its panes.
export function resultsOf(job) {
  let store = stores.get(job.id);
  if (!store) stores.set(job.id, store = new Results(job));
  store.refresh(job);
  return store;
}

export class Results {
  constructor(job) {
    this.base = `/v1/jobs/${segment(job.id)}`;
    this.stage = null;
    this.kept = new Map();
  }

  /// True if there is more to show than the last time.
  refresh(job) {
    const stage = `${job.state} ${job.revision ?? ''} ${job.members?.succeeded ?? 0}`;
    if (stage === this.stage) return false;
    this.stage = stage;
    this.kept.clear();
    return true;
  }

  keep(name, load) {
    if (!this.kept.has(name)) {
      const work = load();
      this.kept.set(name, work);
      work.catch(() => this.kept.delete(name));
    }
    return this.kept.get(name);
  }

  summary() {
    return this.keep('summary', () => getJSON(`${this.base}/summary`));
  }

  members() {
    return getJSON(`${this.base}/members`).then((answer) => answer.members ?? answer);
  }

  /// One page of the ranked issues, of one type or of all, with what belongs to all of them.
  issues({ type, offset, length }) {
    const query = new URLSearchParams({ offset, length });
    if (type) query.set('type', type);
    return this.keep(`issues ${query}`, () => getJSON(`${this.base}/issues?${query}`));
  }

  /// The list of columns. There is none before the first member has finished.
  columns() {
    return this.keep('columns', async () => {
      const list = await getJSON(`${this.base}/columns`);
      if (!list.columns?.length) throw new Problem({ status: 409, code: 'NOT_READY', detail: 'There are no scores yet.' });
      return list;
    });
  }

  /// One column as numbers, NaN where there is none. Category columns hold codes into `categories` of the list.
  column(name) {
    return this.keep(`column ${name}`, async () => {
      const { revision } = await this.columns();
      const query = revision ? `?rev=${segment(revision)}` : '';
      return new Float32Array(await getBytes(`${this.base}/columns/${segment(name)}${query}`));
    });
  }

  scores({ offset, length, orderby, columns }) {
    const query = new URLSearchParams({ offset, length });
    if (orderby) query.set('orderby', orderby);
    if (columns?.length) query.set('columns', columns.join(','));
    return this.keep(`scores ${query}`, () => getJSON(`${this.base}/scores?${query}`));
  }

  /// A review was made: what shows it has grown old.
  reviewed(row) {
    for (const name of [...this.kept.keys()]) {
      if (name === `example ${row}` || name.startsWith('scores ') || name.startsWith('issues ') || name === 'column review') this.kept.delete(name);
    }
  }

  example(i) {
    return this.keep(`example ${i}`, () => getJSON(`${this.base}/examples/${i}`));
  }
}

const datasets = new Map();

/// A dataset's document; kept once it is ready, since datasets never change.
export async function datasetOf(id) {
  if (datasets.has(id)) return datasets.get(id);
  const dataset = await getJSON(`/v1/datasets/${segment(id)}`);
  if (dataset.state === 'ready') datasets.set(id, dataset);
  return dataset;
}
