/** References in values, as the server reads them: `${VAR}`, `${VAR:-default}`, `${file:PATH}`; `$${` is a literal `${`. */

import type { Json } from './types';

/** Stands for what was not kept of a secret. */
const MASK = '********';

// An escape, a reference, or an opening that is neither: one pass finds them all in order.
const TOKEN = /\$\$\{|\$\{(?:file:(?<file>[^{}]+)|(?<name>[A-Za-z_][A-Za-z0-9_]*)(?<other>:-[^{}]*)?)\}|\$\{/g;

/** Whether the server resolves something in it later; its type is not looked at before. */
export function hasReferences(value: Json | undefined): boolean {
  return texts(value).some(text => text.includes('${'));
}

/** What begins like a reference and is none: the text from there on; null where there is no such thing. */
export function noReference(value: Json | undefined): string | null {
  for (const text of texts(value)) {
    for (const match of text.matchAll(TOKEN)) {
      if (match[0] === '${') {
        return text.slice(match.index, match.index + 24);
      }
    }
  }
  return null;
}

/** Whether nothing of it would have to be hidden if it were stored: only references, none with a default. */
export function isHarmless(value: Json | undefined): boolean {
  if (value === undefined || value === null || value === '') {
    return true;
  }
  if (typeof value !== 'string') {
    return false;
  }
  let end = 0;
  for (const match of value.matchAll(TOKEN)) {
    const isReference = match[0] !== '${' && match[0] !== '$${';
    if (match.index !== end || !isReference || (match.groups?.other ?? ':-') !== ':-') {
      return false;
    }
    end = match.index + match[0].length;
  }
  return end === value.length;
}

/** Whether the value is that of a secret of which something was not kept. */
export function isLost(value: Json | undefined): boolean {
  return typeof value === 'string' && value.includes(MASK);
}

function texts(value: Json | undefined): string[] {
  if (typeof value === 'string') {
    return [value];
  }
  return typeof value === 'object' && value !== null ? Object.values(value).flatMap(texts) : [];
}
