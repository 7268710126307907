/** From values to what stands in an element of the form, and back. What cannot be read stays a text, which its schema then refuses. */

import type { IField, Json } from './types';

const NUMBER = /^[+-]?(\d+\.?\d*|\.\d+)([eE][+-]?\d+)?$/;
const INFINITE = /^([+-]?)\.?(inf|infinity|nan)$/i;
const DATE = /^(\d{4})-(\d\d)-(\d\d)$/;
const TIME = /^(\d{4}-\d\d-\d\d)[T ]\d\d:\d\d(:\d\d([.,]\d{1,6})?)?(Z|[+-]\d\d:?\d\d)?$/;
/** Characters of JSON that stand in one line. */
const SHORT = 60;
/** In JSON, a text or a number. */
const TOKEN = /"(?:[^"\\]|\\.)*"|-?\d+(?:\.\d+)?(?:[eE][+-]?\d+)?/g;
const INEXACT = '$inexact';

/** What JSON lacks comes from the server as an object of one key. */
export function special(value: Json | undefined): { kind: '$date' | '$datetime' | '$float'; text: string } | null {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) {
    return null;
  }
  const [entry, ...more] = Object.entries(value);
  if (entry === undefined || more.length || typeof entry[1] !== 'string') {
    return null;
  }
  const [kind, text] = entry;
  return kind === '$date' || kind === '$datetime' || kind === '$float' ? { kind, text } : null;
}

/** What was written where a browser would send another number; null where every number is sent as it is. */
export function inexact(value: Json | undefined): string | null {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) {
    return null;
  }
  const text = value[INEXACT];
  return typeof text === 'string' && Object.keys(value).length === 1 ? text : null;
}

/** The value as the element shows it. */
export function shown(field: Pick<IField, 'kind'>, value: Json | undefined): string {
  if (value === undefined || value === null) {
    return '';
  }
  const written = inexact(value);
  if (written !== null) {
    return written;
  }
  const odd = special(value);
  if (odd && (field.kind === 'date' || field.kind === 'number')) {
    return odd.text;
  }
  if (typeof value === 'string') {
    return field.kind === 'any' && isJson(value) ? JSON.stringify(value) : value;
  }
  const short = JSON.stringify(value, null, 1).replace(/\n */g, ' ');
  const isShort = typeof value !== 'object' || field.kind === 'any' || short.length <= SHORT;
  return isShort ? short : JSON.stringify(value, null, 2);
}

/** What was meant by a text; undefined for nothing. */
export function read(field: Pick<IField, 'kind' | 'initial' | 'choices'>, text: string): Json | undefined {
  const trimmed = text.trim();
  switch (field.kind) {
    case 'text':
    case 'lines':
      // Where the default is a text, an empty one is another value.
      return text === '' && typeof field.initial !== 'string' ? undefined : text;
    case 'secret':
      return trimmed === '' ? undefined : trimmed;
    case 'number':
      return trimmed === '' ? undefined : numberOf(trimmed);
    case 'date':
      return trimmed === '' ? undefined : dateOf(trimmed);
    case 'any':
    case 'json':
    case 'list':
      return trimmed === '' ? undefined : jsonOf(trimmed, text);
    case 'boolean':
    case 'choice': {
      const choice = field.choices.find(each => each.label === trimmed);
      return trimmed === '' ? undefined : choice ? choice.value : trimmed;
    }
  }
}

/** What JSON Schema sees of a value: dates as texts, as the server does it. */
export function plain(value: Json): unknown {
  const odd = special(value);
  if (odd) {
    return odd.kind === '$float' ? floatOf(odd.text) : odd.text;
  }
  if (Array.isArray(value)) {
    return value.map(plain);
  }
  if (typeof value === 'object' && value !== null) {
    return Object.fromEntries(Object.entries(value).map(([key, each]) => [key, plain(each)]));
  }
  return value;
}

/** Why a text is no JSON, in the words of the browser; null where it is. */
export function jsonFault(text: string): string | null {
  try {
    JSON.parse(text);
    return null;
  } catch (error) {
    return error instanceof Error ? error.message : String(error);
  }
}

/** Whether the text is a number that a browser cannot hold: it would be sent as another one. */
export function isTooExact(text: string): boolean {
  return /^[+-]?\d+$/.test(text.trim()) && !Number.isSafeInteger(Number(text));
}

function isJson(text: string): boolean {
  return jsonFault(text) === null;
}

function numberOf(text: string): Json {
  const odd = INFINITE.exec(text);
  if (odd) {
    const name = odd[2].toLowerCase() === 'nan' ? 'nan' : 'inf';
    return { $float: name === 'inf' && odd[1] === '-' ? '-inf' : name };
  }
  return NUMBER.test(text) && !isTooExact(text) && Number.isFinite(Number(text)) ? Number(text) : text;
}

function dateOf(text: string): Json {
  if (isDay(text)) {
    return { $date: text };
  }
  const time = TIME.exec(text);
  return time && isDay(time[1]) && !Number.isNaN(Date.parse(text.replace(' ', 'T').replace(',', '.')))
    ? { $datetime: text }
    : text;
}

/** Whether there is such a day: no 30 February. */
function isDay(text: string): boolean {
  const found = DATE.exec(text);
  if (!found) {
    return false;
  }
  const [year, month, day] = found.slice(1).map(Number);
  const date = new Date(Date.UTC(year, month - 1, day));
  return year >= 1 && date.getUTCMonth() === month - 1 && date.getUTCDate() === day;
}

function jsonOf(trimmed: string, text: string): Json {
  try {
    const found = JSON.parse(trimmed) as Json;
    const numbers = (trimmed.match(TOKEN) ?? []).filter(token => !token.startsWith('"'));
    const isInexact = numbers.some(token => isTooExact(token) || !Number.isFinite(Number(token)));
    return isInexact ? { [INEXACT]: text } : found;
  } catch {
    return text;
  }
}

function floatOf(text: string): number {
  return text === 'nan' ? NaN : text.startsWith('-') ? -Infinity : Infinity;
}
