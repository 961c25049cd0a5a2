// What is particular to a kind of job on the page: one module each, in kinds/, with
//
//   tabs          names of the tabs of job.js that say something of it, the first one first
//   title(job)    what was analysed with, in a few words
//   found(job)    what came out, in a few words; empty where there is nothing to say
//   unit          what its tasks are, one and several: ['network', 'networks']
//   doing         what is done to them while the job runs
//   members(job)  a sentence on what they are
//   part(split)   the place of one of them in the plan, in words
//   columns       what their table tells of each: [title, text(member)]
//   panel(job)    what stands above them; null for nothing
//
// and of the kind that a dataset's page offers, the form: jobSettings(dataset), costButton(read, form).

import * as difficulty from './kinds/difficulty.js';
import * as log from './kinds/log.js';
import * as plain from './kinds/plain.js';
import * as pruning from './kinds/pruning.js';

const KINDS = { difficulty, log, pruning };

/// The kind whose form a dataset's page shows.
export const OFFERED = difficulty;

/// What is particular to a job; what all jobs have where its kind is not known here.
export const kindOf = (job) => KINDS[job.kind] ?? plain;
