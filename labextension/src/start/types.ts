/** What a form is made of. The modules that import only this one know nothing of JupyterLab: Node tests them as they are. */

export type Json = null | boolean | number | string | Json[] | { [key: string]: Json };

/** A JSON Schema, of which only the keywords that a form looks at are named. */
export interface ISchema {
  type?: string | string[];
  enum?: Json[];
  const?: Json;
  title?: string;
  description?: string;
  format?: string;
  items?: ISchema | boolean;
  prefixItems?: unknown;
  [keyword: string]: unknown;
}

/** What an element of the form shows, and so how its text becomes a value. */
export type Kind = 'text' | 'lines' | 'secret' | 'number' | 'boolean' | 'choice' | 'date' | 'list' | 'json' | 'any';

export interface IChoice {
  value: Json;
  label: string;
}

/** One line of the form. */
export interface IField {
  /** Its name in the form's data and in ids; a parameter's own name may be anything. */
  readonly key: string;
  /** The parameter's name; '' for what is none. */
  readonly name: string;
  readonly title: string;
  readonly description: string;
  readonly kind: Kind;
  /** What values must fit; true for anything. */
  readonly schema: ISchema | true;
  /** What holds when nothing is said; undefined where nothing does. */
  readonly initial: Json | undefined;
  readonly isRequired: boolean;
  readonly choices: readonly IChoice[];
  /** What is in a list. */
  readonly item: IField | null;
  /** Shown in an empty element. */
  readonly placeholder: string;
}

/** The form's data: by section and key, what was entered. A key without a value: nothing was said. */
export interface IData {
  parameters: Readonly<Record<string, Json | undefined>>;
  more: Readonly<Record<string, Json | undefined>>;
  /** Where the notebook shall run at due times. */
  when?: Readonly<Record<string, Json | undefined>>;
}

/** What is wrong with a value; the path leads into a list. */
export interface IFieldFault {
  path: readonly number[];
  message: string;
}

/** The translation's functions that words need; JupyterLab's TranslationBundle is one. */
export interface IWords {
  __(text: string, ...values: unknown[]): string;
  _n(one: string, many: string, count: number, ...values: unknown[]): string;
}

/** Equality of JSON. */
export function same(one: Json | undefined, other: Json | undefined): boolean {
  if (one === other) {
    return true;
  }
  if (typeof one !== 'object' || typeof other !== 'object' || one === null || other === null) {
    return false;
  }
  const [mine, yours] = [new Map(Object.entries(one)), new Map(Object.entries(other))];
  return (
    Array.isArray(one) === Array.isArray(other) &&
    mine.size === yours.size &&
    [...mine].every(([key, value]) => yours.has(key) && same(value, yours.get(key)))
  );
}
