/** The processes of the nodes. */
import { fork } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';

const SCRIPT = fileURLToPath(new URL('node.mjs', import.meta.url));

/** Nodes that run as processes of this machine; with others it is the same. */
export class NodeProcesses {
  /** Where the nodes are or were, by their ids. */
  addresses = {};
  /** What opens the nodes. */
  token = randomBytes(18).toString('base64url');
  #running = new Map();

  /** The ids of those that run. */
  get running() {
    return [...this.#running.keys()].sort();
  }

  /** Starts a node, at the port that it had before if there was one. */
  async start(id) {
    const port = id in this.addresses ? new URL(this.addresses[id]).port : '0';
    const child = fork(SCRIPT, [id, port], { env: { ...process.env, CACHE_TOKEN: this.token } });
    const failed = once(child, 'exit').then(([code]) => {
      throw new Error(`node ${id} has ended with ${code}`);
    });
    this.#running.set(id, child);
    const [url] = await Promise.race([once(child, 'message'), failed]);
    failed.catch(() => undefined);
    const all = Object.entries({ ...this.addresses, [id]: url });
    this.addresses = Object.fromEntries(all.sort());
  }

  /** Ends a node as a power failure does: it has no time for anything. */
  async kill(id) {
    const child = this.#running.get(id);
    this.#running.delete(id);
    const exit = once(child, 'exit');
    child.kill('SIGKILL');
    await exit;
  }

  /** Ends all that run. */
  async killAll() {
    await Promise.all(this.running.map((id) => this.kill(id)));
  }
}
