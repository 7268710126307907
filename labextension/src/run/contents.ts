import type { Contents, IContentProvider } from '@jupyterlab/services';

import type { RunFeed } from '../live/feed';
import { sources } from './sources';

/** What the runs' documents are read by. */
export const PROVIDER = 'jupyter-runt-runs';

/** Runs as read-only files, whose content comes from their events. Such a path exists as long as the run's tab is open. */
export class RunContents implements IContentProvider {
  /** The path under which a run's tab finds it. */
  open(feed: RunFeed): string {
    const path = `${feed.runId}.ipynb`;
    this._feeds.set(path, feed);
    return path;
  }

  close(path: string): void {
    this._feeds.delete(path);
  }

  async get(path: string): Promise<Contents.IModel> {
    const feed = this._feeds.get(path);
    if (!feed) {
      throw new Error(`No run is open as ${path}.`);
    }
    const content = await sources(feed);
    const at = feed.run.submitted_at ?? '';
    return {
      name: path,
      path,
      type: 'notebook',
      format: 'json',
      mimetype: 'application/x-ipynb+json',
      writable: false,
      created: at,
      last_modified: at,
      content
    };
  }

  async save(path: string): Promise<Contents.IModel> {
    throw new Error(`${path} is a run: it cannot be changed.`);
  }

  private readonly _feeds = new Map<string, RunFeed>();
}
