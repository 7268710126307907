// A run that is followed: every event once, whatever becomes of the connection, and large values only where they are needed.

import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { afterEach, beforeEach, test } from 'node:test';

import { ServerConnection } from '@jupyterlab/services';

import { House, Queue, WebSocket } from './stage.mjs';

import { Server } from 'panel/api/server';
import { Blobs } from 'panel/live/blobs';
import { RunFeed } from 'panel/live/feed';

const GOLDEN = new URL('../../tests/run/golden/logs/', import.meta.url);
const log = name => JSON.parse(readFileSync(new URL(`${name}.json`, GOLDEN), 'utf-8'));

let house, server, feed, states, batches;

beforeEach(async () => {
  house = await House.open();
  server = new Server(ServerConnection.makeSettings({ baseUrl: house.url, wsUrl: house.wsUrl, token: '', WebSocket }));
});

afterEach(async () => {
  feed?.dispose();
  await house.stop();
});

function follow(runId) {
  [states, batches] = [new Queue(), new Queue()];
  feed = new RunFeed(server, runId, { log: true });
  feed.stateChanged.connect((_, state) => states.put(state));
  feed.changed.connect((_, events) => batches.put(events.map(event => event.seq)));
}

/** A connection as a server serves it: what is behind the cursor that was asked for. */
class Follower {
  static async next() {
    const socket = await house.connected.next();
    return new Follower(socket, Number(new URL(socket.asked, house.url).searchParams.get('after')));
  }

  constructor(socket, after) {
    Object.assign(this, { socket, after });
  }

  send(events) {
    const last = events.at(-1).seq;
    this.socket.send(JSON.stringify({ type: 'events', run_id: 'x', after: this.after, seq: last, events }));
    this.after = last;
  }
}

const upTo = (events, seq) => events.filter(event => event.seq <= seq);
const behind = (events, seq) => events.filter(event => event.seq > seq);
const text = (cell = 'c1') =>
  feed.run.cells
    .get(cell)
    .outputs.flatMap(output => output.texts)
    .join('');

test('it goes on behind its cursor where the connection breaks, and each line is there once', async () => {
  const events = log('success');
  follow('x');
  let from = 0;
  for (const cut of [3, 8, 9, 12]) {
    const follower = await Follower.next();
    assert.equal(follower.after, from);
    follower.send(upTo(behind(events, from), cut));
    await batches.next();
    follower.socket.terminate();
    from = cut;
  }
  const last = await Follower.next();
  last.send(behind(events, from));
  last.socket.close(1000, 'ended');
  await states.until(state => state === 'ended');
  assert.equal(text('c2'), '0\n1\n2\n3\nerr\non\n');
  assert.equal(feed.run.status, 'succeeded');
  assert.equal(
    feed.log.entries.reduce((sum, { count }) => sum + count, 0),
    events.length
  );
});

test('what comes twice counts once, and a hole is asked for again', async () => {
  const events = log('success');
  follow('x');
  const first = await Follower.next();
  first.send(upTo(events, 8));
  first.send(events.slice(4, 10)); // from 5 on, which is known
  first.send(behind(events, 11)); // 11 is missing
  const second = await Follower.next();
  assert.equal(second.after, 10);
  second.send(behind(events, 10));
  second.socket.close(1000, 'ended');
  await states.until(state => state === 'ended');
  assert.equal(text('c2'), '0\n1\n2\n3\nerr\non\n');
});

test('a close as of an ended run, before its end has come, is no end', async () => {
  const events = log('success');
  follow('x');
  const first = await Follower.next();
  first.send(upTo(events, 8));
  first.socket.close(1000, 'ended');
  const second = await Follower.next();
  assert.equal(second.after, 8);
  assert.notEqual(feed.state, 'ended');
  second.send(behind(events, 8));
  second.socket.close(1000, 'ended');
  await states.until(state => state === 'ended');
});

