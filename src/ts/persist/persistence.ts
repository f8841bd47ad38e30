/**
 * One cache that outlives its process or page.
 *
 * The first use reads; until then everything waits. A change sets a timer; when it fires, the whole
 * cache is written, one write at a time. What was changed during a write is in the next. A cache
 * that takes `t` to encode rests for `REST * t` between writes, so writing never takes more than a
 * small part of the time. Failures are reports of the `error` event; the cache goes on without.
 */

import { DELAY_MAX_MS, unref } from '../clock.js';
import type { Extension, ExtensionHost } from '../extension.js';
import { putEntries, takeEntries } from './entries.js';
import { onLeaving } from './leaving.js';
import { readSnapshot, writeSnapshot } from './snapshot.js';
import type { PersistentStore } from './types.js';

/** Rests for this many times what the last encoding took. */
const REST = 20;
/** Writes that have failed make the next one wait longer, up to 2 to this. */
const DOUBLINGS_MAX = 6;

/** The extension behind `persist`. */
export class Persistence implements Extension {
  readonly #store: PersistentStore;
  readonly #delayMs: number;
  readonly #loadTimeoutMs: number;
  #host: ExtensionHost | undefined;
  #isDirty = false;
  #isClosed = false;
  #encodingMs = 0;
  #failures = 0;
  #timer: ReturnType<typeof setTimeout> | undefined;
  #writing: Promise<void> | undefined;
  #stopHearing: () => void = () => undefined;

  constructor(store: PersistentStore, delayMs: number, loadTimeoutMs: number) {
    this.#store = store;
    this.#delayMs = delayMs;
    this.#loadTimeoutMs = loadTimeoutMs;
  }

  async start(host: ExtensionHost): Promise<void> {
    try {
      const snapshot = await this.#read();
      // What came too late, or after `close`, is left.
      if (snapshot !== undefined && !this.#isClosed) {
        putEntries(host, readSnapshot(snapshot));
      }
    } catch (cause) {
      host.report('what was persisted cannot be loaded', cause);
    }
    if (this.#isClosed) {
      return;
    }
    this.#host = host;
    const removeTap = host.tap(() => {
      this.#change();
    });
    const stay = onLeaving(this);
    this.#stopHearing = () => {
      removeTap();
      stay();
    };
  }

  async close(): Promise<void> {
    this.#isClosed = true;
    this.#stopHearing();
    clearTimeout(this.#timer);
    // At once, while the entries are still there.
    const last = this.#isDirty ? this.#encode() : undefined;
    await this.#writing;
    if (last !== undefined) {
      await this.#write(last);
    }
    this.#host = undefined;
  }

  /** Writes at once, if there is anything to write and no write under way. */
  leave(): void {
    clearTimeout(this.#timer);
    this.#timer = undefined;
    if (!this.#isDirty || this.#writing !== undefined) {
      return;
    }
    const snapshot = this.#encode();
    if (snapshot === undefined) {
      return;
    }
    this.#writing = this.#write(snapshot).then(() => {
      this.#writing = undefined;
      if (this.#isDirty && !this.#isClosed) {
        this.#arm();
      }
    });
  }

  #change(): void {
    this.#isDirty = true;
    if (this.#timer === undefined && this.#writing === undefined) {
      this.#arm();
    }
  }

  #arm(): void {
    const wait = Math.max(this.#delayMs, REST * this.#encodingMs) * 2 ** this.#failures;
    const timer = setTimeout(
      () => {
        this.leave();
      },
      Math.min(wait, DELAY_MAX_MS),
    );
    unref(timer);
    this.#timer = timer;
  }

  async #read(): Promise<Uint8Array | undefined> {
    let timer: ReturnType<typeof setTimeout> | undefined;
    const late = new Promise<never>((_, reject) => {
      timer = setTimeout(
        () => {
          reject(new Error(`the store has not answered for ${this.#loadTimeoutMs} ms`));
        },
        Math.min(this.#loadTimeoutMs, DELAY_MAX_MS),
      );
    });
    try {
      return await Promise.race([this.#store.read(), late]);
    } finally {
      clearTimeout(timer);
    }
  }

  #encode(): Uint8Array | undefined {
    const began = Date.now();
    this.#isDirty = false;
    try {
      return writeSnapshot(takeEntries(this.#host!));
    } catch (cause) {
      // Nothing is written before the next change: the value may be gone then.
      this.#host!.report('the cache cannot be persisted', cause);
      return undefined;
    } finally {
      this.#encodingMs = Math.max(0, Date.now() - began);
    }
  }

  async #write(snapshot: Uint8Array): Promise<void> {
    try {
      await this.#store.write(snapshot);
      this.#failures = 0;
    } catch (cause) {
      this.#isDirty = true;
      this.#failures = Math.min(this.#failures + 1, DOUBLINGS_MAX);
      this.#host?.report('the cache cannot be persisted', cause);
    }
  }
}
