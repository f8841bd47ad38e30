/**
 * One cache among several that hear of one another's changes.
 *
 * A change here is told to the others, which drop what they have of that key: a `set` too, since to
 * copy every value to every tab costs more than it saves. Changes that are heard are never told
 * again, so there are no loops. A change older than the last one that is known of its key does
 * nothing. Dropping is always safe in a cache, so whatever is in doubt is dropped.
 */

import type { ChangeKind, Extension, ExtensionHost, SavedEntry } from '../extension.js';
import { putEntries, takeEntries } from '../persist/entries.js';
import { readSnapshot, writeSnapshot } from '../persist/snapshot.js';
import {
  readMessage,
  writeMessage,
  type Change,
  type Message,
  type OfferMessage,
  type StateMessage,
} from './messages.js';
import { pathOf, textOf } from '../path-text.js';
import type { CacheChannel } from './types.js';
import { Versions } from './versions.js';

/** Changes in one message. */
const CHANGES_MAX = 1_000;
/** What a newcomer is given at most. */
const STATE_BYTES_MAX = 16 << 20;

type Scope = Partial<Pick<typeof globalThis, 'addEventListener' | 'removeEventListener'>>;

/** The extension behind `channel`. */
export class Member implements Extension {
  readonly #open: () => CacheChannel;
  readonly #warmMs: number;
  readonly #self = Math.floor(Math.random() * Number.MAX_SAFE_INTEGER);
  /** Changes that wait to be told, by what they change. */
  readonly #waiting = new Map<string, Change>();
  #host!: ExtensionHost;
  #versions!: Versions;
  #channel: CacheChannel | undefined;
  #stopHearing: () => void = () => undefined;
  #isClosed = false;
  /** Whether what the cache does now is what it heard of. */
  #isApplying = false;
  /** The version of the last `clear`, here or heard of. */
  #clearedAt = 0;
  /** What is done with the state that was asked for. */
  #onState: ((message?: StateMessage) => void) | undefined;
  #offeredBy: number | undefined;

  /** `warmMs` is how long to wait for the state of another cache; 0: it is not asked for. */
  constructor(open: () => CacheChannel, warmMs: number) {
    this.#open = open;
    this.#warmMs = warmMs;
  }

  async start(host: ExtensionHost): Promise<void> {
    if (this.#isClosed) {
      return;
    }
    this.#host = host;
    this.#versions = new Versions(() => host.now() - host.offset());
    try {
      this.#channel = this.#open();
      this.#listen(this.#channel);
    } catch (cause) {
      host.report('the channel cannot be opened', cause);
      return;
    }
    if (this.#warmMs > 0) {
      await this.#warm();
    }
  }

  async close(): Promise<void> {
    this.#isClosed = true;
    this.#stopHearing();
    this.#tell();
    this.#onState?.();
    this.#channel = undefined;
  }

