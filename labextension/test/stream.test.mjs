// The stream comes back, whatever became of its connection, and is silent once it is closed.

import assert from 'node:assert/strict';
import { afterEach, beforeEach, test } from 'node:test';

import { House, Queue, WebSocket, online, show } from './stage.mjs';

import { Stream } from '@jupyter-runt/pages/stream.js';

let house, stream, messages, states;

beforeEach(async () => {
  house = await House.open();
  [messages, states] = [new Queue(), new Queue()];
});

afterEach(async () => {
  stream.close();
  await house.stop();
});

// `opened` gets a time for each attempt.
function open({ opened = () => undefined, isOver = code => code === 1000 } = {}) {
  stream = new Stream(() => (opened(Date.now()), new WebSocket(`${house.wsUrl}?attempt`)), {
    onMessage: messages.put,
    onState: (state, code) => states.put(code === undefined ? state : `${state} ${code}`),
    isOver
  });
}

const say = (socket, ...said) => said.forEach(each => socket.send(JSON.stringify(each)));
const isOther = before => state => state !== before;

test('what is said is heard, in order', async () => {
  open();
  const socket = await house.connected.next();
  say(socket, { n: 1 }, { n: 2 });
  assert.deepEqual([await messages.next(), await messages.next()], [{ n: 1 }, { n: 2 }]);
  assert.equal(await states.next(), 'live');
});

test('a connection that breaks is made again, and a server that is back soon is not worth a word', async () => {
  open();
  (await house.connected.next()).terminate();
  say(await house.connected.next(), { n: 1 });
  assert.deepEqual(await messages.next(), { n: 1 });
  assert.ok(
    states.values.every(state => state === 'live'),
    `${states.values}`
  );
});

test('a server that stays away is told, once it is back things go on', async () => {
  open();
  await house.connected.next();
  await house.stop();
  assert.equal(await states.until(isOther('live')), 'away 1006');
  await house.start();
  say(await house.connected.next(), { n: 1 });
  assert.deepEqual(await messages.next(), { n: 1 });
  assert.equal(await states.until(state => state === 'live'), 'live');
});

test('the pauses grow to five seconds, and are not the same for all', async t => {
  await house.stop();
  t.mock.timers.enable({ apis: ['setTimeout', 'Date'] });
  const pauses = [];
  const attempts = new Queue();
  open({ opened: attempts.put });
  let last = await attempts.next();
  while (pauses.length < 8) {
    await new Promise(go => stream.socket.addEventListener('close', go));
    while (attempts.values.length === 0) t.mock.timers.tick(5);
    const now = await attempts.next();
    pauses.push(now - last);
    last = now;
  }
  const meant = [250, 500, 1000, 2000, 4000, 5000, 5000, 5000];
  pauses.forEach((pause, at) => {
    assert.ok(pause >= 0.75 * meant[at] && pause <= 1.25 * meant[at] + 5, `pause ${at} took ${pause} ms`);
  });
  assert.ok(new Set(pauses.slice(5)).size > 1, 'they come back in step');
  await house.start();
});

test('after a success the pauses are short again', async t => {
  await house.stop();
  t.mock.timers.enable({ apis: ['setTimeout', 'Date'] });
  open();
  for (let attempt = 0; attempt < 4; attempt += 1) {
    const { socket } = stream;
    await new Promise(go => socket.addEventListener('close', go));
    while (stream.socket === null) t.mock.timers.tick(50);
  }
  await new Promise(go => stream.socket.addEventListener('close', go));
  await house.start();
  while (stream.socket === null) t.mock.timers.tick(50);
  const socket = await house.connected.next();
  say(socket, { n: 1 });
  await messages.next();
  const closed = new Promise(go => stream.socket.addEventListener('close', go));
  socket.terminate();
  await closed;
  t.mock.timers.tick(320);
  say(await house.connected.next(), { n: 2 });
  assert.deepEqual(await messages.next(), { n: 2 });
});

