// Jobs that score the log of a training that somebody else did.

import * as difficulty from './difficulty.js';

export const { tabs, found, unit, doing, part, columns, panel } = difficulty;

export const title = () => 'a training log';

export const members = () => 'They were trained elsewhere: what is known of them is what the log says.';
