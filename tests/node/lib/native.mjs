/** The native server in a process of its own: built, started, asked and ended. */
import { execFileSync, spawn } from 'node:child_process';
import net from 'node:net';
import path from 'node:path';
import process from 'node:process';
import { createInterface } from 'node:readline';
import { setTimeout as pause } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';

export const root = fileURLToPath(new URL('../../..', import.meta.url));

/** The program: `TIDECACHE_NODE`, or built here if need be. */
export const program = process.env.TIDECACHE_NODE ?? build();

function build() {
  const words = ['build', '--quiet', '--features', 'node', '--bin', 'tidecache-node'];
  execFileSync('cargo', words, { cwd: root, stdio: 'inherit' });
  return path.join(
    process.env.CARGO_TARGET_DIR ?? path.join(root, 'target'),
    'debug/tidecache-node',
  );
}

const children = new Set();
process.on('exit', () => children.forEach((child) => child.kill('SIGKILL')));

/** A server that runs. */
export class Native {
  /** Every line that it has logged. */
  lines = [];
  /** `HOST:PORT` by what is spoken there. */
  at = {};

  constructor(child) {
    this.child = child;
    this.ended = new Promise((resolve) => {
      child.once('exit', (code, signal) => {
        children.delete(child);
        resolve({ code, signal });
      });
    });
  }

  /** Starts one with these flags; it listens to RESP and, at one address, to all of HTTP. */
  static async start({ flags = [], env = {}, web = '127.0.0.1:0', resp = '127.0.0.1:0' } = {}) {
    const all = ['--listen', resp, '--ws', web, '--http', web, ...flags];
    const child = spawn(program, all, {
      env: { ...process.env, ...env },
      stdio: ['ignore', 'inherit', 'pipe'],
    });
    children.add(child);
    const native = new Native(child);
    await native.#listen(resp === 'off' ? 1 : 2);
    return native;
  }

  get respPort() {
    return Number(this.at.resp.split(':').at(-1));
  }

  get http() {
    return `http://${this.at['ws+http']}`;
  }

  get ws() {
    return `ws://${this.at['ws+http']}`;
  }

  /** Sends a request. */
  fetch(where, options) {
    return fetch(`${this.http}${where}`, options);
  }

  /** Resolves with its metrics by their names. */
  async metrics(token) {
    const headers = token === undefined ? {} : { authorization: `Bearer ${token}` };
    const text = await (await this.fetch('/metrics', { headers })).text();
    const lines = text.split('\n').filter((line) => line !== '' && !line.startsWith('#'));
    return Object.fromEntries(
      lines.map((line) => {
        const [name, value] = line.split(' ');
        return [name.replace(/^tidecache_/, ''), Number(value)];
      }),
    );
  }

  /** Opens a TCP connection to RESP. */
  connect(port = this.respPort) {
    return new Wire(net.connect(port, '127.0.0.1'));
  }

  async end(signal = 'SIGKILL') {
    this.child.kill(signal);
    return this.ended;
  }

  async #listen(count) {
    const lines = createInterface({ input: this.child.stderr });
    await new Promise((resolve, reject) => {
      this.ended.then(() => reject(new Error(`it ended: ${this.lines.join('\n')}`)));
      lines.on('line', (line) => {
        this.lines.push(line);
        if (!line.startsWith('{')) return;
        const { event, speaks, at } = JSON.parse(line);
        if (event === 'listening') this.at[speaks] = at;
        if (Object.keys(this.at).length === count) resolve();
      });
    });
  }
}

/** A TCP connection that says bytes and collects what is answered. */
export class Wire {
  text = '';

  constructor(socket) {
    this.socket = socket;
    socket.setEncoding('latin1');
    socket.on('data', (text) => {
      this.text += text;
    });
    socket.on('error', () => undefined);
    this.closed = new Promise((resolve) => {
      socket.once('close', resolve);
    });
  }

  say(bytes) {
    this.socket.write(bytes);
    return this;
  }

  /** Resolves with what was answered once it ends with `end`. */
  async heard(end) {
    await until(() => this.text.endsWith(end), `heard ${JSON.stringify(end)}: ${this.text}`);
    return this.text;
  }

  end() {
    this.socket.destroy();
  }
}

/** Resolves when `holds` does; throws what it was after 10 s. */
export async function until(holds, what, ms = 10_000) {
  const end = performance.now() + ms;
  while (!(await holds())) {
    if (performance.now() > end) throw new Error(`never ${what}`);
    await pause(10);
  }
}

/** Runs `work` with a server of these options, and ends it. */
export async function withNative(options, work) {
  const native = await Native.start(options);
  try {
    return await work(native);
  } finally {
    await native.end();
  }
}
