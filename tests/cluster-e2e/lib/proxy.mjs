/** A TCP proxy that is slow, cut in one direction, or says what nobody asked for. */
import { once } from 'node:events';
import net from 'node:net';
import { setTimeout as pause } from 'node:timers/promises';

/** One direction: nothing of it is lost, as TCP repeats what was; it only comes later. */
class Way {
  delayMs = 0;
  bytes = 0;
  #gate = Promise.resolve();
  #open = () => undefined;

  cut() {
    this.#gate = new Promise((resolve) => {
      this.#open = resolve;
    });
  }

  heal() {
    this.#open();
  }

  /** Carries bytes, and the end of them. */
  carry(from, to) {
    let last = Promise.resolve();
    const later = (act) => {
      const due = performance.now() + this.delayMs;
      last = last.then(async () => {
        const wait = due - performance.now();
        if (wait > 0) await pause(wait);
        await this.#gate;
        if (!to.destroyed) act();
      });
    };
    from.on('data', (chunk) => {
      this.bytes += chunk.length;
      later(() => to.write(chunk));
    });
    from.on('close', () => later(() => to.destroy()));
    from.on('error', () => undefined);
  }
}

export class Proxy {
  toNode = new Way();
  toClient = new Way();
  /** How many connections there have been. */
  count = 0;
  #pairs = new Set();
  #server;

  static async start(port) {
    const proxy = new Proxy();
    const server = net.createServer((client) => proxy.#take(client, port));
    proxy.#server = server;
    server.listen(0, '127.0.0.1');
    await once(server, 'listening');
    proxy.url = `ws://127.0.0.1:${server.address().port}`;
    return proxy;
  }

  /** Says bytes in between; `to` is `client` or `node`. */
  inject(to, bytes) {
    for (const pair of this.#pairs) pair[to].write(bytes);
  }

  /** Ends all connections: by a FIN, or by an RST. */
  sever(isReset = false) {
    for (const pair of this.#pairs) {
      for (const socket of Object.values(pair)) {
        if (isReset) socket.resetAndDestroy();
        else socket.destroy();
      }
    }
  }

  /** Connections that are open now. */
  get open() {
    return this.#pairs.size;
  }

  async close() {
    for (const way of [this.toNode, this.toClient]) way.heal();
    this.sever();
    this.#server.close();
    await once(this.#server, 'close');
  }

  #take(client, port) {
    this.count++;
    const node = net.connect(port, '127.0.0.1');
    const pair = { client, node };
    this.#pairs.add(pair);
    client.on('close', () => this.#pairs.delete(pair));
    for (const socket of [client, node]) socket.setNoDelay(true);
    this.toNode.carry(client, node);
    this.toClient.carry(node, client);
  }
}
