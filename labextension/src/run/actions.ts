import type { JupyterFrontEnd } from '@jupyterlab/application';
import { Clipboard, Dialog, InputDialog, Notification, showDialog, showErrorMessage } from '@jupyterlab/apputils';
import type { INotebookContent } from '@jupyterlab/nbformat';
import type { TranslationBundle } from '@jupyterlab/translation';
import type { PartialJSONObject, ReadonlyPartialJSONObject } from '@lumino/coreutils';

import { makeFile, untrusted } from '../api/documents';
import { RequestError, type Server } from '../api/server';
import type { View } from '../api/types';
import { COMMANDS } from '../tokens';

export const FORMATS = ['ipynb', 'yaml', 'html'] as const;
export type Format = (typeof FORMATS)[number];

export interface IActionsOptions {
  app: JupyterFrontEnd;
  server: Server;
  trans: TranslationBundle;
  /** The run of the tab that is in front, for whoever names none. */
  current: () => string | null;
  /** The folder where files are saved now. */
  folder: () => string;
}

/** What may be asked of a run, wherever it is shown: commands that take `{ run_id }`. */
export class RunActions {
  constructor(private readonly _options: IActionsOptions) {
    const { trans } = _options;
    this._add(COMMANDS.cancel, trans.__('Cancel Run'), id => this._cancel(id));
    this._add(COMMANDS.interrupt, trans.__('Interrupt Run'), id => this._interrupt(id));
    this._add(COMMANDS.copyLink, trans.__('Copy Link of Run'), id => this._copyLink(id));
    this._add(COMMANDS.openNotebook, trans.__('Open Run as Notebook'), id => this._openNotebook(id));
    this._add(COMMANDS.remove, trans.__('Remove Run'), id => this._remove(id));
    this._add(
      COMMANDS.download,
      args => this._downloadLabel(args),
      (id, args) => this._download(id, formatOf(args))
    );
  }

  private _add(
    command: string,
    label: string | ((args: ReadonlyPartialJSONObject) => string),
    execute: (runId: string, args: ReadonlyPartialJSONObject) => Promise<void>
  ): void {
    const { app, trans, current } = this._options;
    const runOf = (args: ReadonlyPartialJSONObject): string | null => (args.run_id ? String(args.run_id) : current());
    app.commands.addCommand(command, {
      label,
      isEnabled: args => runOf(args) !== null,
      execute: async args => {
        const runId = runOf(args);
        if (runId === null) {
          return;
        }
        try {
          await execute(runId, args);
        } catch (error) {
          await showErrorMessage(typeof label === 'string' ? label : label(args), told(error, trans));
        }
      }
    });
  }

  private async _cancel(runId: string): Promise<void> {
    const { trans } = this._options;
    const asked = await this._ask({
      title: trans.__('Cancel this run?'),
      body: trans.__('What runs is interrupted, and ended if it does not stop. Cells that have not run will not run.'),
      no: trans.__('Keep it running'),
      yes: trans.__('Cancel the run')
    });
    if (asked) {
      await this._signal(runId, 'cancel');
    }
  }

  private async _interrupt(runId: string): Promise<void> {
    const { trans } = this._options;
    const asked = await this._ask({
      title: trans.__('Interrupt the running cell?'),
      body: trans.__('It gets an interrupt, as by Ctrl-C. Unless its code handles that, it fails.'),
      no: trans.__('Keep it running'),
      yes: trans.__('Interrupt')
    });
    if (asked) {
      await this._signal(runId, 'interrupt');
    }
  }

  private async _signal(runId: string, kind: string): Promise<void> {
    await this._options.server.request(['runs', runId, 'signals'], { method: 'POST', body: { kind } });
  }

  private async _remove(runId: string): Promise<void> {
    const { trans, server } = this._options;
    const asked = await this._ask({
      title: trans.__('Remove this run?'),
      body: trans.__('The run %1, its outputs and its history are deleted for good.', runId),
      no: trans.__('Keep it'),
      yes: trans.__('Remove')
    });
    if (asked) {
      await server.request(['runs', runId], { method: 'DELETE' });
    }
  }