for (const [why, happens] of [
  ['a network is there again', online],
  ['the page is looked at again', () => (show('hidden'), show('visible'))]
]) {
  test(`where ${why}, it tries at once`, async t => {
    await house.stop();
    t.mock.timers.enable({ apis: ['setTimeout', 'Date'] });
    open();
    await new Promise(go => stream.socket.addEventListener('close', go));
    await house.start();
    happens();
    say(await house.connected.next(), { n: 1 });
    assert.deepEqual(await messages.next(), { n: 1 });
    happens(); // which changes nothing where all is well
    assert.equal(house.connected.values.length, 0);
  });
}

test('a page that is hidden tries nothing before its time', async t => {
  await house.stop();
  t.mock.timers.enable({ apis: ['setTimeout', 'Date'] });
  let attempts = 0;
  open({ opened: () => (attempts += 1) });
  await new Promise(go => stream.socket.addEventListener('close', go));
  show('hidden');
  assert.equal(attempts, 1);
  show('visible');
  assert.equal(attempts, 2);
  await house.start();
});

test('a close for good is the end, with its code', async () => {
  open({ isOver: code => code === 4404 });
  const first = await house.connected.next();
  first.close(1001, 'the server goes away');
  (await house.connected.next()).close(4404, 'removed');
  assert.equal(await states.until(isOther('live')), 'over 4404');
  assert.equal(stream.retry, null);
});

test('`again` begins anew, and what the old connection still says is not heard', async () => {
  open();
  const old = await house.connected.next();
  say(old, { n: 1 });
  await messages.next();
  stream.again();
  say(old, { n: 'old' });
  say(await house.connected.next(), { n: 2 });
  assert.deepEqual(await messages.next(), { n: 2 });
});

test('closed, it says nothing, tries nothing, and holds nothing that keeps a page alive', async () => {
  open();
  const socket = await house.connected.next();
  const gone = new Promise(go => socket.on('close', go));
  await states.next();
  stream.close();
  await gone;
  states.values.length = 0;
  online();
  show('visible');
  assert.deepEqual([states.values, messages.values, house.connected.values], [[], [], []]);
  assert.deepEqual([stream.socket, stream.retry], [null, null]);
});

test('closed while it waits for its next attempt, it makes none', async t => {
  await house.stop();
  t.mock.timers.enable({ apis: ['setTimeout', 'Date'] });
  let attempts = 0;
  open({ opened: () => (attempts += 1) });
  await new Promise(go => stream.socket.addEventListener('close', go));
  stream.close();
  t.mock.timers.tick(60_000);
  online();
  assert.equal(attempts, 1);
  assert.deepEqual(states.values, []);
  await house.start();
});

test('who asks again at once and often has one connection, and none once it is closed', async () => {
  open();
  await house.connected.next();
  stream.again();
  stream.again();
  stream.again();
  const socket = await house.connected.next();
  say(socket, { n: 1 });
  assert.deepEqual(await messages.next(), { n: 1 });
  assert.equal(house.connected.values.length, 0);
  const ended = new Promise(go => socket.on('close', go));
  stream.close();
  await ended;
  stream.again();
  assert.equal(stream.socket, null);
  assert.equal(stream.retry, null);
});

test('a fault that comes with each connection is met more and more slowly', async t => {
  t.mock.timers.enable({ apis: ['setTimeout', 'Date'] });
  const pauses = [];
  const attempts = new Queue();
  open({ opened: attempts.put });
  let last = await attempts.next();
  while (pauses.length < 6) {
    await house.connected.next();
    stream.settled();
    stream.again();
    while (attempts.values.length === 0) t.mock.timers.tick(5);
    const now = await attempts.next();
    pauses.push(now - last);
    last = now;
  }
  assert.ok(pauses.at(-1) >= 0.75 * 5000, `${pauses}`);
});
