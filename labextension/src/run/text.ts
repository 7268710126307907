import { type Line, Terminal } from '@jupyter-runt/pages/terminal.js';
import { sizeWords } from '@jupyter-runt/pages/words.js';
import type { IRenderMime } from '@jupyterlab/rendermime';
import type { TranslationBundle } from '@jupyterlab/translation';
import { Widget } from '@lumino/widgets';

import { type Blobs, type IReference, isReference } from '../live/blobs';
import { styled } from './ansi';
import { TextOutput } from './outputs';
import type { Painter } from './painter';

const BLOCK_LINES = 250;
/** Fetched at once, while earlier ones are drawn. */
const PIECES_AHEAD = 3;
/** Characters between two looks at the clock. */
const FEED = 32 * 1024;
/** Characters of one output that are drawn before somebody asks for more. */
const PORTION = 5_000_000;
const RETRY_MS = 3000;

export interface ITextContext {
  painter: Painter;
  blobs: Blobs;
  trans: TranslationBundle;
}

/**
 * A stream's text. What was drawn stays: only what is new is appended, in blocks that cost no layout while they are far away.
 */
export class TextRenderer extends Widget implements IRenderMime.IRenderer {
  constructor(private readonly _context: ITextContext) {
    super();
    this.addClass('jp-RenderedText');
    this.addClass('jp-runt-text');
    this.node.append(this._pre);
  }

  async renderModel(model: IRenderMime.IMimeModel): Promise<void> {
    if (!(model instanceof TextOutput)) {
      return;
    }
    if (this._model !== model) {
      this._begin(model);
    }
    this._context.painter.ask(this._draw);
  }

  override dispose(): void {
    this._context.painter.forget(this._draw);
    this._model = null;
    this._fetched.clear();
    super.dispose();
  }

  private _begin(model: TextOutput): void {
    this._model = model;
    this.node.dataset.mimeType = `application/vnd.jupyter.${model.name}`;
    this._terminal = new Terminal();
    this._taken = this._offset = this._drawn = this._lines = 0;
    this._allowed = PORTION;
    this._block = this._live = null;
    this._fetched.clear();
    this._pre.replaceChildren();
    this._note(null);
  }

  private readonly _draw = (isLate: () => boolean): boolean => {
    const pieces = this._model?.pieces ?? [];
    while (this._taken < pieces.length) {
      if (this._drawn >= this._allowed) {
        this._offerMore(pieces);
        break;
      }
      const text = this._text(pieces, this._taken);
      if (text === null) {
        break;
      }
      this._terminal.feed(text.slice(this._offset, this._offset + FEED));
      this._offset += FEED;
      if (this._offset >= text.length) {
        this._fetched.delete(this._taken);
        this._drawn += text.length;
        this._taken += 1;
        this._offset = 0;
      }
      this._settle();
      if (isLate()) {
        this._refresh();
        return true;
      }
    }
    this._refresh();
    return false;
  };

  /** A piece that is here; null while it is fetched. */
  private _text(pieces: readonly unknown[], index: number): string | null {
    if (!isReference(pieces[index])) {
      return pieces[index] as string;
    }
    let started = 0;
    for (let ahead = index; ahead < pieces.length && started < PIECES_AHEAD; ahead += 1) {
      const piece = pieces[ahead];
      if (isReference(piece)) {
        started += 1;
        if (!this._fetched.has(ahead)) {
          void this._fetch(piece, ahead);
        }
      }
    }
    return this._fetched.get(index) ?? null;
  }

  private async _fetch(piece: IReference, index: number): Promise<void> {
    const { painter, blobs, trans } = this._context;
    const model = this._model;
    this._fetched.set(index, null);
    let text: string | null = null;
    try {
      text = (await blobs.resolve(piece)) as string;
    } catch (error) {
      if (this._model === model) {
        this._note(trans.__('Some of this text could not be loaded: %1', (error as Error).message));
        window.setTimeout(
          () => this._model === model && (this._fetched.delete(index), painter.ask(this._draw)),
          RETRY_MS
        );
      }
      return;
    }
    if (this._model === model) {
      this._fetched.set(index, text);
      this._note(null);
      painter.ask(this._draw);
    }
  }

