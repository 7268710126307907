// `node --import ./test/loading.mjs --test test/*.test.mjs`: lets Node read what is written for a bundler and for browsers.
// The panel's compiled modules (lib/, or the folder that RUNT_LIB names) are imported as `panel/live/feed`.

import { register } from 'node:module';

register('./hooks.mjs', import.meta.url);
