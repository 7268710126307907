// What a form sends, what it makes of a refusal, and what it says will happen.

import assert from 'node:assert/strict';
import { test } from 'node:test';

import { bodyOf, scheduleOf } from 'panel/start/body';
import { placed, placeWords } from 'panel/start/faults';
import { fieldsOf } from 'panel/start/fields';
import { labelsOf, moreFields } from 'panel/start/more';
import { prospect } from 'panel/start/prospect';
import { found } from 'panel/start/search';
import { same } from 'panel/start/types';
import { whenFields, zoneHere } from 'panel/start/when';

const put = (text, values) => text.replace(/%(\d)/g, (_, number) => String(values[number - 1]));
const words = { __: (text, ...values) => put(text, values), _n: (one, many, n) => put(n === 1 ? one : many, [n]) };

const fields = fieldsOf({
  parameters: { size: 10, regions: ['a'], token: '${T}', empty: null },
  schema: {
    properties: { size: { type: 'integer' }, regions: { type: 'array' }, token: { type: 'string' }, empty: {} },
    additionalProperties: false
  },
  secrets: ['token'],
  needs: []
});
const asItWas = { p0: 10, p1: ['a'], p2: '${T}', p3: undefined };

test('only what was changed is sent', () => {
  assert.deepEqual(bodyOf({ path: 'a.yml' }, fields, { parameters: asItWas, more: {} }), { path: 'a.yml' });
  const parameters = { ...asItWas, p0: 11, p1: [], p3: 'x' };
  assert.deepEqual(bodyOf({ template: 't' }, fields, { parameters, more: {} }), {
    template: 't',
    parameters: { size: 11, regions: [], empty: 'x' }
  });
  assert.deepEqual(bodyOf({ rerun: 'r1' }, fields, { parameters: { p0: undefined }, more: {} }), {});
});

test('what was said besides is sent under the names of the interface', () => {
  const more = {
    runtime: 'python3', timeout: ' 10m ', cell_timeout: '', keep_going: false, input: 'wait', priority: 0,
    labels: 'team = ops\n\nstage=', name: 'nightly', skip_unsupported: true
  }; // prettier-ignore
  assert.deepEqual(bodyOf({ path: 'a' }, fields, { parameters: asItWas, more }), {
    path: 'a',
    runtime: 'python3',
    priority: 0,
    name: 'nightly',
    labels: { team: 'ops', stage: '' },
    policy: { timeout: '10m', keep_going: false, input: 'wait', skip_unsupported: true }
  });
});

test('parameters that nobody can know of are taken as they come', () => {
  const other = [{ key: 'others', name: '', initial: undefined }];
  const data = { parameters: { others: { rows: 3 } }, more: {} };
  assert.deepEqual(bodyOf({ path: 'a' }, other, data), { path: 'a', parameters: { rows: 3 } });
});

test('a schedule is sent with when it is due, by the clock of the browser where nothing else is said', () => {
  const data = { parameters: { ...asItWas, p0: 11 }, more: { name: 'nightly', priority: 2 } };
  const parameters = { size: 11 };
  assert.deepEqual(scheduleOf({ path: 'a.yml' }, fields, { ...data, when: { cron: ' @daily ', schedule_id: '' } }), {
    path: 'a.yml',
    parameters,
    priority: 2,
    cron: '@daily',
    tz: zoneHere()
  });
  const when = { cron: '@daily', tz: 'UTC', pinned: true, misfire: 'all', overlap: 'queue' };
  const ends = ends_at => scheduleOf({ template: 't' }, fields, { ...data, when: { ...when, ends_at } });
  assert.deepEqual(ends(undefined), { template: 't', parameters, priority: 2, ...when });
  assert.equal(ends({ $date: '2027-01-31' }).ends_at, new Date(2027, 0, 31, 23, 59, 59).toISOString());
  assert.equal(ends({ $datetime: '2027-01-31 18:30' }).ends_at, new Date(2027, 0, 31, 18, 30).toISOString());
  assert.equal(ends({ $datetime: '2027-01-31T18:30:00,5Z' }).ends_at, '2027-01-31T18:30:00.500Z');
  assert.deepEqual(
    whenFields(words).map(each => each.key),
    ['cron', 'tz', 'pinned', 'misfire', 'overlap', 'ends_at', 'schedule_id']
  );
  const [, tz] = whenFields(words);
  assert.deepEqual(
    [zoneHere(), 'UTC', 'Asia/Tokyo'].filter(each => !tz.choices.some(({ value }) => value === each)),
    []
  );
});

test('labels are lines, and what is none is told', () => {
  assert.deepEqual(labelsOf('a=b=c\nnothing\n=x'), { labels: { a: 'b=c' }, wrong: ['nothing', '=x'] });
  assert.deepEqual(labelsOf(undefined), { labels: {}, wrong: [] });
});

