// What a browser has around the panel's code, for Node: a window that hears `online`, a document that can be hidden.
// And a real server, which does what a test says.

import { once } from 'node:events';
import { createServer } from 'node:http';

import { WebSocket as NodeSocket, WebSocketServer } from 'ws';

const window = new EventTarget();
globalThis.addEventListener = window.addEventListener.bind(window);

/** JupyterLab lets a link read addresses. */
class Link extends URL {
  constructor() {
    super('http://127.0.0.1/');
  }

  set href(url) {
    super.href = new URL(url, 'http://127.0.0.1/').href;
  }

  get href() {
    return super.href;
  }
}

globalThis.document = Object.assign(new EventTarget(), {
  visibilityState: 'visible',
  body: { dataset: {} },
  cookie: '',
  createElement: () => new Link(),
  getElementById: () => null
});

/** The computer is on a network again. */
export const online = () => window.dispatchEvent(new Event('online'));

export function show(visibilityState) {
  document.visibilityState = visibilityState;
  document.dispatchEvent(new Event('visibilitychange'));
}

/** A browser's: one that cannot be opened says so by its events alone. */
export class WebSocket extends NodeSocket {
  static all = new Set();

  constructor(url) {
    super(url);
    this.on('error', () => undefined);
    this.on('close', () => WebSocket.all.delete(this));
    WebSocket.all.add(this);
  }
}

/** Values in the order in which they came, for whoever waits: `await next()`. */
export class Queue {
  values = [];
  waiting = [];

  put = value => {
    const go = this.waiting.shift();
    if (go) go(value);
    else this.values.push(value);
  };

  next = async () => (this.values.length ? this.values.shift() : new Promise(go => this.waiting.push(go)));

  /** The first one that is so; those before it are gone. */
  async until(holds) {
    for (;;) {
      const value = await this.next();
      if (holds(value)) return value;
    }
  }
}

/** Listens on a port of its own. `connected` are the sockets, each with what it `asked` for; `answer(path)` gives a body. */
export class House {
  connected = new Queue();
  asked = [];
  answer = () => null;

  static async open() {
    const house = new House();
    await house.start(0);
    return house;
  }

  async start(port = this.port) {
    this.http = createServer((request, response) => {
      this.asked.push(`${request.method} ${request.url}`);
      const [status, body] = this.answer(request.url) ?? [404, '<h1>a proxy says no</h1>'];
      response.writeHead(status).end(body);
    });
    this.sockets = new WebSocketServer({ server: this.http });
    this.sockets.on('error', () => undefined); // said by the other one, too
    this.sockets.on('connection', (socket, request) =>
      this.connected.put(Object.assign(socket, { asked: request.url }))
    );
    this.http.listen(port, '127.0.0.1');
    await once(this.http, 'listening');
    this.port = this.http.address().port;
  }

  get url() {
    return `http://127.0.0.1:${this.port}/base/`;
  }

  get wsUrl() {
    return this.url.replace('http', 'ws');
  }

  /** As `kill -9` would end it. */
  async stop() {
    for (const socket of this.sockets.clients) socket.terminate();
    this.http.closeAllConnections();
    this.sockets.close();
    this.http.close();
    await once(this.http, 'close');
    await Promise.all([...WebSocket.all].map(socket => once(socket, 'close')));
  }
}
