/** What is sent: only what was said, so that the rest is as the notebook, or the run before, has it. */

import { OTHERS } from './fields';
import { labelsOf } from './more';
import { whenOf } from './when';
import { type IData, type IField, type Json, same } from './types';

/** What shall be run. */
export type Source = { path: string } | { template: string } | { rerun: string };

/** The values that differ from those that hold anyway. */
export function changed(fields: readonly IField[], data: IData): Record<string, Json> {
  const found = new Map<string, Json>();
  for (const field of fields) {
    const value = data.parameters[field.key];
    if (value === undefined || same(value, field.initial)) {
      continue;
    }
    if (field.key !== OTHERS) {
      found.set(field.name, value);
    } else if (typeof value === 'object' && value !== null && !Array.isArray(value)) {
      Object.entries(value).forEach(([name, each]) => found.set(name, each));
    }
  }
  return Object.fromEntries(found);
}

/** The body of the request that starts the run. */
export function bodyOf(source: Source, fields: readonly IField[], data: IData): Record<string, Json> {
  const { more } = data;
  const parameters = changed(fields, data);
  const { labels } = labelsOf(more.labels);
  const policy = picked(more, ['timeout', 'cell_timeout', 'keep_going', 'input', 'skip_unsupported']);
  return {
    ...('rerun' in source ? {} : source),
    ...(Object.keys(parameters).length ? { parameters } : {}),
    ...picked(more, ['runtime', 'priority', 'name']),
    ...(Object.keys(labels).length ? { labels } : {}),
    ...(Object.keys(policy).length ? { policy } : {})
  };
}

/** The body of the request that has it run at due times. */
export function scheduleOf(
  source: Exclude<Source, { rerun: string }>,
  fields: readonly IField[],
  data: IData
): Record<string, Json> {
  const body = bodyOf(source, fields, data);
  delete body.name; // of one run
  return { ...body, ...whenOf(data.when ?? {}) };
}

function picked(more: IData['more'], keys: readonly string[]): Record<string, Json> {
  const found: Record<string, Json> = {};
  for (const key of keys) {
    const value = more[key];
    const said = typeof value === 'string' ? value.trim() : value;
    if (said !== undefined && said !== null && said !== '') {
      found[key] = said;
    }
  }
  return found;
}
