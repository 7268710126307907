import type { FoldedOutput } from '@jupyter-runt/pages/fold.js';
import { type Line, Terminal } from '@jupyter-runt/pages/terminal.js';

import { type Blobs, type IReference, isReference } from '../live/blobs';

const LINES = 12;
const CHARACTERS = 8000;
/** A terminal line that nobody reads to its end. */
const LONGEST = 1000;
/** Bytes of a piece that lives in a blob: what is larger is not fetched for the sake of its end. */
const LARGEST = 1_000_000;
/** Milliseconds between two of them: a cell that prints that much soon has the next one. */
const PAUSE = 1000;

/** The last lines that a cell has shown, as a terminal would have them. A piece that must be fetched is, one at a time. */
export class Tail {
  constructor(
    private readonly _blobs: Blobs,
    private readonly _again: () => void
  ) {}

  lines(outputs: readonly FoldedOutput[]): Line[] {
    let text = '';
    for (let at = outputs.length - 1; at >= 0 && text.length < CHARACTERS; at -= 1) {
      text = this._textOf(outputs[at], CHARACTERS - text.length) + text;
    }
    return linesOf(text);
  }

  private _textOf({ name, texts, value }: FoldedOutput, most: number): string {
    if (name === null) {
      return `${valueText(value ?? {})}\n`.slice(-most);
    }
    let text = '';
    for (let at = texts.length - 1; at >= 0 && text.length < most; at -= 1) {
      const piece = texts[at];
      if (!isReference(piece)) {
        text = String(piece) + text;
      } else if (this._fetched.has(piece.$blob)) {
        text = this._fetched.get(piece.$blob) + text;
      } else {
        void this._fetch(piece);
        return text;
      }
    }
    return text;
  }

  private async _fetch(piece: IReference): Promise<void> {
    if (this._isFetching || piece.size > LARGEST) {
      return;
    }
    this._isFetching = true;
    await new Promise(go => setTimeout(go, this._next - Date.now()));
    let text = '';
    try {
      text = String(await this._blobs.resolve(piece)).slice(-CHARACTERS);
    } catch {
      // The run's tab says why; here something is missing above what comes next.
    }
    this._isFetching = false;
    this._next = Date.now() + PAUSE;
    this._fetched.clear();
    this._fetched.set(piece.$blob, text);
    this._again();
  }

  private readonly _fetched = new Map<string, string>();
  private _isFetching = false;
  private _next = 0;
}

/** The last lines of a text; without those that have no letter at its end. */
export function linesOf(text: string): Line[] {
  const terminal = new Terminal();
  terminal.feed(text.slice(-CHARACTERS));
  const lines = [...terminal.take(), ...terminal.open];
  while (lines.length && !lines[lines.length - 1].runs.some(([, part]) => part.trim())) {
    lines.pop();
  }
  return lines.slice(-LINES).map(line => ({ ...line, runs: shortened(line.runs) }));
}

function shortened(runs: Line['runs']): Line['runs'] {
  let left = LONGEST;
  const kept: Line['runs'] = [];
  for (const [style, text] of runs) {
    if (left > 0) {
      kept.push([style, text.length > left ? `${text.slice(0, left)}…` : text]);
    }
    left -= text.length;
  }
  return kept;
}

/** What an output says without a picture of it. */
function valueText(value: Record<string, unknown>): string {
  if (value.output_type === 'error') {
    return errorLine(value);
  }
  const plain = (value.data as Record<string, unknown> | undefined)?.['text/plain'];
  return typeof plain === 'string' ? plain : '…';
}

/** `ValueError: bad number`, its first line; what must be fetched is left out. */
export function errorLine(error: Record<string, unknown>): string {
  const [name, words] = [error.ename, error.evalue].map(each => (typeof each === 'string' ? each : ''));
  return [name, words.split('\n')[0].slice(0, LONGEST)].filter(Boolean).join(': ');
}
