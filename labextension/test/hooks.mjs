// ES modules whose folders do not say so, and imports that leave out `.js`.

import { pathToFileURL } from 'node:url';

const HERE = new URL('.', import.meta.url);
const PAGES = new URL('../../jupyter_runt/server/pages/web/', HERE).href;
const LIB = process.env.RUNT_LIB ? pathToFileURL(`${process.env.RUNT_LIB}/`).href : new URL('../lib/', HERE).href;

export async function resolve(specifier, context, next) {
  if (specifier.startsWith('panel/')) {
    return next(`${LIB}${specifier.slice('panel/'.length)}.js`, context);
  }
  if (specifier.startsWith('@jupyter-runt/pages/')) {
    return next(PAGES + specifier.slice('@jupyter-runt/pages/'.length), context);
  }
  if (!specifier.startsWith('.') || specifier.endsWith('.js')) {
    return next(specifier, context);
  }
  try {
    return await next(`${specifier}.js`, context);
  } catch {
    return next(specifier, context);
  }
}

export function load(url, context, next) {
  const isModule = url.startsWith(PAGES) || url.startsWith(LIB);
  return next(url, isModule ? { ...context, format: 'module' } : context);
}
