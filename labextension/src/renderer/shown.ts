import { OPEN, type FoldedOutput, progress as progressOf, type Run } from '@jupyter-runt/pages/fold.js';

import type { Status, View } from '../api/types';
import type { IAbout } from './about';

/** What a card draws, whether it comes from the fold, from a read of the run, or from the notebook alone. */
export interface IShown {
  seq: number;
  status: Status;
  reason: string | null;
  message: string;
  name: string;
  title: string;
  attempt: number;
  paused: boolean;
  /** ISO times; in seconds. */
  submitted_at: string | null;
  started_at: string | null;
  duration: number | null;
  /** What an `input()` asks, while nobody has answered it. */
  prompt: string | null;
  /** Why nothing happens, where nothing does. */
  why: string;
  /** Those that are executed. */
  cells: IShownCell[];
}

export interface IShownCell {
  id: string;
  status: string;
  reason: string | null;
  duration: number | null;
  error: Record<string, unknown> | null;
  outputs: readonly FoldedOutput[];
}

export const isEnded = (shown: IShown): boolean => !OPEN.includes(shown.status);

/** The run as its feed has folded it; `view` knows besides why it waits. */
export function ofRun(run: Run, view: View): IShown {
  const asks = run.question !== null && !run.question.answered;
  return {
    seq: run.seq,
    status: run.status,
    reason: run.reason,
    message: run.message,
    name: run.name,
    title: run.title,
    attempt: run.attempt,
    paused: run.paused,
    submitted_at: run.submitted_at,
    started_at: run.started_at,
    duration: run.duration,
    prompt: asks ? (run.question?.prompt ?? '') : null,
    why: run.status === 'queued' ? whyOf(view) : '',
    cells: [...run.cells.values()].filter(cell => cell.status)
  };
}

/** The run as the server has read it. */
export function ofView(view: View): IShown {
  return {
    seq: view.seq,
    status: view.status,
    reason: view.reason ?? null,
    message: view.message ?? '',
    name: view.name,
    title: view.title,
    attempt: view.attempt ?? 1,
    paused: view.paused ?? false,
    submitted_at: view.submitted_at ?? null,
    started_at: view.started_at ?? null,
    duration: view.duration ?? null,
    prompt: view.input ? textOf(view.input.prompt) : null,
    why: whyOf(view),
    cells: view.cells.filter(cell => cell.status).map(cellOf)
  };
}

/** The run as the notebook knows it, while nothing better is there. */
export function ofAbout(about: IAbout): IShown {
  return {
    ...about,
    status: about.status as Status,
    reason: null,
    message: '',
    attempt: 1,
    paused: false,
    submitted_at: null,
    started_at: null,
    duration: null,
    prompt: null,
    why: '',
    cells: []
  };
}

const textOf = (value: unknown): string => (typeof value === 'string' ? value : '');

const whyOf = (view: View): string => [view.why_queued, view.why_undriven].filter(Boolean).join(' ');

function cellOf(cell: View['cells'][number]): IShownCell {
  return {
    id: cell.id,
    status: cell.status,
    reason: cell.reason ?? null,
    duration: cell.duration ?? null,
    error: cell.error ?? null,
    outputs: cell.outputs.map(outputOf)
  };
}

function outputOf(output: View['cells'][number]['outputs'][number]): FoldedOutput {
  const value = output as NonNullable<FoldedOutput['value']>;
  return value.output_type === 'stream'
    ? { name: textOf(value.name), texts: value.text as unknown[], value: null, seq: 0 }
    : { name: null, texts: [], value, seq: 0 };
}

/** Cells done, and all of them. */
export function progress(cells: readonly IShownCell[]): [number, number] {
  const counts: Record<string, number> = {};
  for (const { status } of cells) {
    counts[status] = (counts[status] ?? 0) + 1;
  }
  const { done, total } = progressOf(counts);
  return [done, total];
}

const TELLING = ['failed', 'running', 'waiting'];

/** The cells that tell something, as magics/picture.py chooses them: all of few, else what failed, what is worked on, what was
 * done last and, at the end, whatever has shown something. */
export function telling(shown: IShown, most: number): IShownCell[] {
  const { cells } = shown;
  if (cells.length <= most) {
    return cells;
  }
  const ended = isEnded(shown);
  const told = cells.filter(cell => TELLING.includes(cell.status) || (ended && cell.outputs.length > 0));
  const kept = new Set(ended ? told : told.slice(-most));
  const done = cells.filter(cell => cell.status === 'succeeded' && !kept.has(cell));
  for (const cell of done.slice(Math.max(0, done.length + kept.size - most))) {
    kept.add(cell);
  }
  return cells.filter(cell => kept.has(cell));
}
