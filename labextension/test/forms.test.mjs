// The form's checks agree with the server's: tests/notebook/forms.py says what is in forms.json, and tests the server by it.

import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { test } from 'node:test';

import { AJV_OPTIONS, faultsOf } from 'panel/start/checking';
import { fieldsOf } from 'panel/start/fields';
import { read, shown } from 'panel/start/text';

const require = createRequire(import.meta.url);
const { customizeValidator } = require('@rjsf/validator-ajv8');
const Ajv2020 = require('ajv/dist/2020');
const TOLD = JSON.parse(readFileSync(new URL('../../tests/notebook/forms.json', import.meta.url), 'utf-8'));

// As JupyterLab's translations do it.
const put = (text, values) => text.replace(/%(\d)/g, (_, number) => String(values[number - 1]));
const words = {
  __: (text, ...values) => put(text, values),
  _n: (one, many, count, ...values) => put(count === 1 ? one : many, [count, ...values])
};

const validator = customizeValidator({
  AjvClass: Ajv2020,
  ajvFormatOptions: false,
  ajvOptionsOverrides: AJV_OPTIONS
});
const validate = (schema, value) => {
  const { errors, validationError } = validator.rawValidation(schema, value);
  return validationError ? null : (errors ?? []);
};
const fields = new Map(fieldsOf(TOLD.described).map(field => [field.name, field]));
const faults = (name, value) => faultsOf(fields.get(name), value, validate, words);
const field = (schema, value = null, more = {}) =>
  fieldsOf({
    parameters: { it: value },
    schema: { properties: { it: schema }, additionalProperties: false },
    secrets: [],
    needs: [],
    ...more
  })[0];

for (const { name, value, refused, only_server: onlyServer } of TOLD.cases) {
  test(`${name} ${refused ? 'refuses' : 'takes'} ${JSON.stringify(value)}`, () => {
    const found = faults(name, value);
    assert.equal(found.length > 0, refused && !onlyServer, JSON.stringify(found));
  });
}

test('a parameter is a line of the kind that its schema or its default asks for', () => {
  const kinds = Object.fromEntries([...fields.values()].map(each => [each.name, each.kind]));
  assert.deepEqual(kinds, {
    size: 'number', share: 'number', flag: 'boolean', text: 'text', regions: 'json', matrix: 'json', anything: 'any',
    day: 'date', at: 'date', most: 'number', api_token: 'secret', password: 'secret', limited: 'number', level: 'choice',
    step: 'number', names: 'list', code: 'text', maybe: 'number', shape: 'json', local: 'any', either: 'any', odd: 'text',
    opened: 'secret', moment: 'date', since: 'choice', region: 'text', kind: 'choice'
  }); // prettier-ignore
  assert.equal(field({ type: 'string' }, 'a\nb').kind, 'lines');
  assert.equal(field({ type: 'boolean' }).kind, 'choice', 'a switch cannot show that nothing is known');
  assert.equal(field({ type: ['string', 'integer'] }).kind, 'any');
  assert.equal(field({ type: 'array', items: { type: 'object' } }).kind, 'json');
  assert.equal(field({ type: 'array', items: { enum: ['a', 'b'], type: 'string' } }, ['a']).item.kind, 'choice');
});

test('a line has the title, the words and the value that the server tells', () => {
  const told = field({ type: 'integer', title: 'Rows', description: 'How many' }, 3);
  assert.deepEqual([told.title, told.description, told.initial, told.isRequired], ['Rows', 'How many', 3, false]);
  assert.equal(fields.get('region').isRequired, true);
  assert.equal(fields.get('region').initial, undefined);
  assert.equal(fields.get('password').initial, undefined, 'what was not kept is not shown');
  assert.equal(fields.get('api_token').initial, '${API_TOKEN}');
});

test('what is required has to be said, and what holds anyway need not be', () => {
  assert.deepEqual(
    faults('region', undefined).map(each => each.message),
    ['This is required.']
  );
  assert.deepEqual(
    faults('password', undefined).map(each => each.message),
    ['This is required.']
  );
  assert.deepEqual(faults('size', undefined), []);
  assert.deepEqual(faults('limited', 5), []);
});

test('each text that was shown is read as the same value', () => {
  for (const each of fields.values()) {
    const { initial } = each;
    assert.deepEqual(read(each, shown(each, initial)), initial ?? undefined, each.name);
  }
  for (const { name, value } of TOLD.cases) {
    const each = fields.get(name);
    const isText = typeof value === 'string' && value.trim() === value && value !== '';
    if (isText && !['choice', 'boolean', 'any', 'json', 'list', 'number'].includes(each.kind)) {
      const meant = read(each, shown(each, value));
      assert.ok(meant === value || typeof meant === 'object', `${name}: ${JSON.stringify(meant)}`);
    }
  }
});

