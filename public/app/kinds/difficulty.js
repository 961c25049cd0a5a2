// Jobs that train an ensemble on one dataset and score its examples.

import { percent } from '../format.js';

export { costButton, jobSettings } from './difficulty-settings.js';

export const tabs = ['issues', 'map', 'charts', 'table', 'run', 'scores'];

export const title = (job) => [job.backbone?.name, job.model?.name ?? 'auto'].filter(Boolean).join(' + ');

export const found = (job) => (typeof job.trust?.heldout_accuracy === 'number' ? `${percent(job.trust.heldout_accuracy)} of unseen labels predicted` : '');

export const unit = ['network', 'networks'];
export const doing = 'Training networks';

export const columns = [
  ['Trained labels', (member) => percent(member.train_accuracy ?? member.fit)],
  ['Unseen labels', (member) => percent(member.heldout_accuracy)],
];

export const members = (job) => job.ensemble?.members ?? 'They are planned as soon as the dataset has been read.';

export function part(split) {
  if (split.train_ratio !== undefined) return ` run ${split.run + 1}, trained on ${percent(split.train_ratio, 0)}`;
  if (split.run !== undefined) return ` run ${split.run + 1}`;
  return ` round ${split.repeat + 1}, part ${split.fold + 1}`;
}

export const panel = () => null;
