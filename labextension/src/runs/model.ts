/** Which runs are shown, and in which order. */

import { OPEN, type Row, type Status } from '../api/types';

const GROUPS = ['waiting', 'running', 'queued', 'recent'] as const;
export type Group = (typeof GROUPS)[number];

/** All, those that have not ended, or those of one status. */
export type StatusFilter = '' | 'open' | Status;

export interface IFilter {
  query: string;
  status: StatusFilter;
}

export interface IGroupOfRows {
  group: Group;
  rows: Row[];
  /** With those that are not drawn. */
  count: number;
}

export function isOpen(row: Row): boolean {
  return OPEN.includes(row.status);
}

export function isFiltering(filter: IFilter): boolean {
  return filter.status !== '' || wordsOf(filter.query).length > 0;
}

function wordsOf(query: string): string[] {
  return query.toLowerCase().split(/\s+/).filter(Boolean);
}

/** Whether every word is somewhere in what a run's line says. */
export function matches(row: Row, filter: IFilter): boolean {
  if (filter.status === 'open' ? !isOpen(row) : filter.status !== '' && row.status !== filter.status) {
    return false;
  }
  const words = wordsOf(filter.query);
  if (!words.length) {
    return true;
  }
  const labels = Object.entries(row.labels).map(([key, value]) => `${key}:${value} ${key}=${value}`);
  const told = [row.run_id, row.name, row.title, row.status, row.requested_by, row.reason ?? '', ...labels];
  const text = told.join(' ').toLowerCase();
  return words.every(word => text.includes(word));
}

/** What a server is asked for: it finds one piece of text, the rest is `matches`' to do. Null: nothing that it could find. */
export function questionOf(filter: IFilter): Record<string, string | readonly string[]> | null {
  const [text] = wordsOf(filter.query).sort((a, b) => b.length - a.length);
  if (filter.status === 'open' || (!text && !filter.status)) {
    return null; // the open ones are here already
  }
  return { ...(text && { text }), ...(filter.status && { status: [filter.status] }) };
}

/** In groups, none of them empty: what asks for attention comes first, the queue as it will be taken, ended ones the newest first. */
export function arranged(rows: Iterable<Row>): IGroupOfRows[] {
  const found: Record<Group, Row[]> = { waiting: [], running: [], queued: [], recent: [] };
  for (const row of rows) {
    found[groupOf(row)].push(row);
  }
  found.waiting.sort(newestFirst);
  found.running.sort(newestFirst);
  found.queued.sort(nextFirst);
  found.recent.sort(newestFirst);
  return GROUPS.filter(group => found[group].length).map(group => ({
    group,
    rows: found[group],
    count: found[group].length
  }));
}

function groupOf(row: Row): Group {
  switch (row.status) {
    case 'waiting':
    case 'queued':
      return row.status;
    case 'starting':
    case 'running':
      return 'running';
    case 'succeeded':
    case 'failed':
    case 'cancelled':
      return 'recent';
  }
}

const older = (a: Row, b: Row): number => compared(a.submitted_at, b.submitted_at) || compared(a.run_id, b.run_id);
const newestFirst = (a: Row, b: Row): number => older(b, a);

/** As workers take them. */
export const nextFirst = (a: Row, b: Row): number => b.priority - a.priority || older(a, b);

const compared = (a: string, b: string): number => (a < b ? -1 : a > b ? 1 : 0);
