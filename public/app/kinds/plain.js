// Jobs of a kind that has no module of its own: what all jobs have.

export const tabs = ['run'];
export const title = (job) => job.kind;
export const found = () => '';
export const unit = ['task', 'tasks'];
export const doing = 'Working';
export const columns = [];
export const members = () => 'What the job is made of.';
export const part = () => '';
export const panel = () => null;
