import type { Server } from '../api/server';

/** The names by which the server records what this user asks for. It knows them for certain, or says none. */
export class OwnNames {
  constructor(private readonly _server: Server) {}

  /** None, too, where the server does not answer: then it is asked again the next time. */
  get(): Promise<readonly string[]> {
    this._asked ??= this._server.json<{ own_names: string[] }>(['status']).then(
      status => status.own_names,
      () => {
        this._asked = null;
        return [];
      }
    );
    return this._asked;
  }

  private _asked: Promise<readonly string[]> | null = null;
}
