/** What a run's tab says of the run. */

import { type FoldedCell, type FoldedNote, progress as progressOf, type Run } from '@jupyter-runt/pages/fold.js';
import { durationWords, reasonWords, sizeWords, whyWords } from '@jupyter-runt/pages/words.js';
import type { TranslationBundle } from '@jupyterlab/translation';

import { statusWord } from '../runs/words';

/** Seconds without any event of a running cell that are worth a word. */
const SILENT = 60;

/** A line of what came of the run, or holds it up. `cell` is the one that it is about. */
export interface IOutcome {
  text: string;
  kind: 'fault' | 'told' | 'note';
  cell: string | null;
}

export function outcomes(run: Run, whyWaiting: string, trans: TranslationBundle): IOutcome[] {
  const found: IOutcome[] = [];
  const tell = (text: string, kind: IOutcome['kind'] = 'told', cell: string | null = null): void => {
    found.push({ text, kind, cell });
  };
  if (run.ended && run.status !== 'succeeded') {
    const why = culpritWords(run) || whyWords(run.reason, run.message);
    const by =
      run.asked && !run.asked.refused && ['cancel', 'kill'].includes(run.asked.kind) ? ` (${run.asked.by})` : '';
    tell(
      `${capital(statusWord(run.status, trans))}: ${why}${by}`,
      run.status === 'failed' ? 'fault' : 'told',
      run.culprit
    );
  }
  if (!run.ended && whyWaiting) {
    tell(run.status === 'queued' ? trans.__('Queued: %1', whyWaiting) : capital(whyWaiting));
  }
  if (run.attempt > 1 && !run.ended) {
    const last = run.past[run.past.length - 1];
    tell(trans.__('Attempt %1. The one before ended with %2.', run.attempt, reasonWords(last?.reason ?? null)));
  }
  if (run.asked?.refused) {
    tell(trans.__('%1 was refused: %2', run.asked.kind, run.asked.refused));
  }
  for (const note of run.notes) {
    tell(noteWords(note, trans), 'note');
  }
  return found;
}

function culpritWords(run: Run): string {
  const error = run.reason === 'cell_error' && run.culprit !== null ? run.cells.get(run.culprit)?.error : null;
  return error?.ename ? [error.ename, error.evalue].filter(Boolean).join(': ') : '';
}

export function noteWords(note: FoldedNote, trans: TranslationBundle): string {
  if (note.kind === 'gap') {
    const much = typeof note.bytes === 'number' ? ` (${sizeWords(note.bytes)})` : '';
    return trans.__('Output was lost here%1: %2', much, reasonWords(String(note.reason ?? '')));
  }
  if (typeof note.dropped === 'number') {
    return trans.__('In all, at least %1 characters of output are missing.', note.dropped.toLocaleString());
  }
  return trans.__('Output was cut off: a run may put out %1 characters.', Number(note.limit).toLocaleString());
}

export function answerWords(answer: { prompt: string; by: string }, trans: TranslationBundle): string {
  const asked = answer.prompt.trim() || 'input()';
  return answer.by === 'policy'
    ? trans.__('%1 – answered as the notebook’s policy says', asked)
    : trans.__('%1 – answered by %2', asked, answer.by);
}

export function cellWords(cell: FoldedCell, trans: TranslationBundle): string {
  const why = cell.reason && (cell.started_at || cell.status === 'skipped') ? `: ${reasonWords(cell.reason)}` : '';
  switch (cell.status) {
    case '':
      return '';
    case 'pending':
      return trans.__('pending');
    case 'waiting':
      return trans.__('waiting for input');
    case 'skipped':
      return trans.__('skipped') + why;
    case 'cancelled':
      return cell.started_at ? trans.__('cancelled') + why : trans.__('not run');
    default:
      return statusWord(cell.status, trans) + why;
  }
}

/** How long a cell has taken so far, or took. `now` is in ms. */
export function cellTime(cell: FoldedCell, run: Run, now: number, trans: TranslationBundle): string {
  if (cell.duration !== null) {
    return durationWords(cell.duration);
  }
  if (cell.started_at === null || run.ended) {
    return '';
  }
  const taken = durationWords((now - Date.parse(cell.started_at)) / 1000, true);
  const silence = run.at === null ? 0 : (now - Date.parse(run.at)) / 1000;
  return silence < SILENT || cell.status !== 'running'
    ? taken
    : trans.__('%1, silent for %2 min', taken, Math.floor(silence / 60));
}

/** How long the run has taken so far, or took; how long it has been queued. */
export function runTime(run: Run, now: number, trans: TranslationBundle): string {
  if (run.duration !== null) {
    return durationWords(run.duration);
  }
  const begun = run.started_at ?? run.submitted_at;
  if (begun === null || run.ended) {
    return '';
  }
  const taken = durationWords((now - Date.parse(begun)) / 1000, true);
  return run.started_at ? taken : trans.__('for %1', taken);
}

/** Cells that are done, all, and those that failed. */
export function progress(run: Run): { done: number; total: number; failed: number } {
  return progressOf(run.counts());
}

export const capital = (text: string): string => text.charAt(0).toUpperCase() + text.slice(1);
