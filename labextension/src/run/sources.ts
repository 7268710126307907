import type { INotebookContent } from '@jupyterlab/nbformat';
import type { PartialJSONObject } from '@lumino/coreutils';

import { untrusted } from '../api/documents';
import type { RequestError } from '../api/server';
import type { RunEvent } from '../api/types';
import type { RunFeed } from '../live/feed';

interface ICellSource {
  id: string;
  cell_type: string;
  source: string;
  metadata?: PartialJSONObject;
  attachments?: PartialJSONObject;
  tags?: string[];
}

interface INotebookSource {
  cells: ICellSource[];
  metadata?: PartialJSONObject & { kernelspec?: PartialJSONObject; language_info?: PartialJSONObject };
}

/** Nobody edits a run, and its cells are those that were submitted. */
const FIXED = { editable: false, deletable: false };
/** Before a server that is away is asked again. */
const PAUSE_MS = 2000;
const KINDS = ['code', 'markdown', 'raw'];

/** The run's notebook without outputs, as JupyterLab's model takes it; cells keep the ids that events know them by. */
export async function sources(feed: RunFeed): Promise<INotebookContent> {
  let submitted: RunEvent;
  try {
    submitted = await feed.submitted;
  } catch {
    return { cells: [], metadata: {}, nbformat: 4, nbformat_minor: 5 }; // what stands above the cells says why
  }
  const { data } = submitted;
  const { notebook } = data as { notebook: unknown };
  const found = (await insist(feed, () => feed.blobs.resolve(notebook))) as INotebookSource;
  const cells = found.cells.map(({ id, cell_type, source, metadata, attachments, tags }) => ({
    id,
    // What a later release executes is shown as text by this one.
    cell_type: KINDS.includes(cell_type) ? cell_type : 'raw',
    source: source ?? '',
    metadata: { ...untrusted(metadata), ...(tags ? { tags } : {}), ...FIXED },
    ...(attachments && cell_type !== 'code' ? { attachments } : {}),
    ...(cell_type === 'code' ? { outputs: [], execution_count: null } : {})
  }));
  const { language, runtime, display_name } = feed.run.runtime as Record<string, string | undefined>;
  const metadata = {
    kernelspec: { name: runtime ?? '', display_name: display_name ?? runtime ?? '' },
    language_info: languageInfo(language ?? ''),
    ...found.metadata
  };
  return { cells, metadata, nbformat: 4, nbformat_minor: 5 } as unknown as INotebookContent;
}

/** What a server that is away does not give is asked for again: the tab says meanwhile that it reconnects. */
async function insist<T>(feed: RunFeed, fetch: () => Promise<T>): Promise<T> {
  for (;;) {
    try {
      return await fetch();
    } catch (error) {
      const { status } = error as RequestError;
      if (feed.isDisposed || !(status === 0 || status >= 500)) {
        throw error;
      }
      await new Promise(resolve => setTimeout(resolve, PAUSE_MS));
    }
  }
}

/** Enough for an editor to colour it. */
function languageInfo(name: string): PartialJSONObject {
  return name === 'python' ? { name, codemirror_mode: { name: 'ipython', version: 3 } } : { name };
}
