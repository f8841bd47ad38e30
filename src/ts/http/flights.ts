/**
 * One request for a key at a time: a promise for those of this context, and a Web Lock for those of
 * other tabs, where there are locks.
 */

/** How long another tab's request is waited for. */
const LOCK_WAIT_MS = 10_000;

/** How far something is on its way into the store. */
export interface Progress {
  /** Whether all of it has come, and only its last step is left. */
  isLanding: boolean;
}

/** A turn to ask the network. */
export interface Turn extends Progress {
  /** Whether somebody else has asked meanwhile, so that the cache may have the answer. */
  readonly hasWaited: boolean;
  /** Whether others wait for it. */
  readonly isAwaited: boolean;
  /** Called when others begin to wait. */
  onAwaited: () => void;
  /** Ends it; once is enough. */
  leave(): void;
}

interface Flight {
  readonly landed: Promise<void>;
  readonly progress: Progress;
  join(): void;
}

/** The part of the Web Locks that is used here. */
interface Locks {
  request(
    name: string,
    options: { ifAvailable?: boolean; signal?: AbortSignal },
    work: (lock: unknown) => Promise<void> | undefined,
  ): Promise<void>;
}

/** The flights of one cache. */
export class Flights {
  readonly #name: string;
  readonly #flights = new Map<string, Flight>();
  readonly #aside = new Map<string, Omit<Flight, 'join'>>();

  constructor(name: string) {
    this.#name = name;
  }

  /** Whether somebody asks for `key`. */
  has(key: string): boolean {
    return this.#flights.has(key);
  }

  /** Returns when whoever asks for `key` has landed, or part of it; `undefined` if nobody asks. */
  landing(key: string): Omit<Flight, 'join'> | undefined {
    return this.#flights.get(key) ?? this.#aside.get(key);
  }

  /** Notes `work` for a part of `key`: whoever wants it all does not wait for that. */
  note(key: string, work: Promise<unknown>, progress: Progress): void {
    const landed = work.then(nothing, nothing).then(() => {
      if (this.#aside.get(key) === own) {
        this.#aside.delete(key);
      }
    });
    const own = { landed, progress };
    this.#aside.set(key, own);
  }

  /**
   * Resolves with a turn: at once if nobody asks for `key`, or else when that one has landed. The
   * second is no turn of its own, so that a key that cannot be stored makes no queue.
   */
  async enter(key: string, signal: AbortSignal): Promise<Turn> {
    const flight = this.#flights.get(key);
    if (flight !== undefined) {
      flight.join();
      await abortable(flight.landed, signal);
      return { ...LANDED };
    }
    let land = nothing;
    const landed = new Promise<void>((resolve) => (land = resolve));
    const turn = {
      ...LANDED,
      hasWaited: false,
      leave: (): void => {
        if (this.#flights.get(key) === own) {
          this.#flights.delete(key);
        }
        land();
      },
    };
    const join = (): void => {
      turn.isAwaited = true;
      turn.onAwaited();
    };
    const own = { landed, join, progress: turn };
    this.#flights.set(key, own);
    turn.hasWaited = await this.#lock(key, landed);
    return turn;
  }

  /** Resolves when this tab has the key's lock, with whether another one had it before. */
  async #lock(key: string, landed: Promise<void>): Promise<boolean> {
    const locks = (globalThis as { navigator?: { locks?: Locks } }).navigator?.locks;
    // Node has locks of its own since 24, and nobody to share them with.
    if (locks === undefined || typeof BroadcastChannel === 'undefined' || isNode()) {
      return false;
    }
    const name = `tidecache/${this.#name}/${key}`;
    const tryLock = (options: { ifAvailable?: boolean; signal?: AbortSignal }): Promise<boolean> =>
      new Promise((resolve) => {
        const work = (lock: unknown): Promise<void> | undefined => {
          resolve(lock !== null);
          return lock === null ? undefined : landed;
        };
        locks.request(name, options, work).catch(() => {
          resolve(false);
        });
      });
    if (await tryLock({ ifAvailable: true })) {
      return false;
    }
    await tryLock({ signal: AbortSignal.timeout(LOCK_WAIT_MS) });
    return true;
  }
}

function isNode(): boolean {
  return (
    (globalThis as { process?: { versions?: { node?: string } } }).process?.versions?.node !==
    undefined
  );
}

/** Resolves as `work` does, or rejects when `signal` aborts. */
export function abortable<T>(work: Promise<T>, signal: AbortSignal): Promise<T> {
  return new Promise((resolve, reject) => {
    const abort = (): void => {
      reject(signal.reason as Error);
    };
    if (signal.aborted) {
      abort();
      return;
    }
    signal.addEventListener('abort', abort, { once: true });
    work.then(resolve, reject).finally(() => {
      signal.removeEventListener('abort', abort);
    });
  });
}

const nothing = (): void => undefined;

/** No turn of one's own: somebody else's has ended. */
export const LANDED: Turn = {
  hasWaited: true,
  isAwaited: false,
  isLanding: false,
  onAwaited: nothing,
  leave: nothing,
};
