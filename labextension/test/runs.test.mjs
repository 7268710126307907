// The list of runs: what is known of it, page by page, and which of it is shown.

import assert from 'node:assert/strict';
import { afterEach, beforeEach, test } from 'node:test';

import { ServerConnection } from '@jupyterlab/services';

import { House, Queue, WebSocket } from './stage.mjs';

import { Server } from 'panel/api/server';
import { ServerClock } from 'panel/live/clock';
import { Runs } from 'panel/live/runs';
import { arranged, matches, questionOf } from 'panel/runs/model';
import { RunsView } from 'panel/runs/state';

const at = number => new Date(Date.UTC(2026, 0, 1) + number * 1000).toISOString();

/** A run's line; the numbers are in the order of submission. */
const row = (number, more = {}) => ({
  run_id: `r${String(number).padStart(5, '0')}`,
  seq: 0,
  status: 'succeeded',
  reason: null,
  name: 'n.yml',
  title: `Run ${number}`,
  priority: 0,
  labels: {},
  requested_by: 'somebody',
  submitted_at: at(number),
  started_at: null,
  finished_at: null,
  current_cell: null,
  ...more
});
const rows = (from, to) => Array.from({ length: from - to }, (_, index) => row(from - 1 - index));
const ids = found => found.map(each => each.run_id);

let house, runs, changes, connections, socket;

beforeEach(async () => {
  house = await House.open();
  const settings = { baseUrl: house.url, wsUrl: house.wsUrl, token: '', WebSocket };
  [changes, connections] = [new Queue(), new Queue()];
  runs = new Runs(new Server(ServerConnection.makeSettings(settings)));
  runs.changed.connect((_, change) => changes.put(change));
  runs.connectionChanged.connect((_, connection) => connections.put([connection, runs.why?.message ?? '']));
  socket = await house.connected.next();
});

afterEach(async () => {
  runs.dispose();
  await house.stop();
});

async function told(message) {
  socket.send(JSON.stringify({ workers: [], counts: {}, removed: [], ...message }));
  return changes.next();
}
const snapshot = found => told({ type: 'snapshot', runs: found });
const changed = (found, removed = []) => told({ type: 'changes', runs: found, removed });
const asked = () => new URL(house.asked.at(-1).split(' ')[1], house.url).searchParams;

test('a change tells what a row was before', async () => {
  await snapshot([row(2, { status: 'running' }), row(1)]);
  const { rows: found } = await changed([row(2, { status: 'waiting' }), row(3)], [row(1).run_id]);
  assert.deepEqual(
    found.map(({ row, before }) => [before?.status, row.status]),
    [
      ['running', 'waiting'],
      [undefined, 'succeeded']
    ]
  );
  assert.deepEqual([...runs.rows.keys()].sort(), ids([row(2), row(3)]));
});

test('after a break the rows that changed meanwhile tell it, and those that are gone are gone', async () => {
  await snapshot([row(2, { status: 'running' }), row(1)]);
  socket.terminate();
  socket = await house.connected.next();
  const { rows: found, removed, all } = await snapshot([row(2, { status: 'failed' })]);
  assert.deepEqual(
    [found[0].before.status, found[0].row.status, removed, all],
    ['running', 'failed', [row(1).run_id], true]
  );
});

test('older pages follow the newest hundred, not the open ones that are older', async () => {
  await snapshot([...rows(250, 150), row(3, { status: 'running' })]);
  assert.equal(runs.hasOlder, true);
  house.answer = () => [200, JSON.stringify({ runs: rows(150, 50), next: row(50).run_id })];
  assert.equal(await runs.older(), true);
  assert.equal(asked().get('before'), row(150).run_id);
  house.answer = () => [200, JSON.stringify({ runs: rows(50, 0), next: null })];
  assert.equal(await runs.older(), false);
  assert.equal(asked().get('before'), row(50).run_id);
  assert.equal(runs.rows.size, 250);
  assert.deepEqual([...asked().keys()].sort(), ['before', 'limit'], 'and nothing that the server would refuse');
});

test('a page that is open for weeks forgets what is old, and can ask for it again', async () => {
  await snapshot(rows(100, 0));
  await changed([row(0, { status: 'running' })]);
  for (let number = 100; number < 2100; number += 100) await changed(rows(number + 100, number));
  assert.ok(runs.rows.has(row(2099).run_id));
  assert.ok(runs.rows.size < 1300, `${runs.rows.size} rows are kept`);
  assert.ok(runs.rows.has(row(0).run_id), 'it is open');
  const oldest = ids([...runs.rows.values()].filter(each => each.status !== 'running')).sort()[0];
  house.answer = () => [200, JSON.stringify({ runs: [], next: null })];
  await runs.older();
  assert.equal(asked().get('before'), oldest);
});

