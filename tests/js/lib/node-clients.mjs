/** Clients of a node that say what they want, well-behaved or not. */
import { WebSocket } from 'ws';

import { command, commands, replies } from './resp.mjs';

export const PROTOCOL = 'tidecache.resp3.v1';
export const FRAMES_TYPE = 'application/vnd.tidecache.resp3';
/** The longest frame that a node takes. */
export const FRAME_BYTES_MAX = (1 << 20) + 4096;

/** Returns the second protocol that carries a token. */
export function bearer(token) {
  return `bearer.${Buffer.from(token).toString('base64url')}`;
}

/** Returns a request with commands. */
export function frames(body, headers = {}, url = 'http://node.test/v1/frames') {
  const all = { 'content-type': FRAMES_TYPE, ...headers };
  return new Request(url, { method: 'POST', headers: all, body });
}

/** Resolves with what a node answers to commands in one body. */
export async function ask(node, ...list) {
  const response = await node.fetch(frames(commands(...list)));
  return replies(new Uint8Array(await response.arrayBuffer()));
}

/** A WebSocket to a node. */
export class Client {
  /** What has arrived and was not asked for: values of RESP. */
  heard = [];
  #waiting = [];

  constructor(socket) {
    this.socket = socket;
    socket.on('message', (data) => {
      this.heard.push(...replies(data));
      this.#waiting.splice(0).forEach((resolve) => resolve());
    });
    // The close says so.
    socket.on('error', () => undefined);
    this.closed = new Promise((resolve) => {
      socket.on('close', resolve);
    });
  }

  /** Connects; rejects with the status of a refusal. */
  static async open(url, { token, protocols = [PROTOCOL], ...options } = {}) {
    const offered = token === undefined ? protocols : [...protocols, bearer(token)];
    const socket = new WebSocket(url, offered, options);
    const client = new Client(socket);
    await new Promise((resolve, reject) => {
      socket.on('open', resolve);
      socket.on('unexpected-response', (_request, response) => {
        socket.terminate();
        reject(new Error(`status ${response.statusCode}`));
      });
    });
    return client;
  }

  /** Sends commands and resolves with as many values as they are. */
  async ask(...list) {
    this.socket.send(commands(...list));
    return this.take(list.length);
  }

  /** Sends one command. */
  send(...words) {
    this.socket.send(command(words));
  }

  /** Resolves with the next values. */
  async take(count) {
    while (this.heard.length < count) {
      if (this.socket.readyState === WebSocket.CLOSED) {
        throw new Error('the connection is closed');
      }
      await Promise.race([
        new Promise((resolve) => {
          this.#waiting.push(resolve);
        }),
        this.closed,
      ]);
    }
    return this.heard.splice(0, count);
  }

  /** Closes it from this side. */
  async close() {
    this.socket.close();
    await this.closed;
  }
}