test('a refusal is told at the lines that it means, the rest above the buttons', () => {
  const told = placed(
    {
      status: 422,
      error: 'parameter_error',
      message: 'all of it',
      details: [
        { message: "parameter 'size': expected at least 1, found the number 0", path: '$.parameters.size', remedy: '' },
        { message: "unknown parameter 'sice'", path: '$.parameters.sice', remedy: "did you mean 'size'?" },
        { message: 'must be a duration', path: '$.policy.timeout' },
        { message: 'must be 1000000 or less', path: '$.priority' },
        { message: 'the key is too long', path: '$.labels.x' },
        { message: 'duplicate key', path: 'a.yml', line: 4, column: 2 }
      ]
    },
    fields
  );
  assert.deepEqual([...told.fields], [
    ['p0', ['Expected at least 1, found the number 0']],
    ['timeout', ['Must be a duration']],
    ['priority', ['Must be 1000000 or less']],
    ['labels', ['The key is too long']]
  ]); // prettier-ignore
  assert.deepEqual(
    told.others.map(each => each.message),
    ["unknown parameter 'sice'", 'duplicate key']
  );
  assert.equal(placeWords(told.others[1], words), 'line 4, column 2');
});

test('a refusal without details is told as it is, and a runtime that is not there at its line', () => {
  const one = placed({ status: 403, error: 'forbidden', message: 'You may not.', details: [] }, fields);
  assert.deepEqual(one, { fields: new Map(), others: [{ message: 'You may not.' }] });
  const runtime = { status: 422, error: 'runtime_unknown', message: "There is no runtime 'x'.", details: [] };
  assert.deepEqual([...placed(runtime, fields).fields], [['runtime', ["There is no runtime 'x'."]]]);
});

test('what the server has against a schedule is told at its lines, and only there', () => {
  const refusal = (error, path) => ({
    status: 422,
    error,
    message: 'It is so.',
    details: path ? [{ message: 'It is so.', path }] : []
  });
  for (const [given, key] of [
    [refusal('schedule_error'), 'cron'],
    [refusal('refused'), 'schedule_id'],
    [refusal('bad_request', '$.tz'), 'tz']
  ]) {
    assert.deepEqual([...placed(given, fields, true).fields], [[key, ['It is so.']]]);
    assert.equal(placed(given, fields).fields.size, 0);
  }
});

const standing = {
  runtime: '',
  policy: { timeout: 600, cell_timeout: null, keep_going: false, input: 'fail' },
  labels: { team: 'ops' },
  name: 'a.yml',
  isRerun: false,
  isUnsupported: false
};
const runtimes = [
  { name: 'bash', display_name: 'Bash', default: false },
  { name: 'python3', display_name: 'Python 3', default: true }
];

test('what is left empty says what holds then', () => {
  const lines = Object.fromEntries(moreFields(standing, runtimes, words).map(each => [each.key, each]));
  assert.equal(lines.runtime.placeholder, 'As the notebook says: Python 3');
  assert.match(lines.timeout.placeholder, /^As the notebook says: 10 min/);
  assert.equal(lines.cell_timeout.placeholder, 'As the notebook says: no limit');
  assert.equal(lines.keep_going.placeholder, 'As the notebook says: stop');
  assert.equal(lines.name.placeholder, 'a.yml');
  assert.equal(lines.skip_unsupported, undefined);
  assert.ok(Object.values(lines).every(each => each.initial === undefined));
});

test('a run that is repeated has no name to be given, and keeps what it had', () => {
  const again = { ...standing, isRerun: true, isUnsupported: true, runtime: 'gone' };
  const lines = Object.fromEntries(moreFields(again, [], words).map(each => [each.key, each]));
  assert.equal(lines.name, undefined);
  assert.deepEqual([lines.runtime.kind, lines.runtime.placeholder], ['text', 'As before: gone']);
  assert.equal(lines.labels.placeholder, 'As before: team=ops');
  assert.equal(lines.skip_unsupported.kind, 'boolean');
});

test('it is said whether somebody takes the run', () => {
  const worker = { alive: true, draining: false, exclusive: false, concurrency: 2, runs: ['a'] };
  const said = (workers, starts = true) => prospect(workers, starts, words);
  assert.match(said([]), /one is started/);
  assert.match(said([], false), /waits until/);
  assert.match(said([worker]), /is free/);
  assert.match(said([{ ...worker, runs: ['a', 'b'] }]), /busy/);
  for (const none of [{ alive: false }, { draining: true }, { exclusive: true }]) {
    assert.match(said([{ ...worker, ...none }]), /one is started/);
  }
});

test('a template is found by every word of it', () => {
  const template = (name, more) => ({ name, title: '', description: '', tags: [], parameters: [], needs: [], ...more });
  const all = [
    template('health', { title: 'Health check', tags: ['monitoring'] }),
    template('example', { description: 'Estimates pi', parameters: ['data_size'] })
  ];
  const names = text => found(all, text).map(each => each.name);
  assert.deepEqual(names(''), ['health', 'example']);
  assert.deepEqual(names('MONITOR check'), ['health']);
  assert.deepEqual(names('data_size pi'), ['example']);
  assert.deepEqual(names('health pi'), []);
});

test('values are compared by what is in them', () => {
  assert.ok(same({ a: [1, { b: null }] }, { a: [1, { b: null }] }));
  assert.ok(!same({ a: 1 }, { a: 1, b: 2 }));
  assert.ok(!same([1], { 0: 1 }));
  assert.ok(!same(null, {}));
  assert.ok(!same(undefined, null));
});
