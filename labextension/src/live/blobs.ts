import type { Server } from '../api/server';

/** Stands in an event for a value that is too large for it. */
export interface IReference {
  $blob: string;
  size: number;
  json?: boolean;
}

export function isReference(value: unknown): value is IReference {
  return typeof (value as IReference | null)?.$blob === 'string';
}

const AT_ONCE = 4;

/** Large values of events, fetched when they are to be seen, a few at a time. The browser's cache keeps them: they never change. */
export class Blobs {
  constructor(private readonly _server: Server) {}

  /** A value with its blobs put back, as events/codec.py does it. Throws RequestError. */
  async resolve(value: unknown): Promise<unknown> {
    if (Array.isArray(value)) {
      return Promise.all(value.map(each => this.resolve(each)));
    }
    if (value === null || typeof value !== 'object') {
      return value;
    }
    if (isReference(value)) {
      const content = await this._text(value.$blob);
      return value.json ? this.resolve(JSON.parse(content)) : content;
    }
    const entries = Object.entries(value).map(
      async ([key, item]) => [key.startsWith('$$') ? key.slice(1) : key, await this.resolve(item)] as const
    );
    return Object.fromEntries(await Promise.all(entries));
  }

  private async _text(sha256: string): Promise<string> {
    if (this._under >= AT_ONCE) {
      await new Promise<void>(go => this._waiting.push(go));
    } else {
      this._under += 1;
    }
    try {
      return await this._server.text(['blobs', sha256]);
    } finally {
      const next = this._waiting.shift();
      if (next) {
        next();
      } else {
        this._under -= 1;
      }
    }
  }

  private readonly _waiting: (() => void)[] = [];
  private _under = 0;
}
