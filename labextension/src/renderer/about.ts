/** By this a notebook's output names a run (magics/picture.py). */
export const MIME = 'application/vnd.jupyter-runt.run+json';

/** The run as it was when its picture was drawn last. Anybody may have written it: it is checked, and shown as text alone. */
export interface IAbout {
  run_id: string;
  seq: number;
  status: string;
  name: string;
  title: string;
  /** Of the server that the notebook spoke to; null where it had the store at hand. */
  server: string | null;
}

const RUN_ID = /^[A-Za-z0-9][A-Za-z0-9._-]{0,31}$/;

/** What an output says of its run; null when it says it in a way that is not known here. */
export function aboutOf(value: unknown): IAbout | null {
  const { version, run_id, seq, status, name, title, server } = (value ?? {}) as Record<string, unknown>;
  if (version !== 1 || typeof run_id !== 'string' || !RUN_ID.test(run_id)) {
    return null;
  }
  return {
    run_id,
    seq: typeof seq === 'number' ? seq : 0,
    status: text(status),
    name: text(name),
    title: text(title),
    server: typeof server === 'string' ? server : null
  };
}

/** Whether a run is the one that was meant: people may choose ids, so another server may have one of the same. */
export function isMeant(about: IAbout, run: { name: string; title: string }): boolean {
  return sendable(run.name) === about.name && sendable(run.title) === about.title;
}

const text = (value: unknown): string => (typeof value === 'string' ? value : '');

/** As a kernel's message has it, which cannot hold half characters. */
const sendable = (value: string): string => value.replace(/\p{Surrogate}/gu, '?');
