/**
 * The disk between `tidecache/http` and its files: it counts the calls that change something, and
 * stops or fails at one of them. A process that has died does nothing any more: whatever it calls
 * never answers, and its folder stays as it is.
 */
import { createRequire } from 'node:module';
import path from 'node:path';

const files = createRequire(import.meta.url)('node:fs/promises');
const CHANGING = ['appendFile', 'mkdir', 'open', 'rename', 'rm', 'writeFile'];
const originals = Object.fromEntries(CHANGING.map((name) => [name, files[name]]));

/** The disk below one folder. */
export class Disk {
  #directory;
  #decide;
  #open = new Set();
  calls = [];
  isDead = false;
  #tell;
  died = new Promise((resolve) => (this.#tell = resolve));

  /**
   * `decide(number, name)` is asked at each call below `directory` and answers what becomes of it:
   * nothing, `'die'` before it, `'half'`: die when half of it is written (only of what writes), or
   * an error to fail with.
   */
  constructor(directory, decide) {
    this.#directory = directory;
    this.#decide = decide;
    for (const name of CHANGING) this.#watch(name);
  }

  /** Puts the real calls back, and closes what a dead process has left open. */
  async restore() {
    Object.assign(files, originals);
    await Promise.all([...this.#open].map((handle) => handle.close()));
  }

  #watch(name) {
    files[name] = async (where, ...rest) => {
      if (!String(where).startsWith(this.#directory + path.sep)) {
        return originals[name](where, ...rest);
      }
      if (name === 'open' && rest[0] === 'r') return this.#alive(originals.open(where, ...rest));
      if ((await this.#next(name)) === 'half') {
        await originals[name](where, rest[0].slice(0, rest[0].length >> 1));
        return this.#end();
      }
      const result = await originals[name](where, ...rest);
      return name === 'open' ? this.#handle(result) : result;
    };
  }

  /** A file that is written. */
  #handle(handle) {
    this.#open.add(handle);
    return {
      stat: () => handle.stat(),
      write: async (bytes) => {
        if ((await this.#next('write')) === 'half') {
          await handle.write(bytes.subarray(0, bytes.byteLength >> 1));
          return this.#end();
        }
        return handle.write(bytes);
      },
      close: async () => {
        await this.#next('close');
        this.#open.delete(handle);
        await handle.close();
      },
    };
  }

  async #next(name) {
    if (this.isDead) return new Promise(() => {});
    this.calls.push(name);
    const fate = this.#decide(this.calls.length, name);
    if (fate instanceof Error) throw fate;
    return fate === 'die' ? this.#end() : fate;
  }

  #end() {
    this.isDead = true;
    this.#tell();
    return new Promise(() => {});
  }

  async #alive(work) {
    const result = await work;
    return this.isDead ? new Promise(() => {}) : result;
  }
}