  /** A tab that holds hundreds of megabytes of text is of no use: the rest comes when it is wanted. */
  private _offerMore(pieces: readonly unknown[]): void {
    const left = pieces
      .slice(this._taken)
      .reduce<number>((sum, piece) => sum + (isReference(piece) ? piece.size : (piece as string).length), 0);
    if (!this._more) {
      this._more = document.createElement('button');
      this._more.className = 'jp-runt-text-more jp-mod-styled jp-mod-minimal';
      this._more.addEventListener('click', () => {
        this._more?.remove();
        this._more = null;
        this._allowed += PORTION;
        this._context.painter.ask(this._draw);
      });
      this.node.append(this._more);
    }
    this._more.textContent = this._context.trans.__('%1 more: show', sizeWords(left));
  }

  /** Lines that cannot change any more go into blocks. */
  private _settle(): void {
    let fragment: DocumentFragment | null = null;
    for (const line of this._terminal.take()) {
      if (this._block === null || this._lines === BLOCK_LINES) {
        if (fragment && this._block) {
          this._block.append(fragment);
        }
        fragment = null;
        this._block?.style.setProperty('--jp-runt-lines', String(BLOCK_LINES));
        this._block = document.createElement('span');
        this._block.className = 'jp-runt-text-block';
        this._lines = 0;
        this._pre.insertBefore(this._block, this._live);
      }
      line.element?.remove();
      fragment ??= document.createDocumentFragment();
      addLine(fragment, line, line.end);
      this._lines += 1;
    }
    if (fragment && this._block) {
      this._block.append(fragment);
      this._block.style.setProperty('--jp-runt-lines', String(this._lines));
    }
  }

  /** The lines at the end, which a cursor may still reach. */
  private _refresh(): void {
    if (this._live === null) {
      this._live = document.createElement('span');
      this._pre.append(this._live);
    }
    const open = this._terminal.open;
    open.forEach((line, index) => {
      const isLast = index === open.length - 1;
      if (line.element && !line.changed && this._last !== line && !isLast) {
        return;
      }
      const fresh = document.createElement('span');
      addLine(fresh, line, isLast ? '' : line.end);
      if (line.element) {
        line.element.replaceWith(fresh);
      } else {
        this._live?.append(fresh);
      }
      line.element = fresh;
      line.changed = false;
    });
    this._last = open[open.length - 1];
  }

  private _note(text: string | null): void {
    if (text === null) {
      this._failed?.remove();
      this._failed = null;
      return;
    }
    this._failed ??= this.node.appendChild(document.createElement('p'));
    this._failed.className = 'jp-runt-note';
    this._failed.textContent = text;
  }

  private readonly _pre = document.createElement('pre');
  private readonly _fetched = new Map<number, string | null>();
  private _model: TextOutput | null = null;
  private _terminal = new Terminal();
  /** Pieces that were drawn, and characters of the next one. */
  private _taken = 0;
  private _offset = 0;
  private _drawn = 0;
  private _allowed = PORTION;
  private _block: HTMLElement | null = null;
  private _lines = 0;
  private _live: HTMLElement | null = null;
  private _last: Line | null = null;
  private _more: HTMLButtonElement | null = null;
  private _failed: HTMLElement | null = null;
}

function addLine(parent: ParentNode & Node, line: Line, end: string): void {
  let plain = '';
  for (const [style, text] of line.runs) {
    if (style === null) {
      plain += text;
    } else {
      addText(parent, plain);
      plain = '';
      parent.append(styled(style, text));
    }
  }
  addText(parent, plain + end);
}

/** A block of plain text is one node. */
function addText(parent: ParentNode & Node, text: string): void {
  const last = parent.lastChild;
  if (last?.nodeType === Node.TEXT_NODE) {
    (last as Text).appendData(text);
  } else if (text) {
    parent.append(text);
  }
}
