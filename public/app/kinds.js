// What is particular to a kind of job on the page: one module each, in kinds/, with
//
//   tabs          names of the tabs of job.js that say something of it, the first one first
//   title(job)    what was analysed with, in a few words
//   found(job)    what came out, in a few words; empty where there is nothing to say
//   members(job)  a sentence on what its networks are
//   part(split)   the place of a network in the plan, in words
//   panel(job)    what stands above the networks; null for nothing

import * as difficulty from './kinds/difficulty.js';
import * as log from './kinds/log.js';
import * as plain from './kinds/plain.js';
import * as pruning from './kinds/pruning.js';

const KINDS = { difficulty, log, pruning };

/// What is particular to a job; what all jobs have where its kind is not known here.
export const kindOf = (job) => KINDS[job.kind] ?? plain;
