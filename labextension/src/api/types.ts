/** What the server sends and takes: generated from its OpenAPI document and from the events' schema. */

import type { components } from '../generated/server';

type Schemas = components['schemas'];

export type Row = Schemas['Row'];
export type View = Schemas['View'];
export type Cell = Schemas['Cell'];
export type Worker = Schemas['Worker'];
export type Status = Schemas['Status'];
export type Counts = Schemas['Counts'];
export type Problem = Schemas['Problem'];
export type Fault = Schemas['Error'];

export type { EventOfARun as RunEvent } from '../generated/events';

/** The statuses of a run that has not ended. */
export const OPEN: readonly Status[] = ['queued', 'starting', 'running', 'waiting'];
