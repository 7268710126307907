import type { INotebookContent } from '@jupyterlab/nbformat';
import type { Contents, IContentProvider, KernelSpec } from '@jupyterlab/services';
import type { TranslationBundle } from '@jupyterlab/translation';

import { statusOf } from '../api/documents';
import { RequestError } from '../api/server';
import type { Problem } from '../api/types';
import { type Conversion, type IRevised, isFault } from './conversion';
import { type IKernels, Origin, Unreadable, recall, remember } from './origin';
import { asText } from './words';

/** What the server takes, as `jupyter runt` does. */
const LARGEST = 64 * 2 ** 20;
const NO_KERNEL = { kernelspec: { name: '', display_name: '' }, language_info: { name: '' } };
const NOTHING = { nbformat: 4, nbformat_minor: 5, metadata: NO_KERNEL, cells: [] };

export interface IYamlContentsOptions {
  drive: Contents.IDrive;
  conversion: Conversion;
  kernelspecs: KernelSpec.IManager;
  trans: TranslationBundle;
  /** Whether the notebook of this path is on the screen: then nothing may take its place that is none. */
  isShown(path: string): boolean;
  /** Asks whether comments may go. */
  mayLose(path: string, revised: IRevised): Promise<boolean>;
}

/** Reads YAML files as notebooks, and writes notebooks to YAML files. The files themselves are the drive's. */
export class YamlContents implements IContentProvider {
  constructor(private readonly options: IYamlContentsOptions) {}

  async get(path: string, options: Contents.IFetchOptions = {}): Promise<Contents.IModel> {
    return options.content ? this.notebook(path, options) : this.listed(path, options);
  }

  async save(path: string, options: Partial<Contents.IModel> = {}): Promise<Contents.IModel> {
    const { conversion, trans } = this.options;
    const content = options.content as INotebookContent;
    const origin = recall(content);
    if (!(origin instanceof Origin)) {
      throw new Error(trans.__('This notebook was not read from a file, so it cannot be saved to one.'));
    }
    const file = origin.file(content);
    let { text } = origin.base;
    if (!origin.says(file)) {
      try {
        text = await this.revised(path, origin, file, conversion);
      } catch (error) {
        throw error instanceof RequestError ? new Error(asText(error, trans)) : error;
      }
    }
    const saved = await this.options.drive.save(path, { type: 'file', format: 'text', content: text });
    origin.advance(text, file);
    return saved;
  }

  private async revised(path: string, origin: Origin, file: INotebookContent, conversion: Conversion): Promise<string> {
    const found = await conversion.revised(origin.base, file, path);
    if (found.comments_lost && !origin.agreed) {
      if (origin.asking) {
        throw named('ModalDuplicateError');
      }
      origin.asking = true;
      try {
        origin.agreed = await this.options.mayLose(path, found);
      } finally {
        origin.asking = false;
      }
      if (!origin.agreed) {
        throw named('ModalCancelError');
      }
    }
    return found.notebook;
  }

  /** What the drive has of a file, without its content. */
  private async listed(path: string, options: Contents.IFetchOptions): Promise<Contents.IModel> {
    try {
      return await this.options.drive.get(path, { content: false, hash: options.hash });
    } catch (error) {
      // JupyterLab asks so before it saves. Without the file it would save past this provider, as JSON: so it is told of
      // one that is older than anything.
      if (options.hash && statusOf(error) === 404) {
        return { ...GONE, path, name: path.slice(path.lastIndexOf('/') + 1) };
      }
      throw error;
    }
  }

  private async notebook(path: string, options: Contents.IFetchOptions): Promise<Contents.IModel> {
    const { drive, trans } = this.options;
    const listed = await drive.get(path, { content: false, hash: options.hash });
    if ((listed.size ?? 0) > LARGEST) {
      const size = Math.round((listed.size ?? 0) / 2 ** 20);
      const message = trans.__('the file has %1 MB: notebooks may have %2', size, LARGEST / 2 ** 20);
      return this.unreadable(listed, [problem(message)]);
    }
    let model = listed;
    try {
      model = await drive.get(path, { type: 'file', format: 'text', content: true, hash: options.hash });
      const text = model.content as string;
      const origin = new Origin(text, await this.options.conversion.notebook(text, path), await this.kernels());
      const content = origin.content();
      remember(content, origin);
      return { ...model, format: 'json', content };
    } catch (error) {
      const problems = problemsOf(error);
      if (!problems) {
        throw error;
      }
      return this.unreadable(model, problems, error);
    }
  }

  /** A notebook that says what is wrong, and cannot be saved. One that is open and may have been edited stays as it is. */
  private unreadable(model: Contents.IModel, problems: readonly Problem[], error?: unknown): Contents.IModel {
    const { trans, isShown } = this.options;
    if (isShown(model.path)) {
      throw error instanceof RequestError ? new Error(asText(error, trans)) : (error ?? new Error(problems[0].message));
    }
    const content = { ...NOTHING };
    remember(content, new Unreadable(problems));
    return { ...model, format: 'json', content, writable: false };
  }

  private async kernels(): Promise<IKernels> {
    const { kernelspecs } = this.options;
    await kernelspecs.ready.catch(() => undefined);
    const { specs } = kernelspecs;
    return {
      default: specs?.default ?? '',
      describe: name => {
        const spec = specs?.kernelspecs[name];
        return spec && { display_name: spec.display_name, language: spec.language };
      }
    };
  }
}

const GONE: Contents.IModel = {
  name: '',
  path: '',
  type: 'file',
  writable: true,
  created: new Date(0).toISOString(),
  last_modified: new Date(0).toISOString(),
  mimetype: '',
  content: null,
  format: 'text'
};

/** JupyterLab's words for what a person called off, and for what a person is being asked already. It says nothing of them. */
function named(name: 'ModalCancelError' | 'ModalDuplicateError'): Error {
  const error = new Error('Cancel');
  error.name = name;
  return error;
}

function problem(message: string): Problem {
  return { message, path: '', line: 0, column: 0, remedy: '' };
}

/** What is wrong with the file; null where it is something else that went wrong. */
function problemsOf(error: unknown): readonly Problem[] | null {
  if (isFault(error)) {
    return error.details.length ? error.details : [problem(error.message)];
  }
  // No text: bytes that are no UTF-8.
  return error instanceof Error && statusOf(error) === 400 ? [problem(error.message)] : null;
}
