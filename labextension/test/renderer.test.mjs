// What a notebook's output shows of a run: which run is meant, which cells tell something, and the last lines of what it prints.

import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { afterEach, beforeEach, test } from 'node:test';

import { ServerConnection } from '@jupyterlab/services';
import { nullTranslator } from '@jupyterlab/translation';
import { Signal } from '@lumino/signaling';

import { House, Queue, WebSocket } from './stage.mjs';

import { Run } from '@jupyter-runt/pages/fold.js';
import { Server } from 'panel/api/server';
import { Blobs } from 'panel/live/blobs';
import { aboutOf, isMeant } from 'panel/renderer/about';
import { ofRun, ofView, progress, telling } from 'panel/renderer/shown';
import { Sources } from 'panel/renderer/sources';
import { Tail, linesOf } from 'panel/renderer/tail';
import { factWords, outcomeWords, troubleWords } from 'panel/renderer/words';

const GOLDEN = new URL('../../tests/run/golden/logs/', import.meta.url);
const log = name => JSON.parse(readFileSync(new URL(`${name}.json`, GOLDEN), 'utf-8'));
const trans = nullTranslator.load('jupyter_runt');

const NAMED = { version: 1, run_id: 'r-1', seq: 3, status: 'running', name: 'n.yml', title: '', server: null };

test('an output names a run, or nothing that is known here', () => {
  assert.equal(aboutOf(NAMED).run_id, 'r-1');
  for (const wrong of [
    null,
    'text',
    [],
    {},
    { ...NAMED, version: 2 },
    { ...NAMED, run_id: '../x' },
    { ...NAMED, run_id: '..' },
    { ...NAMED, run_id: 7 },
    { ...NAMED, run_id: 'x'.repeat(33) }
  ]) {
    assert.equal(aboutOf(wrong), null, JSON.stringify(wrong));
  }
  const odd = aboutOf({ version: 1, run_id: 'r', seq: 'x', status: 7, name: null, title: {}, server: 3 });
  assert.deepEqual(odd, { run_id: 'r', seq: 0, status: '', name: '', title: '', server: null });
});

test('a run of the same id that is called otherwise is not the one that was meant', () => {
  const about = aboutOf({ ...NAMED, title: 'half ?' });
  assert.ok(isMeant(about, { name: 'n.yml', title: 'half \ud800' })); // a kernel's message cannot hold it
  assert.ok(!isMeant(about, { name: 'n.yml', title: 'half' }));
  assert.ok(!isMeant(about, { name: 'other.yml', title: 'half ?' }));
});

function folded(name, upTo = Infinity) {
  const run = new Run('x');
  log(name)
    .filter(event => event.seq <= upTo)
    .forEach(event => run.apply(event));
  return run;
}

test('the fold and a read of the run are shown alike', () => {
  const run = folded('failure');
  const plain = JSON.parse(JSON.stringify({ ...run, run_id: 'x', cells: [...run.cells.values()] }));
  const cells = plain.cells.map(cell => ({
    ...cell,
    outputs: cell.outputs.map(({ name, texts, value }) =>
      name === null ? value : { output_type: 'stream', name, text: texts }
    )
  }));
  const [ours, read] = [ofRun(run, {}), ofView({ ...plain, cells })];
  const pick = ({ id, status, reason, duration, outputs }) => ({
    id,
    status,
    reason,
    duration,
    outputs: outputs.map(({ seq, ...each }) => each)
  });
  assert.deepEqual(JSON.parse(JSON.stringify(read.cells.map(pick))), JSON.parse(JSON.stringify(ours.cells.map(pick))));
  assert.equal(outcomeWords(ours, trans), outcomeWords(read, trans));
  assert.deepEqual(
    ours.cells.map(({ id }) => id),
    ['c1', 'c2', 'c3']
  );
});

test('the outcome is told with its cell and its reason', () => {
  const told = name => outcomeWords(ofRun(folded(name), {}), trans);
  assert.match(told('failure'), /^failed in c2: TypeError: list indices must be integers/);
  assert.equal(told('success'), 'succeeded');
  assert.match(told('cancelled'), /^cancelled: on request/);
  assert.match(told('died'), /^failed in c1: the kernel died: killed by signal 9/);
  const pause = log('paused').find(event => event.type === 'signal.handled');
  assert.match(outcomeWords(ofRun(folded('paused', pause.seq), {}), trans), /^(waiting|running), paused$/);
});

