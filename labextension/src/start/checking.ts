/** What is wrong with what was entered, by the same schemas and rules as the server's. It refuses nothing that the server would take. */

import { isHarmless, hasReferences, noReference } from './references';
import { isNothing } from './fields';
import { inexact, isTooExact, jsonFault, plain } from './text';
import { type IField, type IFieldFault, type ISchema, type IWords, type Json, same } from './types';

/** One error as Ajv tells it. */
export interface ISchemaError {
  keyword: string;
  instancePath: string;
  params: Record<string, unknown>;
  message?: string;
  /** The value. */
  data?: unknown;
}

/** What a schema finds in a value; null when it cannot be used here: the server will tell. */
export type Validate = (schema: ISchema, value: unknown) => readonly ISchemaError[] | null;

/** Ajv as Python's jsonschema is used: formats are not checked, and a whole float is an integer. */
export const AJV_OPTIONS = { validateFormats: false, allErrors: true, strict: false, logger: false } as const;

/** The faults of one line of the form. What was not changed is not looked at: the server has said nothing against it so far. */
export function faultsOf(field: IField, value: Json | undefined, validate: Validate, words: IWords): IFieldFault[] {
  if (isNothing(value)) {
    return field.isRequired ? [own(words.__('This is required.'))] : [];
  }
  if (value === undefined || same(value, field.initial)) {
    return [];
  }
  const changed = changedNumbers(field, value, words);
  if (changed.length) {
    return changed;
  }
  const wrong = noReference(value);
  if (wrong !== null) {
    return [
      own(
        words.__(
          '%1 is not a reference: write ${NAME}, ${NAME:-default} or ${file:PATH}; a literal ${ is written $${.',
          wrong
        )
      )
    ];
  }
  if (field.kind === 'secret') {
    return isHarmless(value)
      ? []
      : [own(words.__('This is not a reference: the secret itself would be stored with the run.'))];
  }
  if (hasReferences(value)) {
    return [];
  }
  return unread(field, value, words) ?? bySchema(field, value, validate, words);
}

/** Numbers that a browser would send as others, at the line or at items of its list. */
function changedNumbers(field: IField, value: Json, words: IWords): IFieldFault[] {
  const isChanged = (kind: IField['kind'], each: Json): boolean =>
    inexact(each) !== null || (kind === 'number' && typeof each === 'string' && isTooExact(each));
  const message = words.__('This has more digits than a browser can send exactly.');
  const { item } = field;
  if (item !== null && Array.isArray(value)) {
    return value.flatMap((each, place) => (isChanged(item.kind, each) ? [{ path: [place], message }] : []));
  }
  return isChanged(field.kind, value) ? [own(message)] : [];
}

/** What a text in place of another value has to be told. */
function unread(field: IField, value: Json, words: IWords): IFieldFault[] | null {
  if (typeof value !== 'string') {
    return null;
  }
  switch (field.kind) {
    case 'number':
      return [own(words.__('Expected a number.'))];
    case 'date': {
      const isAsked = field.schema !== true && /^date(-time)?$/.test(field.schema.format ?? '');
      return isAsked
        ? [own(words.__('Expected a date such as 2026-11-20, or a time such as 2026-11-20T08:30.'))]
        : null;
    }
    case 'json':
    case 'list': {
      const fault = jsonFault(value);
      return fault === null ? null : [own(words.__('This is not JSON: %1', fault))];
    }
    case 'text':
    case 'lines':
    case 'secret':
    case 'boolean':
    case 'choice':
    case 'any':
      return null;
  }
}

function bySchema(field: IField, value: Json, validate: Validate, words: IWords): IFieldFault[] {
  const errors = field.schema === true ? [] : (validate(field.schema, plain(value)) ?? []);
  const isList = field.kind === 'list' && Array.isArray(value);
  const found = errors.filter(error => (!SILENT.has(error.keyword) || errors.length === 1) && !isDoubtful(error));
  return found.map(error => {
    const place = error.instancePath;
    const item = isList ? /^\/(\d+)$/.exec(place) : null;
    const told = sentence(error, words);
    return item || place === ''
      ? { path: item ? [Number(item[1])] : [], message: told }
      : own(words.__('%1: %2', place.slice(1).replaceAll('/', '.'), told));
  });
}

/** They only say that another one has failed. */
const SILENT = new Set(['anyOf', 'oneOf', 'allOf', 'if', '$ref', '$dynamicRef']);

/** Whether Python may take it all the same: its classes of characters hold those of every script. */
function isDoubtful({ keyword, params, data }: ISchemaError): boolean {
  return keyword === 'pattern' && /\\[wdsb]/i.test(String(params.pattern)) && /[^ -~]/.test(String(data));
}

/** The error in words. */
function sentence(error: ISchemaError, words: IWords): string {
  const { keyword, params } = error;
  switch (keyword) {
    case 'type':
      return words.__('Expected %1.', typeWords(params.type, words));
    case 'minimum':
      return words.__('Expected at least %1.', params.limit);
    case 'maximum':
      return words.__('Expected at most %1.', params.limit);
    case 'exclusiveMinimum':
      return words.__('Expected more than %1.', params.limit);
    case 'exclusiveMaximum':
      return words.__('Expected less than %1.', params.limit);
    case 'minLength':
      return words._n('Expected at least %1 character.', 'Expected at least %1 characters.', Number(params.limit));
    case 'maxLength':
      return words._n('Expected at most %1 character.', 'Expected at most %1 characters.', Number(params.limit));
    case 'minItems':
      return words._n('Expected at least %1 item.', 'Expected at least %1 items.', Number(params.limit));
    case 'maxItems':
      return words._n('Expected at most %1 item.', 'Expected at most %1 items.', Number(params.limit));
    case 'multipleOf':
      return words.__('Expected a multiple of %1.', params.multipleOf);
    case 'uniqueItems':
      return words.__('Items %1 and %2 are the same.', Number(params.j) + 1, Number(params.i) + 1);
    case 'pattern':
      return words.__('Expected a text of the form %1.', params.pattern);
    case 'enum':
      return words.__(
        'Expected one of %1.',
        (params.allowedValues as unknown[]).map(each => JSON.stringify(each)).join(', ')
      );
    case 'const':
      return words.__('Expected %1.', JSON.stringify(params.allowedValue));
    case 'required':
      return words.__('%1 is missing.', params.missingProperty);
    case 'additionalProperties':
      return words.__('%1 is not known here.', params.additionalProperty);
    default:
      return words.__('This does not fit: %1.', error.message ?? keyword);
  }
}

function typeWords(named: unknown, words: IWords): string {
  const each: Record<string, string> = {
    string: words.__('a text'),
    integer: words.__('a whole number'),
    number: words.__('a number'),
    boolean: words.__('true or false'),
    array: words.__('a list'),
    object: words.__('a mapping'),
    null: words.__('nothing')
  };
  const names = Array.isArray(named) ? named.map(String) : String(named).split(',');
  return names.map(name => each[name] ?? name).join(words.__(' or '));
}

/** What a secret may be given as. */
export function secretWords(words: IWords): string {
  return words.__(
    'A reference such as ${VARIABLE} or ${file:PATH}, which the worker resolves: the secret itself is not stored.'
  );
}

function own(message: string): IFieldFault {
  return { path: [], message };
}
