/** The server's clock as far as its facts show it, so that "12 s" is right where this machine's clock is wrong. */
export class ServerClock {
  /** Now, in ms since the epoch, by the server's clock. */
  now(): number {
    return Date.now() + this._ahead;
  }

  /** A time that was told now; `isNews`: of something that has just happened. */
  heard(iso: string | null, isNews: boolean): void {
    const ahead = iso === null ? NaN : Date.parse(iso) - Date.now();
    // What is told has happened, so a time to come shows that this clock is slow. That it is fast is seen by news alone; what
    // came the fastest is the nearest to the truth.
    if (ahead > this._ahead || (isNews && !this._isKnown && !Number.isNaN(ahead))) {
      this._ahead = ahead;
      this._isKnown ||= isNews;
    }
  }

  private _ahead = 0;
  private _isKnown = false;
}