for (const [code, state] of [
  [4404, 'removed'],
  [4403, 'forbidden']
]) {
  test(`close code ${code}: ${state}, and nothing is tried again`, async () => {
    follow('x');
    const { socket } = await Follower.next();
    socket.close(code);
    assert.equal(await states.until(each => each !== 'live'), state);
    await assert.rejects(feed.submitted);
  });
}

test('what the fold needs whole is fetched before it is folded, in order; what is only shown is not fetched at all', async () => {
  const events = log('large');
  const { error } = events.find(event => event.data.status === 'failed').data;
  house.answer = path => (path.includes(error.evalue.$blob) ? [200, 'the whole words'] : [404, '{}']);
  follow('x');
  const follower = await Follower.next();
  events.forEach(event => follower.send([event]));
  follower.socket.close(1000, 'ended');
  await states.until(state => state === 'ended');
  assert.equal(feed.run.cells.get('c4').error.evalue, 'the whole words');
  assert.deepEqual(house.asked, [`GET /base/runt/api/blobs/${error.evalue.$blob}`]);
  assert.equal(typeof feed.run.cells.get('c1').outputs[0].texts[0].$blob, 'string');
});

test('where a needed value cannot be had, it is tried again from there', async () => {
  const events = log('large');
  let failures = 1;
  house.answer = () => (failures-- > 0 ? [503, '{}'] : [200, 'at last']);
  follow('x');
  (await Follower.next()).send(events);
  const second = await Follower.next();
  assert.equal(second.after, events.find(event => event.data.status === 'failed').seq - 1);
  second.send(behind(events, second.after));
  second.socket.close(1000, 'ended');
  await states.until(state => state === 'ended');
  assert.equal(feed.run.cells.get('c4').error.evalue, 'at last');
});

test('a notebook that lives in a blob is not fetched for the fold', async () => {
  const [submitted, ...rest] = log('success');
  const notebook = { $blob: 'f'.repeat(64), size: 1_000_000, json: true };
  follow('x');
  const follower = await Follower.next();
  follower.send([{ ...submitted, data: { ...submitted.data, notebook } }, ...rest]);
  await batches.next();
  assert.deepEqual((await feed.submitted).data.notebook, notebook);
  assert.deepEqual(house.asked, []);
});

test('a feed that was disposed of says nothing more', async () => {
  follow('x');
  const { socket } = await Follower.next();
  const gone = new Promise(go => socket.on('close', go));
  feed.dispose();
  await gone;
  assert.deepEqual([states.values, batches.values], [[], []]);
});

// -- large values ------------------------------------------------------------------------------------------------------

test('references are put back at every depth, and keys that were escaped are as they were', async () => {
  const blobs = new Blobs(server);
  const inner = { list: [{ $blob: 'b', size: 1 }], $$blob: 'no', $$$x: 1 };
  const bodies = { a: JSON.stringify(inner), b: 'text' };
  house.answer = path => [200, bodies[path.at(-1)]];
  const found = await blobs.resolve({ value: { $blob: 'a', size: 1, json: true }, plain: [1, null, 'x'] });
  assert.deepEqual(found, { value: { list: ['text'], $blob: 'no', $$x: 1 }, plain: [1, null, 'x'] });
});

test('a few are fetched at a time, and one that fails holds up no other', async () => {
  let [under, most] = [0, 0];
  const waiting = new Queue();
  house.http.removeAllListeners('request');
  house.http.on('request', async (request, response) => {
    most = Math.max(most, (under += 1));
    await waiting.next();
    under -= 1;
    response.writeHead(request.url.endsWith('/3') ? 500 : 200).end('ok');
  });
  const blobs = new Blobs(server);
  const asked = Array.from({ length: 12 }, (_, at) => blobs.resolve({ $blob: String(at), size: 1 }));
  asked.forEach(() => waiting.put(null));
  const found = await Promise.allSettled(asked);
  assert.deepEqual(found.map(({ status }) => status).indexOf('rejected'), 3);
  assert.equal(found.filter(({ status }) => status === 'fulfilled').length, 11);
  assert.ok(most <= 4, `${most} at once`);
});
