import {
  htmlRendererFactory,
  type IRenderMime,
  type IRenderMimeRegistry,
  textRendererFactory
} from '@jupyterlab/rendermime';
import type { TranslationBundle } from '@jupyterlab/translation';
import type { Message } from '@lumino/messaging';
import { Panel, Widget } from '@lumino/widgets';

import { RequestError } from '../api/server';
import { Ticker } from '../live/ticker';
import type { IRunt } from '../tokens';
import { aboutOf, type IAbout, isMeant, MIME } from './about';
import { CardCells } from './cells';
import { CardHead } from './head';
import { type IShown, isEnded, ofAbout } from './shown';
import type { RunSource, Sources, Trouble } from './sources';
import { troubleWords } from './words';

/** Milliseconds between two drawings, however much the run says. */
const PAUSE = 125;
/** It is read, and followed, when it is about to be seen. */
const AHEAD = '200px';
/** Milliseconds in sight until then: a notebook that is laid out or scrolled through asks for nothing on the way. */
const DWELL = 100;

export interface IRendererContext {
  runt: IRunt;
  sources: Sources;
  rendermime: IRenderMimeRegistry;
  trans: TranslationBundle;
  open: (runId: string) => void;
  /** Throws RequestError. */
  cancel: (runId: string) => Promise<void>;
}

/** A run in a notebook's output. What the notebook holds of it says only which one it is; the rest comes from the server. */
export class RunRenderer extends Panel implements IRenderMime.IRenderer {
  constructor(
    private readonly _rendering: IRenderMime.IRendererOptions,
    private readonly _context: IRendererContext
  ) {
    super();
    this.addClass('jp-runt-picture');
  }

  /** Shows the run that the model names. It is called again whenever the notebook's kernel has drawn its own picture anew. */
  async renderModel(model: IRenderMime.IMimeModel): Promise<void> {
    const about = aboutOf(model.data[MIME]);
    this._model = model;
    if (about?.run_id !== this._about?.run_id) {
      this._forget();
    }
    this._about = about;
    if (about === null || this._fallback !== null) {
      await this._fallBack(this._trouble);
    } else if (!this._isDone) {
      if (this._head === null) {
        this._drawNow();
        this._attend();
      } else {
        this._drawSoon();
      }
    }
  }

  override dispose(): void {
    this._leave();
    this._ticker.dispose();
    clearTimeout(this._pause);
    cancelAnimationFrame(this._frame);
    super.dispose();
  }

  protected override onAfterAttach(msg: Message): void {
    super.onAfterAttach(msg);
    this._observer.observe(this.node);
  }

  protected override onBeforeDetach(msg: Message): void {
    this._observer.disconnect();
    this._see(false);
    super.onBeforeDetach(msg);
  }

  // -- which run, and when ---------------------------------------------------------------------------------------------

  private _see(isSeen: boolean): void {
    this._isSeen = isSeen;
    this._ticker.isShown = isSeen;
    clearTimeout(this._dwelling);
    if (isSeen) {
      this._dwelling = setTimeout(() => this._attend(), DWELL);
    } else {
      this._leave();
    }
  }

  private _attend(): void {
    const isHopeless = this._fallback !== null && this._trouble !== 'away';
    const isWanted = this._isSeen && !this._isDone && !isHopeless && !this.isDisposed;
    if (this._source === null && this._about !== null && isWanted) {
      this._source = this._context.sources.acquire(this._about.run_id);
      this._source.changed.connect(this._drawSoon);
      this._drawSoon();
    }
  }

  private _leave(): void {
    if (this._source !== null) {
      this._source.changed.disconnect(this._drawSoon);
      this._context.sources.release(this._source);
      this._source = null;
    }
  }

  // -- drawing ---------------------------------------------------------------------------------------------------------

  private readonly _drawSoon = (): void => {
    if (this._pause === undefined && !this._frame) {
      this._pause = setTimeout(
        () => {
          this._pause = undefined;
          this._frame = requestAnimationFrame(() => {
            this._frame = 0;
            this._drawNow();
          });
        },
        Math.max(0, this._drawnAt + PAUSE - performance.now())
      );
    }
  };

  private _drawNow(): void {
    const { _about: about, _source: source } = this;
    if (about === null || this.isDisposed || this._isDone || (this._fallback !== null && this._trouble !== 'away')) {
      return;
    }
    this._drawnAt = performance.now();
    const shown = source?.shown ?? null;
    const trouble = shown !== null && !isMeant(about, shown) ? 'unknown' : (source?.trouble ?? null);
    if (trouble !== null && (trouble !== 'away' || (shown ?? this._shown) === null)) {
      void this._fallBack(trouble);
    } else if (shown === null || (this._shown !== null && shown.seq < this._shown.seq)) {
      this._draw(this._shown ?? ofAbout(about), trouble); // a feed that begins anew has not come as far yet
    } else {
      this._shown = shown;
      this._draw(shown, trouble);
      if (isEnded(shown)) {
        this._isDone = true;
        this._leave();
      }
    }
    this._tick();
  }

