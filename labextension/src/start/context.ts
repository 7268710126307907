import type { TranslationBundle } from '@jupyterlab/translation';

import type { IField } from './types';

/** What the parts of a form know of the whole. */
export interface IFormContext {
  trans: TranslationBundle;
  parameters: readonly IField[];
  more: readonly IField[];
  when: readonly IField[];
  isMoreFaulty: boolean;
  /** Says what holds where a line is left as it was. */
  beforeWords: (value: string) => string;
}

export interface IParts {
  /** `parameters`, `more`, `when`, or '' for the form itself. */
  section: string;
  /** The line; null for a section. */
  field: IField | null;
  isItem: boolean;
}

/** Between the parts of an id; keys have none. */
export const SEPARATOR = '.';

/** What an element's id names: `PREFIX.parameters.p0`, or `….p0.3` for the fourth item of a list. */
export function partsOf(id: string, context: Pick<IFormContext, 'parameters' | 'more' | 'when'>): IParts {
  const [, section = '', key = '', item] = id.split(SEPARATOR);
  const fields = section === 'more' ? context.more : section === 'when' ? context.when : context.parameters;
  return { section, field: fields.find(each => each.key === key) ?? null, isItem: item !== undefined };
}

/** The ids of what belongs to an element. */
export function describedBy(id: string): { description: string; fault: string } {
  return { description: `${id}__description`, fault: `${id}__fault` };
}

/** Whether there is more to say of a line than its title. */
export function hasText(field: IField): boolean {
  return field.description !== '' || field.kind === 'secret';
}
