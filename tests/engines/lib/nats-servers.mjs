/** Real NATS servers on loopback, each with JetStream in a folder of its own and a WebSocket. */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import net from 'node:net';
import { tmpdir } from 'node:os';
import path from 'node:path';
import process from 'node:process';
import { setTimeout as pause } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';

const root = fileURLToPath(new URL('../../..', import.meta.url));

/** The program: `TIDECACHE_NATS_SERVER`, or what set-up brought. */
const newProgram =
  process.env.TIDECACHE_NATS_SERVER ?? path.join(root, 'target/xtask/engines/nats/bin/nats-server');

/** One that is too old. */
export const oldProgram = path.join(root, 'target/xtask/engines/nats-old/bin/nats-server');

/** How long a server may take until it answers. */
const START_MS = 20_000;

const children = new Set();
process.on('exit', () => children.forEach((child) => child.kill('SIGKILL')));

/** Returns ports that nobody listens to. */
async function freePorts(count) {
  const servers = Array.from({ length: count }, () => net.createServer().listen(0, '127.0.0.1'));
  await Promise.all(servers.map((server) => once(server, 'listening')));
  const ports = servers.map((server) => server.address().port);
  await Promise.all(servers.map((server) => once(server.close(), 'close')));
  return ports;
}

/** One server. */
class Server {
  lines = [];

  constructor(name, folder, program, ports) {
    Object.assign(this, { name, folder, program, ...ports });
    this.url = `ws://127.0.0.1:${this.webPort}`;
    this.config = path.join(folder, `${name}.conf`);
  }

  /** Starts the process; what it held before a stop is there again. */
  async start() {
    this.child = spawn(this.program, ['--config', this.config], {
      stdio: ['ignore', 'ignore', 'pipe'],
    });
    children.add(this.child);
    this.child.stderr.setEncoding('utf8').on('data', (text) => this.lines.push(text));
    this.ended = once(this.child, 'exit').then(() => children.delete(this.child));
    await once(this.child, 'spawn');
  }

  /** Ends the process by a signal. */
  async stop(signal = 'SIGKILL') {
    this.child.kill(signal);
    await this.ended;
  }

  /** Waits until the server says that it is well. */
  async ready() {
    const end = Date.now() + START_MS;
    while (Date.now() < end) {
      const answer = await fetch(`http://127.0.0.1:${this.healthPort}/healthz`).catch(() => {});
      if (answer?.ok) return;
      await pause(25);
    }
    throw new Error(`${this.name} did not start:\n${this.lines.join('')}`);
  }
}

/** As many servers as are wanted, in one cluster if there are several. */
export class NatsServers {
  /**
   * Starts servers.
   * @param {{ count?: number, more?: string, program?: string, hasJetStream?: boolean }} [options]
   * `more` goes into each configuration
   */
  static async start({ count = 1, more = '', program = newProgram, hasJetStream = true } = {}) {
    const folder = await mkdtemp(path.join(tmpdir(), 'tidecache-nats-'));
    const ports = await freePorts(4 * count);
    const servers = Array.from({ length: count }, (_, at) => {
      const [port, webPort, healthPort, routePort] = ports.slice(4 * at, 4 * at + 4);
      return new Server(`n${at}`, folder, program, { port, webPort, healthPort, routePort });
    });
    const routes = servers.map(({ routePort }) => `nats://127.0.0.1:${routePort}`).join(', ');
    for (const server of servers) {
      const { name, port, webPort, healthPort, routePort } = server;
      const lines = [
        `listen: "127.0.0.1:${port}"`,
        `http: "127.0.0.1:${healthPort}"`,
        `server_name: ${name}`,
        hasJetStream ? `jetstream { store_dir: "${path.join(folder, name)}" }` : '',
        `websocket { listen: "127.0.0.1:${webPort}", no_tls: true }`,
        more,
      ];
      const cluster = `cluster { name: c, listen: "127.0.0.1:${routePort}", routes: [${routes}] }`;
      await writeFile(server.config, [...lines, ...(count > 1 ? [cluster] : [])].join('\n'));
    }
    const all = new NatsServers();
    Object.assign(all, { folder, servers });
    await Promise.all(servers.map((server) => server.start()));
    await Promise.all(servers.map((server) => server.ready()));
    return all;
  }

  /** The WebSocket address of each. */
  get urls() {
    return this.servers.map(({ url }) => url);
  }

  async [Symbol.asyncDispose]() {
    await this.stop();
  }

  /** Ends every process and removes what they stored. */
  async stop() {
    await Promise.all(this.servers.map((server) => server.stop()));
    await rm(this.folder, { recursive: true, force: true });
  }
}