  private _draw(shown: IShown, trouble: Trouble | null): void {
    const { runt, trans } = this._context;
    if (this._fallback !== null) {
      this._empty();
    }
    const away = trouble === 'away' ? trans.__('The server does not answer. Reconnecting…') : '';
    this._head ??= this._makeHead();
    this._head.draw(shown, runt.runs.clock.now(), [this._note, away].filter(Boolean).join(' '));
    if (this._source !== null && this._shown !== null) {
      this._cells ??= this._makeCells(this._source);
      this._cells.draw(shown);
    }
  }

  /** The clock goes on while the run does. */
  private _tick(): void {
    const isTicking = this._fallback === null && !this._isDone && this._shown !== null && this._head !== null;
    if (isTicking && !this._ticking) {
      this._ticking = this._ticker.add(() => this._drawSoon());
    } else if (!isTicking) {
      this._ticking?.dispose();
      this._ticking = null;
    }
  }

  private _makeHead(): CardHead {
    const runId = this._about?.run_id ?? '';
    const { trans, open } = this._context;
    const head = new CardHead({ runId, trans, open: () => open(runId), cancel: () => void this._cancel(runId) });
    this.insertWidget(0, head);
    return head;
  }

  private _makeCells({ blobs }: RunSource): CardCells {
    const { trans } = this._context;
    const cells = new CardCells({ rendermime: this._rendermime(), blobs, trans, again: () => this._drawSoon() });
    this.addWidget(cells);
    return cells;
  }

  private async _cancel(runId: string): Promise<void> {
    const head = this._head;
    if (head === null) {
      return;
    }
    head.isCancelling = true;
    this._note = '';
    try {
      await this._context.cancel(runId);
    } catch (error) {
      this._note = error instanceof RequestError ? error.message : String(error);
    }
    head.isCancelling = false;
    this._drawSoon();
  }

  // -- without the server ----------------------------------------------------------------------------------------------

  /** Shows what the notebook itself holds: its HTML as for any output, or its text. Where the server is away, until it is back. */
  private async _fallBack(trouble: Trouble | null): Promise<void> {
    const model = this._model;
    if (model === null) {
      return;
    }
    if (trouble !== 'away') {
      this._leave();
    }
    if (this._fallback === null || trouble !== this._trouble) {
      this._empty();
      this._trouble = trouble;
      const [mimeType, factory] =
        'text/html' in model.data ? ['text/html', htmlRendererFactory] : ['text/plain', textRendererFactory];
      this._fallback = factory.createRenderer({ ...this._rendering, mimeType });
      this.addWidget(this._fallback);
      const note = new Widget({ node: document.createElement('p') });
      note.addClass('jp-runt-picture-note');
      note.node.textContent = this._about ? troubleWords(trouble, this._about, this._context.trans) : '';
      this.addWidget(note);
    } else if (this._drawn === model) {
      return;
    }
    this._drawn = model;
    await this._fallback.renderModel(model);
  }

  /** Another run is meant. */
  private _forget(): void {
    this._leave();
    this._empty();
    this._shown = this._trouble = null;
    this._isDone = false;
  }

  private _empty(): void {
    for (const widget of [...this.widgets]) {
      widget.dispose();
    }
    this._head = this._cells = this._fallback = null;
  }

  /** As the notebook's own: its links lead where the others lead. */
  private _rendermime(): IRenderMimeRegistry {
    const { resolver, linkHandler, sanitizer, latexTypesetter, markdownParser } = this._rendering;
    return this._context.rendermime.clone({
      resolver: resolver ?? undefined,
      linkHandler: linkHandler ?? undefined,
      sanitizer,
      latexTypesetter: latexTypesetter ?? undefined,
      markdownParser: markdownParser ?? undefined
    });
  }

  private readonly _observer = new IntersectionObserver(
    entries => this._see(entries[entries.length - 1].isIntersecting),
    { rootMargin: AHEAD }
  );
  private readonly _ticker = new Ticker();
  private _ticking: { dispose(): void } | null = null;
  private _model: IRenderMime.IMimeModel | null = null;
  private _about: IAbout | null = null;
  private _source: RunSource | null = null;
  /** What is drawn, where it came from the server. */
  private _shown: IShown | null = null;
  private _head: CardHead | null = null;
  private _cells: CardCells | null = null;
  private _fallback: (Widget & IRenderMime.IRenderer) | null = null;
  /** Why the notebook's own picture is shown, and of which model it is. */
  private _trouble: Trouble | null = null;
  private _drawn: IRenderMime.IMimeModel | null = null;
  private _note = '';
  /** Its end is drawn, and nothing changes any more. */
  private _isDone = false;
  private _isSeen = false;
  private _dwelling: ReturnType<typeof setTimeout> | undefined;
  private _pause: ReturnType<typeof setTimeout> | undefined;
  private _frame = 0;
  private _drawnAt = 0;
}
