/**
 * Bytes in a file. A write goes to a file beside it, to the disk, and then takes its place in one
 * step: whoever is killed leaves the old bytes or the new ones, and perhaps a draft, which the next
 * reader sweeps when it is old.
 */

import type { PersistentStore } from './types.js';

interface Handle {
  close(): Promise<void>;
  sync(): Promise<void>;
  writeFile(bytes: Uint8Array): Promise<void>;
}

/** The part of `node:fs/promises` that is used here. */
export interface FileSystem {
  mkdir(path: string, options: { recursive: true }): Promise<unknown>;
  open(path: string, flags: string): Promise<Handle>;
  readFile(path: string): Promise<Uint8Array>;
  readdir(path: string): Promise<string[]>;
  rename(from: string, to: string): Promise<void>;
  rm(path: string, options: { force: true }): Promise<void>;
  stat(path: string): Promise<{ mtimeMs: number }>;
}

/** The part of `node:path` that is used here. */
export interface Paths {
  basename(path: string): string;
  dirname(path: string): string;
  join(...parts: string[]): string;
  resolve(path: string): string;
}

/** A draft is another process's that is being written, until it is this old. */
const DRAFT_AGE_MS = 60_000;
const DRAFT = '.draft';

/** Keeps bytes at `path`. */
export class FileStore implements PersistentStore {
  readonly #files: FileSystem;
  readonly #paths: Paths;
  readonly #path: string;

  constructor(files: FileSystem, paths: Paths, path: string) {
    this.#files = files;
    this.#paths = paths;
    // The program may change its folder.
    this.#path = paths.resolve(path);
  }

  async read(): Promise<Uint8Array | undefined> {
    await this.#sweep().catch(() => undefined);
    try {
      return await this.#files.readFile(this.#path);
    } catch (error) {
      if ((error as { code?: unknown }).code === 'ENOENT') {
        return undefined;
      }
      throw error;
    }
  }

  async write(snapshot: Uint8Array): Promise<void> {
    const folder = this.#paths.dirname(this.#path);
    await this.#files.mkdir(folder, { recursive: true });
    // Two processes may write at once, and have one number in two containers.
    const draft = `${this.#path}.${Math.random().toString(36).slice(2)}${DRAFT}`;
    try {
      const handle = await this.#files.open(draft, 'wx');
      try {
        await handle.writeFile(snapshot);
        await handle.sync();
      } finally {
        await handle.close();
      }
      await this.#files.rename(draft, this.#path);
    } catch (error) {
      await this.#files.rm(draft, { force: true }).catch(() => undefined);
      throw error;
    }
  }

  async #sweep(): Promise<void> {
    const folder = this.#paths.dirname(this.#path);
    const start = `${this.#paths.basename(this.#path)}.`;
    const oldest = Date.now() - DRAFT_AGE_MS;
    for (const name of await this.#files.readdir(folder)) {
      const path = this.#paths.join(folder, name);
      if (name.startsWith(start) && name.endsWith(DRAFT)) {
        if ((await this.#files.stat(path)).mtimeMs < oldest) {
          await this.#files.rm(path, { force: true });
        }
      }
    }
  }
}