test('progress counts what is done, and a question is there until it is answered', () => {
  const asks = log('answered').find(event => event.type === 'input.requested');
  const shown = ofRun(folded('answered', asks.seq), {});
  assert.equal(shown.prompt, 'Name? ');
  assert.equal(ofRun(folded('answered', asks.seq + 1), {}).prompt, null);
  assert.deepEqual(progress(ofRun(folded('failure'), {}).cells), [2, 3]);
  const now = Date.parse(shown.started_at) + 65_000;
  assert.deepEqual(factWords(shown, now, trans), ['0/2 cells', '1 min 5 s']);
  assert.equal(factWords(ofRun(folded('attempts'), {}), now, trans).at(-1), 'attempt 2');
});

const cells = (...groups) =>
  groups.flatMap(([status, count, shows = 0]) =>
    Array.from({ length: count }, (_, at) => ({ id: `${status}${at}`, status, outputs: Array(shows).fill({}) }))
  );

test('of many cells those are shown that tell something', () => {
  const open = {
    status: 'running',
    cells: cells(['succeeded', 30, 1], ['failed', 2, 1], ['running', 1], ['pending', 40])
  };
  const ids = telling(open, 12).map(({ id }) => id);
  assert.equal(ids.length, 12);
  assert.deepEqual(ids.slice(-3), ['failed0', 'failed1', 'running0']);
  assert.equal(ids[0], 'succeeded21');
  const ended = { status: 'failed', cells: cells(['succeeded', 30, 1], ['failed', 2, 1], ['cancelled', 40]) };
  assert.equal(telling(ended, 12).length, 32);
  const many = { status: 'running', cells: cells(['failed', 50], ['running', 1]) };
  assert.deepEqual(
    telling(many, 12)
      .map(({ id }) => id)
      .slice(-2),
    ['failed49', 'running0']
  );
  assert.equal(telling(many, 12).length, 12);
});

test('where a run cannot be shown it is said why', () => {
  const words = (trouble, about) => troubleWords(trouble, aboutOf({ ...NAMED, ...about }), trans);
  assert.match(
    words('unknown', { server: 'https://far.example/' }),
    /by way of https:\/\/far\.example\/.*last heard of/
  );
  assert.equal(words('unknown', { status: 'failed' }), 'This server does not know the run.');
  assert.equal(words('removed'), 'This run was removed.');
  assert.match(words('forbidden'), /may not look/);
});

// -- the last lines ----------------------------------------------------------------------------------------------------

const plain = lines => lines.map(({ runs }) => runs.map(([, text]) => text).join(''));
const stream = (...texts) => ({ name: 'stdout', texts, value: null, seq: 1 });

test('the last lines are as a terminal has them, and no more than a few', () => {
  assert.deepEqual(plain(linesOf('a\n\x1b[31mred\x1b[0m b\n0%\r50%\r100%\n\n  \n')), ['a', 'red b', '100%']);
  const lines = plain(linesOf(Array.from({ length: 50 }, (_, n) => `line ${n}`).join('\n')));
  assert.deepEqual([lines.length, lines.at(-1)], [12, 'line 49']);
  assert.ok(plain(linesOf('x'.repeat(1e6)))[0].length <= 1001);
  assert.deepEqual(linesOf(''), []);
});

test('a tail goes back over streams, values and errors', () => {
  const tail = new Tail(null, () => undefined);
  const value = { output_type: 'display_data', data: { 'text/plain': 'a value', 'text/html': '<b>' } };
  const error = { output_type: 'error', ename: 'ValueError', evalue: 'bad\nnumber', traceback: ['…'] };
  const shown = [
    stream('one\n', 'two\n'),
    { name: null, texts: [], value, seq: 2 },
    { name: null, texts: [], value: error, seq: 3 }
  ];
  assert.deepEqual(plain(tail.lines(shown)), ['one', 'two', 'a value', 'ValueError: bad']);
});

let house, server, sources;

beforeEach(async () => {
  house = await House.open();
  server = new Server(ServerConnection.makeSettings({ baseUrl: house.url, wsUrl: house.wsUrl, token: '', WebSocket }));
});

afterEach(() => house.stop());

test('a piece that lives in a blob is fetched for its end, one at a time', async () => {
  house.answer = path => [200, `${'x'.repeat(20_000)}\nend of ${path.at(-1)}\n`];
  const again = new Queue();
  const tail = new Tail(new Blobs(server), again.put);
  const [first, second] = [
    { $blob: '1', size: 20_000 },
    { $blob: '2', size: 20_000 }
  ];
  assert.deepEqual(plain(tail.lines([stream(first)])), []);
  assert.deepEqual(plain(tail.lines([stream(first, second, 'after\n')])), ['after']); // while the first one is on its way
  await again.next();
  assert.deepEqual(plain(tail.lines([stream(first)])).at(-1), 'end of 1');
  assert.deepEqual(plain(tail.lines([stream(first, second, 'after\n')])), ['after']);
  await again.next();
  assert.deepEqual(plain(tail.lines([stream(first, second, 'after\n')])).slice(-2), ['end of 2', 'after']);
  assert.equal(house.asked.length, 2);
});