  private async _ask(text: { title: string; body: string; no: string; yes: string }): Promise<boolean> {
    const { title, body, no, yes } = text;
    const buttons = [Dialog.cancelButton({ label: no }), Dialog.warnButton({ label: yes })];
    return (await showDialog({ title, body, buttons, defaultButton: 0 })).button.accept;
  }

  /** Of the live page, which every browser shows; it holds no token. */
  private async _copyLink(runId: string): Promise<void> {
    const { server, trans } = this._options;
    Clipboard.copyToSystem(new URL(server.url('runs', runId), location.href).href);
    Notification.info(trans.__('The link to the run is copied.'), { autoClose: 2500 });
  }

  private _downloadLabel(args: ReadonlyPartialJSONObject): string {
    const { trans } = this._options;
    switch (formatOf(args)) {
      case 'ipynb':
        return trans.__('Download Run as .ipynb');
      case 'yaml':
        return trans.__('Download Run as YAML');
      case 'html':
        return trans.__('Download Run as HTML');
    }
  }

  private async _download(runId: string, format: Format): Promise<void> {
    const { server } = this._options;
    if (format === 'ipynb') {
      // It may be of any size, so the browser fetches it; whether it can be had is asked before.
      await server.request(['runs', runId, 'events'], { query: { limit: 1 } });
      follow(`${server.url('api', 'runs', runId, 'notebook')}?format=${format}&download=true`);
      return;
    }
    const answer = await server.request(['runs', runId, 'notebook'], { query: { format, download: true } });
    const address = URL.createObjectURL(await answer.blob());
    follow(address, nameOf(answer) ?? `${runId}.${format === 'yaml' ? 'yml' : format}`);
    // The browser has taken it by then.
    window.setTimeout(() => URL.revokeObjectURL(address), 60_000);
  }

  private async _openNotebook(runId: string): Promise<void> {
    const { app, server, folder } = this._options;
    const answer = await server.request(['runs', runId, 'notebook'], { query: { format: 'ipynb', download: true } });
    const content = (await answer.json()) as INotebookContent;
    content.cells.forEach(cell => (cell.metadata = untrusted(cell.metadata as PartialJSONObject)));
    if (!content.metadata.kernelspec) {
      const view = await server.json<View>(['runs', runId]);
      const { runtime, display_name } = (view.runtime ?? {}) as Record<string, string | undefined>;
      if (runtime) {
        // Else JupyterLab would ask which kernel it is for.
        content.metadata.kernelspec = { name: runtime, display_name: display_name ?? runtime };
      }
    }
    const stem = (nameOf(answer) ?? `${runId}.ipynb`).replace(/\.ipynb$/, '');
    const { contents } = app.serviceManager;
    const { path } = await makeFile(contents, folder(), `${stem}-run`, '.ipynb', JSON.stringify(content, null, 1));
    await app.commands.execute('docmanager:open', { path });
  }
}

/** The name that the server gives a file; null when it says none. */
function nameOf(answer: Response): string | null {
  const given = answer.headers.get('Content-Disposition') ?? '';
  const encoded = /filename\*=UTF-8''([^;]+)/i.exec(given);
  return encoded ? decodeURIComponent(encoded[1]) : (/filename="([^"]+)"/i.exec(given)?.[1] ?? null);
}

function follow(address: string, name = ''): void {
  const link = document.createElement('a');
  link.href = address;
  link.download = name;
  document.body.append(link);
  link.click();
  link.remove();
}

const formatOf = (args: ReadonlyPartialJSONObject): Format => FORMATS.find(each => each === args.format) ?? 'ipynb';

function told(error: unknown, trans: TranslationBundle): string {
  return error instanceof RequestError || error instanceof Error
    ? error.message
    : trans.__('It failed: %1', String(error));
}

/** Asks for the id of a run, or its beginning; null when nobody wants one. */
export async function askForRun(trans: TranslationBundle): Promise<string | null> {
  const answer = await InputDialog.getText({
    title: trans.__('Open a run'),
    label: trans.__('The run’s id, or how it begins'),
    okLabel: trans.__('Open')
  });
  return answer.button.accept && answer.value?.trim() ? answer.value.trim() : null;
}
