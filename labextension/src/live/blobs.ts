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

/** A value of an event as it was meant, where nothing has to be fetched for it; else undefined. */
export function atHand(value: unknown): unknown {
  if (Array.isArray(value)) {
    const items = value.map(atHand);
    return items.includes(undefined) ? undefined : items;
  }
  if (value === null || typeof value !== 'object') {
    return value;
  }
  if (isReference(value)) {
    return undefined;
  }
  const found: Record<string, unknown> = {};
  for (const [key, item] of Object.entries(value)) {
    const content = atHand(item);
    if (content === undefined) {
      return undefined;
    }
    found[unescaped(key)] = content;
  }
  return found;
}

/** A user's own key that begins with `$` bears one more in an event. */
const unescaped = (key: string): string => (key.startsWith('$$') ? key.slice(1) : key);

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
      async ([key, item]) => [unescaped(key), await this.resolve(item)] as const
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
      return await this._server.text(['blobs', sha256], { cache: 'default' });
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
