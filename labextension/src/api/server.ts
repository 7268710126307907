import { URLExt } from '@jupyterlab/coreutils';
import { ServerConnection } from '@jupyterlab/services';

import type { Fault, Problem } from './types';

/** What went wrong, as the server says it: what happened, and what to do. `status` is 0 where nothing answered. */
export class RequestError extends Error {
  constructor(
    readonly status: number,
    told: Partial<Fault>
  ) {
    super([told.message, told.remedy].filter(Boolean).join(' '));
    this.error = told.error ?? '';
    this.details = told.details ?? [];
  }

  readonly error: string;
  readonly details: readonly Problem[];
}

interface IOptions {
  method?: 'GET' | 'POST' | 'PATCH' | 'DELETE';
  query?: Record<string, string | number | boolean | readonly string[] | undefined>;
  body?: unknown;
  headers?: Record<string, string>;
  /** `default` for what never changes; else JupyterLab lets the browser keep nothing. */
  cache?: RequestCache;
}

/** The server's interface below `runt/`. Paths are given in parts, which are encoded here. */
export class Server {
  constructor(readonly settings: ServerConnection.ISettings = ServerConnection.makeSettings()) {}

  /** `runt/api/…` on this server; for links and downloads, with the browser's cookie. */
  url(...parts: string[]): string {
    return URLExt.join(this.settings.baseUrl, 'runt', ...parts.map(encodeURIComponent));
  }

  /** The answer's JSON. Throws RequestError. */
  async json<T>(parts: readonly string[], options: IOptions = {}): Promise<T> {
    return (await (await this.request(parts, options)).json()) as T;
  }

  /** The answer's text. Throws RequestError. */
  async text(parts: readonly string[], options: IOptions = {}): Promise<string> {
    return (await this.request(parts, options)).text();
  }

  /** The one place that asks. Throws RequestError. */
  async request(parts: readonly string[], options: IOptions = {}): Promise<Response> {
    // With JupyterLab's own default, no-store, a parameter without a name would be added to the address, which the server refuses.
    const { method = 'GET', query = {}, body, headers = {}, cache = 'no-cache' } = options;
    const address = this.url('api', ...parts) + queryText(query);
    const init: RequestInit = { method, headers, cache };
    if (body !== undefined) {
      init.body = JSON.stringify(body);
      init.headers = { 'Content-Type': 'application/json', ...headers };
    }
    let response: Response;
    try {
      response = await ServerConnection.makeRequest(address, init, this.settings);
    } catch {
      throw new RequestError(0, { message: 'The server does not answer.', remedy: 'Try again in a moment.' });
    }
    if (response.ok) {
      return response;
    }
    let told: Partial<Fault> = {};
    try {
      told = (await response.json()) as Fault;
    } catch {
      // a proxy's page, not the server's answer
    }
    throw new RequestError(response.status, { message: `The server answered ${response.status}.`, ...told });
  }

  /** A WebSocket below `runt/api/`. */
  socket(parts: readonly string[], query: Record<string, string | number> = {}): WebSocket {
    const { wsUrl, token, appendToken, WebSocket } = this.settings;
    const path = URLExt.join(wsUrl, 'runt', 'api', ...parts.map(encodeURIComponent));
    return new WebSocket(path + queryText(appendToken && token ? { ...query, token } : query));
  }
}

function queryText(query: NonNullable<IOptions['query']>): string {
  const search = new URLSearchParams();
  for (const [name, value] of Object.entries(query)) {
    for (const each of Array.isArray(value) ? value : [value]) {
      if (each !== undefined) {
        search.append(name, String(each));
      }
    }
  }
  const text = search.toString();
  return text && `?${text}`;
}
