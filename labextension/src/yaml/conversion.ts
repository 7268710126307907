import type { INotebookContent } from '@jupyterlab/nbformat';

import { RequestError, type Server } from '../api/server';

/** A YAML file that is edited: its text, and the notebook that the editor made of it. */
export interface IBase {
  text: string;
  notebook: INotebookContent;
}

/** A YAML file's new text, in which so many comments went. `anew`: its layout could not be kept. */
export interface IRevised {
  notebook: string;
  anew: boolean;
  comments_lost: number;
}

/** YAML to .ipynb and back. The server does it, as it does for runs. */
export class Conversion {
  constructor(private readonly server: Server) {}

  /** What a YAML file's text says. Throws RequestError, with all of the file's faults. */
  async notebook(text: string, name: string): Promise<INotebookContent> {
    // Of an empty text the server would say that it wants one, and not what belongs into it.
    const body = { notebook: text || '\n', name, to: 'ipynb', conventional: true };
    return (await this.convert<{ notebook: INotebookContent }>(body)).notebook;
  }

  /** The text of a new file in the other format. Throws RequestError, with all of the file's faults. */
  async other(text: string, name: string, to: 'ipynb' | 'yaml'): Promise<string> {
    const body = { notebook: text || '\n', name, to, conventional: true, as_text: true };
    return (await this.convert<{ notebook: string }>(body)).notebook;
  }

  /** The text of a YAML file after an edit, which is all that changes in it. */
  async revised(base: IBase, notebook: INotebookContent, name: string): Promise<IRevised> {
    return this.convert<IRevised>({ notebook, base, name, to: 'yaml' });
  }

  private async convert<T>(body: unknown): Promise<T> {
    return this.server.json<T>(['convert'], { method: 'POST', body });
  }
}

/** Whether the server found fault with the notebook itself: asking again changes nothing. */
export function isFault(error: unknown): error is RequestError {
  return error instanceof RequestError && [400, 413, 422].includes(error.status);
}
