/** From what the server tells of a notebook's parameters to the lines of a form. */

import { isLost } from './references';
import { shown, special } from './text';
import type { IChoice, IField, ISchema, Json, Kind } from './types';

/** What of the server's answer makes the parameters' part of the form. */
export interface IDescribed {
  parameters: Readonly<Record<string, unknown>>;
  schema: {
    properties: Readonly<Record<string, object | boolean>>;
    additionalProperties: boolean;
  };
  secrets: readonly string[];
  needs: readonly string[];
}

/** The key of the line that takes parameters whose names cannot be known. */
export const OTHERS = 'others';

const SWITCH: readonly IChoice[] = [true, false].map(value => ({ value, label: String(value) }));

/** One line for each parameter, in the notebook's order. */
export function fieldsOf(described: IDescribed): IField[] {
  const { properties } = described.schema;
  const values = new Map(Object.entries(described.parameters));
  // What an earlier run was given may have no schema, where any name is taken.
  const schemas = new Map<string, ISchema | boolean>([...values.keys()].map(name => [name, true]));
  Object.entries(properties).forEach(([name, schema]) => schemas.set(name, schema as ISchema | boolean));
  return [...schemas.keys()].map((name, number) => {
    const given = schemas.get(name);
    const schema = typeof given === 'object' ? given : true;
    const initial = (values.get(name) ?? null) as Json;
    const isSecret = described.secrets.includes(name);
    return fieldOf(`p${number}`, name, schema, initial, isSecret, described.needs.includes(name));
  });
}

/** What stands for nothing: `null` where the notebook has no value, and what was not kept of a secret. */
export function isNothing(value: Json | undefined): boolean {
  return value === undefined || value === null || isLost(value);
}

function fieldOf(
  key: string,
  name: string,
  schema: ISchema | true,
  initial: Json,
  isSecret: boolean,
  isRequired: boolean
): IField {
  const told = schema === true ? {} : schema;
  const value = isRequired || (isSecret && isLost(initial)) ? undefined : initial;
  const kind = isSecret ? 'secret' : kindOf(told, initial);
  const choices = kind === 'choice' ? choicesOf(told, initial) : kind === 'boolean' ? SWITCH : [];
  return {
    key,
    name,
    title: text(told.title) || name,
    description: text(told.description),
    // A switch has no third state for what is not known.
    kind: kind === 'boolean' && typeof value !== 'boolean' ? 'choice' : kind,
    schema,
    initial: value,
    isRequired,
    choices,
    item: kind === 'list' ? itemOf(key, name, told) : null,
    placeholder: kind === 'secret' ? '${VARIABLE}' : isNothing(value) ? '' : shown({ kind }, value)
  };
}

function kindOf(schema: ISchema, initial: Json): Kind {
  if (choices(schema).length) {
    return 'choice';
  }
  if (special(initial)?.kind.startsWith('$date') && (types(schema)[0] ?? 'string') === 'string') {
    return 'date';
  }
  const names = types(schema).filter(name => name !== 'null');
  if (names.length !== 1) {
    return 'any';
  }
  switch (names[0]) {
    case 'string':
      return typeof initial === 'string' && initial.includes('\n') ? 'lines' : 'text';
    case 'integer':
    case 'number':
      return 'number';
    case 'boolean':
      return 'boolean';
    case 'array':
      return isSimpleList(schema, initial) ? 'list' : 'json';
    case 'object':
      return 'json';
    default:
      return 'any';
  }
}

function types(schema: ISchema): string[] {
  return typeof schema.type === 'string' ? [schema.type] : Array.isArray(schema.type) ? schema.type : [];
}

/** The values that are allowed, where these are listed and each is a text, a number, true or false. */
function choices(schema: ISchema): Json[] {
  const listed = schema.const !== undefined ? [schema.const] : Array.isArray(schema.enum) ? schema.enum : [];
  return listed.every(value => typeof value !== 'object' || value === null) ? listed : [];
}

function choicesOf(schema: ISchema, initial: Json): IChoice[] {
  const listed = choices(schema).filter(value => value !== null);
  const values = initial === null || listed.includes(initial) ? listed : [initial, ...listed];
  // A text that looks like another choice is quoted.
  const names = values.map(value => (typeof value === 'string' ? value : JSON.stringify(value)));
  return values.map((value, number) => ({
    value,
    label: names.indexOf(names[number]) === names.lastIndexOf(names[number]) ? names[number] : JSON.stringify(value)
  }));
}

/** Whether each item is one text, number, or choice, so that a line for each will do. */
function isSimpleList(schema: ISchema, initial: Json): boolean {
  const { items } = schema;
  const isEditable =
    typeof items === 'object' &&
    schema.prefixItems === undefined &&
    ['text', 'number', 'choice'].includes(kindOf(items, null)) &&
    types(items).length === 1;
  return isEditable && (!Array.isArray(initial) || initial.every(item => typeof item !== 'object'));
}

function itemOf(key: string, name: string, schema: ISchema): IField {
  const items = schema.items as ISchema;
  const item = fieldOf(key, name, items, null, false, true);
  return {
    ...item,
    title: text(schema.title) || name,
    description: '',
    initial: item.kind === 'text' ? '' : undefined
  };
}

function text(value: unknown): string {
  return typeof value === 'string' ? value : '';
}
