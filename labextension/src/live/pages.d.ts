/** What the panel shares with the live page of a run, which has no build and therefore no types of its own. */

declare module '@jupyter-runt/pages/fold.js' {
  import type { IOutput } from '@jupyterlab/nbformat';
  import type { RunEvent } from '../api/types';

  export const OPEN: readonly string[];
  export const WIDGET_VIEW: string;
  /** Of how many cells are in each state (`Run.counts`). What was never to run counts as not done. */
  export function progress(counts: Record<string, number>): { done: number; total: number; failed: number };
  /** Whether an event's values must be whole before it is applied; those of others stay references. */
  export function isControl(event: RunEvent): boolean;

  export interface FoldedOutput {
    /** `stdout` or `stderr` of a stream, whose pieces are `texts`; else null, and `value` is the nbformat output. */
    name: string | null;
    texts: unknown[];
    value: (IOutput & Record<string, unknown>) | null;
    /** Of the event that brought it, or changed it. */
    seq: number;
  }

  export interface FoldedNote {
    kind: 'gap' | 'truncated';
    [detail: string]: unknown;
  }

  export interface FoldedCell {
    id: string;
    type: string;
    line: number;
    status: '' | 'pending' | 'running' | 'waiting' | 'succeeded' | 'failed' | 'cancelled' | 'skipped';
    reason: string | null;
    attempt: number;
    started_at: string | null;
    finished_at: string | null;
    duration: number | null;
    execution_count: number | null;
    error: Record<string, unknown> | null;
    outputs: FoldedOutput[];
    notes: FoldedNote[];
    answers: { input_id: string; prompt: string; by: string }[];
    late: boolean;
  }

  export interface Question {
    input_id: string;
    prompt: string;
    password: boolean;
    cell_id: string;
    /** In ms since the epoch; null without a deadline. */
    ends: number | null;
    answered: boolean;
  }

  export class Run {
    constructor(id: string);
    readonly id: string;
    seq: number;
    at: string | null;
    status: 'queued' | 'starting' | 'running' | 'waiting' | 'succeeded' | 'failed' | 'cancelled';
    reason: string | null;
    message: string;
    attempt: number;
    past: { attempt: number; reason: string; message: string; cell: string | null; ended_at: string }[];
    culprit: string | null;
    name: string;
    title: string;
    path: string;
    requested_by: string;
    via: string;
    parent_run: string | null;
    labels: Record<string, string>;
    parameters: Record<string, unknown>;
    runtime: Record<string, unknown>;
    worker: string | null;
    paused: boolean;
    question: Question | null;
    submitted_at: string | null;
    started_at: string | null;
    finished_at: string | null;
    duration: number | null;
    cells: Map<string, FoldedCell>;
    current: string | null;
    notes: FoldedNote[];
    asked: { kind: string; by: string; refused: string | null } | null;
    /** By Output widget, what it captured. */
    captured: Map<string, FoldedOutput[]>;
    /** The ids of cells that have changed since this was cleared. */
    touched: Set<string>;
    readonly ended: boolean;
    counts(): Record<string, number>;
    /** Nothing for events that were seen already; false where one is missing in between. */
    apply(event: RunEvent): boolean;
  }
}

declare module '@jupyter-runt/pages/stream.js' {
  export interface StreamHandlers<Message> {
    onMessage(message: Message): void;
    /** `live`; `away` while it cannot be had; `over` for good, with the close code. */
    onState(state: 'live' | 'away' | 'over', code?: number): void;
    isOver(code: number): boolean;
  }
  export class Stream<Message> {
    constructor(open: () => WebSocket, handlers: StreamHandlers<Message>);
    /** Something that was sent did not arrive: begins anew behind the cursor. */
    again(): void;
    close(): void;
  }
}

declare module '@jupyter-runt/pages/words.js' {
  export function reasonWords(reason: string | null): string;
  /** The reason with what the run says of it. */
  export function whyWords(reason: string | null, message: string): string;
  export function durationWords(seconds: number, ticking?: boolean): string;
  export function sizeWords(bytes: number): string;
  export function timeWords(iso: string): string;
}

declare module '@jupyter-runt/pages/terminal.js' {
  /** A style is null for plain text, else the JSON of what `Style` says. */
  export interface Line {
    runs: [style: string | null, text: string][];
    length: number;
    /** What ends it: a newline, or nothing where a very long line was cut. */
    end: string;
    /** Whoever draws an open line clears this. */
    changed: boolean;
    /** Of whoever draws. */
    element: HTMLElement | null;
  }
  /** A colour is null, a number below 256, or red, green and blue. */
  export interface Style {
    fg: number | [number, number, number] | null;
    bg: number | [number, number, number] | null;
    bold: boolean;
    dim: boolean;
    italic: boolean;
    underline: boolean;
    strike: boolean;
    inverse: boolean;
  }
  export class Terminal {
    /** The lines at the end, which can still change. */
    readonly open: Line[];
    feed(text: string): void;
    /** Lines that cannot change any more, once. */
    take(): Line[];
  }
}