  #listen(channel: CacheChannel): void {
    // A cache that is dropped without `close` is not held by what it listens to.
    const self = new WeakRef(this);
    const end = channel.onMessage((bytes) => {
      const member = self.deref();
      if (member === undefined) {
        end();
      } else {
        member.#hear(readMessage(bytes));
      }
    });
    const removeTap = this.#host.tap((kind, path) => {
      this.#note(kind, kind === 'tag' ? path[0]! : textOf(path));
    });
    // A page that was frozen in the browser's back-forward cache has heard nothing meanwhile.
    const returned = (event: Event): void => {
      const member = self.deref();
      if (member !== undefined && (event as Partial<PageTransitionEvent>).persisted === true) {
        member.#forgetAll();
      }
    };
    const scope = globalThis as Scope;
    scope.addEventListener?.('pageshow', returned);
    this.#stopHearing = () => {
      removeTap();
      scope.removeEventListener?.('pageshow', returned);
      this.#tell();
      end();
    };
  }

  #note(kind: ChangeKind, text: string): void {
    if (this.#isApplying) {
      return;
    }
    const version = this.#versions.next();
    this.#remember(kind, text, version);
    if (this.#waiting.size === 0) {
      // All changes of this turn are one message.
      queueMicrotask(() => {
        this.#tell();
      });
    }
    const isOfKey = kind === 'set' || kind === 'delete';
    this.#waiting.set((isOfKey ? 'key' : kind) + text, { kind, version, text });
  }

  #remember(kind: ChangeKind, text: string, version: number): void {
    if (kind === 'clear' || kind === 'tag') {
      // A newcomer knows of no entry which tags and prefix it has: older ones are not for it.
      this.#clearedAt = Math.max(this.#clearedAt, version);
    } else {
      this.#versions.remember(text, version);
    }
  }

  #tell(): void {
    const changes = [...this.#waiting.values()];
    this.#waiting.clear();
    for (let at = 0; at < changes.length; at += CHANGES_MAX) {
      const part = changes.slice(at, at + CHANGES_MAX);
      this.#post({ type: 'changes', from: this.#self, changes: part });
    }
  }

  #post(message: Message): void {
    try {
      this.#channel?.post(writeMessage(message));
    } catch (cause) {
      this.#host.report('the other caches cannot be told', cause);
    }
  }

  #hear(message: Message | undefined): void {
    if (message === undefined || message.from === this.#self || this.#isClosed) {
      return;
    }
    if (message.type === 'changes') {
      this.#apply(() => {
        message.changes.forEach((change) => {
          this.#hearChange(change);
        });
      });
    } else if (message.type === 'hello') {
      // Whoever waits for a state itself has none to give, nor has an empty cache.
      if (this.#onState === undefined && this.#host.rows().length > 0) {
        this.#post({ type: 'offer', from: this.#self, to: message.from });
      }
    } else if (message.to === this.#self) {
      this.#hearOfState(message);
    }
  }

  #hearChange({ kind, version, text }: Change): void {
    const isKnown = this.#versions.hear(version);
    const isOfKey = kind === 'set' || kind === 'delete';
    if (isOfKey && version < this.#versions.of(text)) {
      return;
    }
    this.#host.drop(kind, kind === 'tag' ? [text] : pathOf(text));
    // What a wrong clock says must not make later changes look old.
    if (isKnown) {
      this.#remember(kind, text, version);
    }
  }

  #hearOfState(message: OfferMessage | StateMessage): void {
    const { from } = message;
    if (message.type === 'state') {
      if (from === this.#offeredBy) {
        this.#onState?.(message);
      }
    } else if (message.type === 'fetch') {
      this.#giveState(from);
    } else if (this.#onState !== undefined && this.#offeredBy === undefined) {
      this.#offeredBy = from;
      this.#post({ type: 'fetch', from: this.#self, to: from });
    }
  }

  /** Asks for the entries of another cache, and waits for them; a failure is a cold start. */
  async #warm(): Promise<void> {
    let timer: ReturnType<typeof setTimeout> | undefined;
    const message = await new Promise<StateMessage | undefined>((resolve) => {
      this.#onState = resolve;
      timer = setTimeout(resolve, this.#warmMs);
      this.#post({ type: 'hello', from: this.#self });
    });
    clearTimeout(timer);
    this.#onState = undefined;
    if (message === undefined || this.#isClosed) {
      return;
    }
    try {
      const entries = readSnapshot(message.snapshot);
      const versions = new Map<SavedEntry, number>();
      entries.forEach((entry, at) => {
        const version = message.versions[at] ?? 0;
        // What has changed while this was on its way is not for us.
        if (version >= this.#clearedAt && version >= this.#versions.of(textOf(entry.path))) {
          versions.set(entry, version);
        }
      });
      this.#apply(() => putEntries(this.#host, [...versions.keys()]));
      for (const [{ path }, version] of versions) {
        if (this.#versions.hear(version)) {
          this.#versions.remember(textOf(path), version);
        }
      }
    } catch (cause) {
      this.#host.report('the entries of another cache cannot be read', cause);
    }
  }

  #giveState(to: number): void {
    // What has been changed here and not been told is told first.
    this.#tell();
    let entries = takeEntries(this.#host);
    let snapshot = writeSnapshot(entries, true);
    while (snapshot.length > STATE_BYTES_MAX) {
      // Those that would leave last are the better half.
      entries = entries.slice(Math.ceil(entries.length / 2));
      snapshot = writeSnapshot(entries, true);
    }
    const kept = readSnapshot(snapshot);
    const versions = kept.map(({ path }) => this.#versions.of(textOf(path)));
    this.#post({ type: 'state', from: this.#self, to, snapshot, versions });
  }

  #forgetAll(): void {
    if (!this.#isClosed) {
      this.#apply(() => {
        this.#host.drop('clear', ['']);
      });
    }
  }

  #apply(work: () => unknown): void {
    this.#isApplying = true;
    try {
      work();
    } finally {
      this.#isApplying = false;
    }
  }
}
