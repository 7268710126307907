// The one request function: addresses, bodies, and what went wrong in words.

import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';

import { ServerConnection } from '@jupyterlab/services';

import { House, WebSocket } from './stage.mjs';

import { RequestError, Server } from 'panel/api/server';

let house, server;

before(async () => {
  house = await House.open();
  const settings = { baseUrl: house.url, wsUrl: house.wsUrl, token: 'secret', appendToken: true, WebSocket };
  server = new Server(ServerConnection.makeSettings(settings));
});

after(async () => house.stop());

const failed = async asking =>
  asking.then(
    () => assert.fail('it was answered'),
    error => error
  );

test('parts of an address are encoded, lists are asked for one by one, what is undefined is not asked for', async () => {
  house.answer = () => [200, '{"a": 1}'];
  const query = { text: 'ä&b', status: ['queued', 'running'], before: undefined, limit: 3 };
  assert.deepEqual(await server.json(['runs', 'a/b c'], { query }), { a: 1 });
  const asked = house.asked.at(-1);
  assert.match(asked, /^GET \/base\/runt\/api\/runs\/a%2Fb%20c\?/);
  const { searchParams } = new URL(asked.split(' ')[1], house.url);
  const asks = [...searchParams].filter(([name]) => !/^\d+$/.test(name)); // JupyterLab's own, for caches on the way
  assert.deepEqual(asks, [
    ['text', 'ä&b'],
    ['status', 'queued'],
    ['status', 'running'],
    ['limit', '3']
  ]);
});

test('a refusal is told in the words of the server, with what to do and every fault', async () => {
  const told = { error: 'bad_request', message: 'It is wrong.', remedy: 'Mend it.', details: [{ path: 'name' }] };
  house.answer = () => [400, JSON.stringify(told)];
  const error = await failed(server.json(['runs'], { method: 'POST', body: {} }));
  assert.ok(error instanceof RequestError);
  assert.deepEqual([error.status, error.error, error.message], [400, 'bad_request', 'It is wrong. Mend it.']);
  assert.deepEqual(error.details, told.details);
});

test('a page of a proxy is no reason, and its status is told', async () => {
  house.answer = () => [502, '<h1>Bad gateway</h1>'];
  const error = await failed(server.text(['status']));
  assert.deepEqual([error.status, error.message, error.details], [502, 'The server answered 502.', []]);
});

test('a server that does not answer has the status 0', async () => {
  await house.stop();
  const error = await failed(server.json(['status']));
  assert.deepEqual([error.status, error.message], [0, 'The server does not answer. Try again in a moment.']);
  await house.start();
});

test('a socket asks with its cursor and, where there is one, the token', async () => {
  const socket = server.socket(['runs', 'a b', 'follow'], { after: 7 });
  const { asked } = await house.connected.next();
  assert.equal(asked, '/base/runt/api/runs/a%20b/follow?after=7&token=secret');
  socket.close();
});