test('texts become values of the kind of their line', () => {
  const number = { kind: 'number' };
  for (const [text, value] of [
    ['5', 5],
    [' -0.5 ', -0.5],
    ['1e3', 1000],
    ['.5', 0.5],
    ['', undefined],
    ['12a', '12a'],
    ['${N}', '${N}'],
    ['0x10', '0x10'],
    ['inf', { $float: 'inf' }],
    ['-.inf', { $float: '-inf' }],
    ['NaN', { $float: 'nan' }],
    ['12345678901234567890', '12345678901234567890']
  ]) {
    // prettier-ignore
    assert.deepEqual(read(number, text), value, text);
  }
  assert.deepEqual(read({ kind: 'any' }, '[1, "a"]'), [1, 'a']);
  assert.deepEqual(read({ kind: 'any' }, 'plain words'), 'plain words');
  assert.equal(shown({ kind: 'any' }, '5'), '"5"', 'a text that looks like a number says that it is none');
  assert.equal(read({ kind: 'any' }, '"5"'), '5');
  assert.deepEqual(read({ kind: 'date' }, '2026-02-29'), '2026-02-29', 'there is no such day');
  assert.deepEqual(read({ kind: 'date' }, '2028-02-29'), { $date: '2028-02-29' });
  assert.deepEqual(read({ kind: 'date' }, '2028-02-29T10:00Z'), { $datetime: '2028-02-29T10:00Z' });
  assert.equal(read({ kind: 'text', initial: 'a' }, ''), '', 'an empty text is another one than the default');
  assert.equal(read({ kind: 'text', initial: null }, ''), undefined);
});

test('a number that a browser would change is refused instead', () => {
  const [fault] = faultsOf(field({ type: 'integer' }, 1), '12345678901234567890', validate, words);
  assert.match(fault.message, /more digits/);
  for (const exact of ['9007199254740991', '-9007199254740991']) {
    assert.equal(read({ kind: 'number' }, exact), Number(exact));
  }
  assert.equal(read({ kind: 'number' }, '9007199254740993'), '9007199254740993');
  assert.match(faultsOf(field({ type: 'integer' }, 1), '9007199254740993', validate, words)[0].message, /more digits/);
});

test('such a number is refused within JSON and in a list, too, and what only looks like it is not', () => {
  const told = (line, text) => faultsOf(line, read(line, text), validate, words);
  const shape = field({ type: 'object' });
  const anything = field({});
  for (const text of ['{"id": [9007199254740993]}', '{"a": -12345678901234567890}', '{"far": 1e999}']) {
    assert.match(told(shape, text)[0]?.message ?? '', /more digits/, text);
    assert.match(told(anything, text)[0]?.message ?? '', /more digits/, text);
    assert.equal(shown(shape, read(shape, text)), text, 'it stays as it was written');
  }
  assert.match(told(anything, '9007199254740993')[0].message, /more digits/);
  for (const text of [
    '"9007199254740993"',
    '{"a\\" 9007199254740993": "\\"9007199254740993"}',
    '[0.12345678901234567]'
  ]) {
    assert.deepEqual(told(anything, text), [], text);
    assert.deepEqual(read(anything, text), JSON.parse(text));
  }
  const sizes = field({ type: 'array', items: { type: 'integer' } }, [1]);
  const [fault] = faultsOf(sizes, [1, read(sizes.item, '9007199254740993')], validate, words);
  assert.deepEqual(fault.path, [1]);
  assert.match(fault.message, /more digits/);
});

test('a fault of an item is told at the item, a deeper one by its path', () => {
  assert.deepEqual(faults('names', ['a', '']), [{ path: [1], message: 'Expected at least 1 character.' }]);
  assert.deepEqual(faults('shape', { width: 'x' }), [{ path: [], message: 'width: Expected a number.' }]);
  assert.match(faults('names', '[1').at(0).message, /^This is not JSON: /);
});

test('a schema that cannot be used here leaves the verdict to the server', () => {
  for (const schema of [
    { type: 'string', pattern: '(?P<python>a)' },
    { $ref: 'https://example.org/schema' },
    { $schema: 'http://json-schema.org/draft-04/schema#', type: 'string', minLength: 99 }
  ]) {
    assert.deepEqual(faultsOf(field(schema, null), 'anything', validate, words), []);
  }
});

test('names that mean something to JavaScript are names like others', () => {
  const told = JSON.parse(
    '{"parameters": {"__proto__": 1, "constructor": "a", "toString": null},' +
      ' "schema": {"properties": {"__proto__": {"type": "integer"}, "constructor": {"type": "string"}, "toString": {}},' +
      ' "additionalProperties": false}, "secrets": [], "needs": []}'
  );
  assert.deepEqual(
    fieldsOf(told).map(each => [each.name, each.kind, each.initial]),
    [['__proto__', 'number', 1], ['constructor', 'text', 'a'], ['toString', 'any', null]]
  ); // prettier-ignore
});
