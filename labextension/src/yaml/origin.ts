import type { INotebookContent } from '@jupyterlab/nbformat';
import { JSONExt, type JSONObject, type PartialJSONObject } from '@lumino/coreutils';

import { untrusted } from '../api/documents';
import type { Problem } from '../api/types';
import type { IBase } from './conversion';

/** Where our own metadata lie in an .ipynb notebook. */
const OURS = 'jupyter_runt';

/** What is known of the kernels of this server. */
export interface IKernels {
  readonly default: string;
  describe(name: string): { display_name: string; language: string } | undefined;
}

/** A file that is no notebook: nothing of it may be saved. */
export class Unreadable {
  constructor(readonly problems: readonly Problem[]) {}
}

/**
 * The YAML file that an open notebook was made of. It knows what JupyterLab changes in a notebook by itself, so that only
 * what a person changed gets into the file.
 */
export class Origin {
  constructor(
    text: string,
    private readonly made: INotebookContent,
    kernels: IKernels
  ) {
    this.base = { text, notebook: made };
    const ours = made.metadata[OURS] as JSONObject | undefined;
    this.names = ours?.runtime_kernelspec ? 'runtime' : made.metadata.kernelspec?.name ? 'kernelspec' : null;
    this.kernel = made.metadata.kernelspec?.name || kernels.default;
    this.keepsOutputs = made.cells.some(
      cell => !!cell.execution_count || (cell.outputs as unknown[] | undefined)?.length
    );
    this.described = kernels.describe(this.kernel);
  }

  /** The text, and the notebook as it was when it was last read or saved. */
  base: IBase;
  /** Somebody knows that comments go. */
  agreed = false;
  /** Somebody is being asked whether they may. */
  asking = false;

  /** What JupyterLab is given: with all that it would add by itself, so that opening a file changes nothing. */
  content(): INotebookContent {
    const { kernel, described } = this;
    const content = JSONExt.deepCopy(this.made as unknown as JSONObject) as unknown as INotebookContent;
    const language = described?.language ?? '';
    if (kernel) {
      content.metadata.kernelspec = {
        ...content.metadata.kernelspec,
        name: kernel,
        display_name: kernel,
        ...described
      };
    }
    content.metadata.language_info ??= { name: language };
    content.cells.forEach(cell => (cell.metadata = untrusted(cell.metadata as PartialJSONObject)));
    return content;
  }

  /** The notebook has been read: this is how JupyterLab has it. */
  settle(content: INotebookContent): void {
    this.base = { text: this.base.text, notebook: this.file(content) };
  }

  /** The notebook has been saved. */
  advance(text: string, file: INotebookContent): void {
    this.base = { text, notebook: file };
  }

  /** Whether there is nothing to be saved. */
  says(file: INotebookContent): boolean {
    return JSONExt.deepEqual(file as unknown as JSONObject, this.base.notebook as unknown as JSONObject);
  }

  /** What a notebook of JupyterLab's says that belongs into the file. */
  file(content: INotebookContent): INotebookContent {
    const file = JSON.parse(JSON.stringify(content)) as INotebookContent;
    delete file.metadata.orig_nbformat;
    this.keepKernel(file);
    for (const cell of file.cells) {
      cell.metadata = untrusted(cell.metadata as PartialJSONObject);
      if (cell.cell_type === 'code' && !this.keepsOutputs) {
        cell.outputs = [];
        cell.execution_count = null;
        delete (cell.metadata as PartialJSONObject).execution;
      }
    }
    if (!this.made.cells.length && file.cells.length === 1 && isBlank(file.cells[0])) {
      file.cells = []; // the one that JupyterLab shows where there is none
    }
    return file;
  }

  private keepKernel({ metadata }: INotebookContent): void {
    const { made, names } = this;
    const chosen = metadata.kernelspec?.name || this.kernel;
    const language = made.metadata.language_info;
    if (chosen === this.kernel || !language) {
      // Every kernel tells its language when it starts; that is no news.
      replace(metadata, 'language_info', language);
    }
    if (chosen === this.kernel) {
      replace(metadata, 'kernelspec', made.metadata.kernelspec);
    } else if (names !== 'kernelspec') {
      const ours = metadata[OURS] as JSONObject | undefined;
      const named = { ...(ours?.metadata as JSONObject | undefined), runtime: chosen };
      metadata[OURS] = { ...ours, metadata: named, runtime_kernelspec: chosen };
      metadata.kernelspec = { name: chosen, display_name: chosen };
    }
  }

  private readonly names: 'runtime' | 'kernelspec' | null;
  private readonly kernel: string;
  private readonly keepsOutputs: boolean;
  private readonly described: { display_name: string; language: string } | undefined;
}

export type Source = Origin | Unreadable;

// JupyterLab hands contents on as they are, from the provider to the model and back: each is known by its object.
const sources = new WeakMap<object, Source>();

export function remember(content: object, source: Source | null): void {
  if (source) {
    sources.set(content, source);
  }
}

export function recall(content: unknown): Source | null {
  return (typeof content === 'object' && content && sources.get(content)) || null;
}

function textOf(source: string | string[]): string {
  return typeof source === 'string' ? source : source.join('');
}

function isBlank(cell: INotebookContent['cells'][number]): boolean {
  return cell.cell_type === 'code' && !textOf(cell.source) && !Object.keys(cell.metadata).length;
}

function replace(metadata: PartialJSONObject, key: string, value: PartialJSONObject | undefined): void {
  if (value === undefined) {
    delete metadata[key];
  } else {
    metadata[key] = value;
  }
}