test('what the server says of why it cannot be followed is told', async () => {
  await snapshot([]);
  await connections.until(([connection]) => connection === 'live');
  house.answer = () => [
    503,
    JSON.stringify({ error: 'store', message: 'The store is locked.', remedy: '', details: [] })
  ];
  house.sockets.options.verifyClient = () => false;
  socket.terminate();
  await connections.until(([connection, why]) => connection === 'away' && why === 'The store is locked.');
  house.sockets.options.verifyClient = null;
  socket = await house.connected.next();
  await connections.until(([connection, why]) => connection === 'live' && why === '');
});

test('a slow clock and a fast one are set by what the server tells', () => {
  const clock = new ServerClock();
  const soon = new Date(Date.now() + 60_000).toISOString();
  clock.heard(soon, false);
  assert.ok(Math.abs(clock.now() - Date.parse(soon)) < 1000, 'what is told has happened');
  const other = new ServerClock();
  const past = new Date(Date.now() - 60_000).toISOString();
  other.heard(past, false);
  assert.ok(Math.abs(other.now() - Date.now()) < 1000, 'it may be long ago');
  other.heard(past, true);
  assert.ok(Math.abs(other.now() - Date.parse(past)) < 1000, 'it was news');
  other.heard(new Date(Date.now() - 3_600_000).toISOString(), true);
  assert.ok(Math.abs(other.now() - Date.parse(past)) < 1000, 'news that came late');
});

test('waiting ones come first, the queue as it will be taken, all others the newest first', () => {
  const found = arranged([
    row(1),
    row(9, { status: 'running' }),
    row(2, { status: 'queued' }),
    row(3, { status: 'queued', priority: 5 }),
    row(4, { status: 'failed' }),
    row(5, { status: 'waiting' }),
    row(6, { status: 'starting' }),
    row(7, { status: 'queued', priority: 5 })
  ]);
  assert.deepEqual(
    found.map(({ group, rows }) => [group, rows.map(each => Number(each.run_id.slice(1)))]),
    [
      ['waiting', [5]],
      ['running', [9, 6]],
      ['queued', [3, 7, 2]],
      ['recent', [4, 1]]
    ]
  );
});

test('every word is looked for in all that a line says', () => {
  const one = row(1, { labels: { team: 'ops' }, reason: 'cell_error', status: 'failed' });
  for (const query of ['run 1', 'OPS some', 'team=ops', 'team:ops', 'cell_error n.yml', 'r00001', 'failed', '']) {
    assert.ok(matches(one, { query, status: '' }), query);
  }
  assert.ok(!matches(one, { query: 'run 2', status: '' }));
  assert.ok(!matches(one, { query: '', status: 'open' }));
  assert.ok(matches(one, { query: '', status: 'failed' }));
});

test('the server is asked for the longest word, and for nothing that is here anyway', () => {
  assert.deepEqual(questionOf({ query: 'a needle', status: 'failed' }), { text: 'needle', status: ['failed'] });
  assert.equal(questionOf({ query: 'x', status: 'open' }), null);
  assert.equal(questionOf({ query: ' ', status: '' }), null);
});

test('what matches none of the runs that are here is looked for on the server', async () => {
  await snapshot(rows(250, 150));
  const view = new RunsView(runs);
  const views = new Queue();
  view.changed.connect(() => views.put(ids(view.arrange().groups.flatMap(group => group.rows))));
  house.answer = () => [
    200,
    JSON.stringify({ runs: [row(7, { title: 'A needle' }), row(6, { title: 'needles' })], next: null })
  ];
  view.setFilter({ query: 'needle a', status: '' });
  await views.until(found => found.length);
  assert.deepEqual(ids(view.arrange().groups[0].rows), ids([row(7)]), 'the other word counts, too');
  assert.equal(asked().get('text'), 'needle');
  assert.equal(view.arrange().more, null, 'that was all');
  view.setFilter({ query: 'run 200', status: '' });
  assert.deepEqual([view.arrange().count, view.arrange().more], [1, 'search']);
  view.setFilter({ query: '', status: '' });
  assert.deepEqual([view.arrange().count, view.arrange().more], [100, 'older']);
  view.dispose();
});