// -- runs that several outputs show --------------------------------------------------------------------------------------

function runs() {
  const list = { server };
  list.changed = new Signal(list);
  sources = new Sources({ server, runs: list });
  return list;
}

const view = (name, upTo) => {
  const { cells: all, ...run } = folded(name, upTo);
  return JSON.stringify({ ...run, run_id: 'x', cells: [...all.values()].map(cell => ({ ...cell, outputs: [] })) });
};

function heard(source) {
  const changes = new Queue();
  source.changed.connect(() => changes.put(null));
  return async holds => {
    while (!holds()) await changes.next();
  };
}

test('an open run is read once and followed once, however many show it; nobody is left, nothing is', async t => {
  runs();
  house.answer = () => [200, view('success', 8)];
  const [one, two] = [sources.acquire('x'), sources.acquire('x')];
  assert.equal(one, two);
  const until = heard(one);
  const socket = await house.connected.next();
  socket.send(JSON.stringify({ type: 'events', run_id: 'x', after: 0, seq: 4, events: log('success').slice(0, 4) }));
  await until(() => one.shown !== null);
  assert.equal(one.shown.seq, 8); // the feed has not come as far yet
  socket.send(JSON.stringify({ type: 'events', run_id: 'x', after: 4, seq: 12, events: log('success').slice(4, 12) }));
  await until(() => one.shown.seq === 12);
  t.mock.timers.enable({ apis: ['setTimeout'] });
  sources.release(one);
  t.mock.timers.tick(60_000);
  assert.ok(!one.isDisposed);
  sources.release(one);
  sources.release(sources.acquire('x')); // somebody scrolls past
  t.mock.timers.tick(4000);
  assert.ok(!one.isDisposed);
  const gone = new Promise(go => socket.on('close', go));
  t.mock.timers.tick(2000);
  assert.ok(one.isDisposed);
  await gone;
  assert.equal(house.asked.filter(asked => asked.includes('/runs/x')).length, 1);
});

test('an ended run is read and not followed', async () => {
  runs();
  house.answer = () => [200, view('failure')];
  const source = sources.acquire('x');
  await heard(source)(() => source.shown !== null);
  assert.equal(source.shown.status, 'failed');
  assert.equal(house.connected.values.length, 0);
  source.dispose();
});

for (const [status, trouble] of [
  [404, 'unknown'],
  [403, 'forbidden']
]) {
  test(`a server that answers ${status}: ${trouble}, for good`, async () => {
    const list = runs();
    house.answer = () => [status, '{}'];
    const source = sources.acquire('x');
    await heard(source)(() => source.trouble !== null);
    assert.equal(source.trouble, trouble);
    list.changed.emit({ rows: [], removed: [], all: true });
    assert.equal(house.asked.length, 1);
    source.dispose();
  });
}

test('a server that is away is asked again once it is back', async () => {
  const list = runs();
  house.answer = () => [503, '{}'];
  const source = sources.acquire('x');
  const until = heard(source);
  await until(() => source.trouble === 'away');
  assert.equal(source.shown, null);
  house.answer = () => [200, view('failure')];
  list.changed.emit({ rows: [], removed: [], all: false });
  assert.equal(house.asked.length, 1);
  list.changed.emit({ rows: [], removed: [], all: true });
  await until(() => source.shown !== null);
  assert.equal(source.trouble, null);
  source.dispose();
});

test('a server that is back and says so twice is asked once, and the run is followed once', async () => {
  const list = runs();
  house.answer = () => [503, '{}'];
  const source = sources.acquire('x');
  const until = heard(source);
  await until(() => source.trouble === 'away');
  house.answer = () => [200, view('success', 8)];
  list.changed.emit({ rows: [], removed: [], all: true });
  list.changed.emit({ rows: [], removed: [], all: true });
  const socket = await house.connected.next();
  await until(() => source.shown !== null);
  await server.text(['marker']); // comes after whatever was asked before
  assert.equal(house.asked.filter(asked => asked.includes('/runs/x')).length, 2);
  const gone = new Promise(go => socket.on('close', go));
  source.dispose();
  await gone;
  assert.equal(house.sockets.clients.size, 0);
});

test('a run that is removed while it is followed is said to be', async () => {
  runs();
  house.answer = () => [200, view('success', 8)];
  const source = sources.acquire('x');
  const until = heard(source);
  (await house.connected.next()).close(4404);
  await until(() => source.trouble === 'removed');
  source.dispose();
});
