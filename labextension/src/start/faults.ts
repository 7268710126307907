/** What the server has against a form, at the lines that it means. */

import type { IField, IWords } from './types';

/** One fault of an answer. */
export interface IProblem {
  message: string;
  path?: string;
  line?: number;
  column?: number;
  remedy?: string;
}

/** An answer that is no success. */
export interface IRefusal {
  status: number;
  error: string;
  message: string;
  details: readonly IProblem[];
}

export interface IPlaced {
  /** By the key of a line. */
  fields: Map<string, string[]>;
  /** What belongs to none of them. */
  others: IProblem[];
}

const PARAMETER = '$.parameters.';

/** Where the parts of a request's body, or kinds of errors, stand in the form. */
const OPTIONS: Readonly<Record<string, string>> = {
  '$.runtime': 'runtime',
  '$.priority': 'priority',
  '$.name': 'name',
  '$.policy.timeout': 'timeout',
  '$.policy.cell_timeout': 'cell_timeout',
  '$.policy.keep_going': 'keep_going',
  '$.policy.input': 'input',
  runtime_unknown: 'runtime'
};

/** The same of a schedule. */
const WHEN: Readonly<Record<string, string>> = {
  '$.cron': 'cron',
  '$.tz': 'tz',
  '$.ends_at': 'ends_at',
  '$.schedule_id': 'schedule_id',
  schedule_error: 'cron',
  refused: 'schedule_id'
};

/** Each fault at its line, where there is one. */
export function placed(refusal: IRefusal, parameters: readonly IField[], isScheduling = false): IPlaced {
  const options = isScheduling ? { ...OPTIONS, ...WHEN } : OPTIONS;
  const fields = new Map<string, string[]>();
  const others: IProblem[] = [];
  const keys = new Map(parameters.map(field => [field.name, field.key]));
  const given = refusal.details.length ? refusal.details : [{ message: refusal.message, path: refusal.error }];
  for (const problem of given) {
    const path = problem.path ?? '';
    const name = path.startsWith(PARAMETER) ? path.slice(PARAMETER.length) : null;
    const key = name !== null ? keys.get(name) : path.startsWith('$.labels') ? 'labels' : options[path];
    if (key === undefined) {
      others.push(refusal.details.length ? problem : { message: problem.message });
    } else {
      const told = [withoutName(problem.message, name), problem.remedy ?? ''].filter(Boolean).join(' – ');
      fields.set(key, [...(fields.get(key) ?? []), told]);
    }
  }
  return { fields, others };
}

/** The place of a fault in its file; '' where it has none. */
export function placeWords(problem: IProblem, words: IWords): string {
  if (!problem.line) {
    return '';
  }
  return problem.column
    ? words.__('line %1, column %2', problem.line, problem.column)
    : words.__('line %1', problem.line);
}

/** At its own line a parameter need not be named again. */
function withoutName(message: string, name: string | null): string {
  const told = name === null ? message : message.replace(`parameter '${name}': `, '');
  return told.slice(0, 1).toUpperCase() + told.slice(1);
}
