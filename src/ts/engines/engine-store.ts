/**
 * What an existing engine has to offer to stand behind `DistributedCache`: the seam between the
 * class, which knows keys, values and options, and the engines, which know commands.
 *
 * A value is stored behind a header of 20 bytes, the same in every engine and written by the native
 * gateway too (`docs/engines.md` has it as a table): 0xFF, the format (1), the codec's flags, 0,
 * and the version: 48 bits of milliseconds, 16 bits of counter and 64 of chance, big-endian. 0xFF
 * begins no text, so that what others wrote under the same key is told from ours.
 */

/** What is held of a key. */
export interface HeldValue {
  readonly bytes: Uint8Array;
  /** How the codec reads `bytes`. */
  readonly flags: number;
  /** Unix time in milliseconds, by the writer's clock. */
  readonly createdAtMs: number;
  /** What is left of its life, in milliseconds; `Infinity` without an end. */
  readonly remainingMs: number;
  /** Another for each write; opaque but to the engine that drew it. */
  readonly version: string;
}

/** How a value is stored. */
export interface EnginePut {
  readonly flags: number;
  /** Its life in milliseconds, within what the capabilities say; `Infinity` without an end. */
  readonly ttlMs: number;
  /** Only where nothing is held. */
  readonly ifAbsent?: boolean;
  /** Only where this version is held. */
  readonly ifVersion?: string;
}

/** What an engine can do; read before anything is connected. */
export interface EngineCapabilities {
  /** Whether `ifAbsent` and `ifVersion` are decided where writes are ordered. */
  readonly compareAndSet: boolean;
  /** Whether a life can be set anew without writing the value. */
  readonly touch: boolean;
  /** Whether it tells of changes, which a near cache needs. */
  readonly watch: boolean;
  /** The shortest life, in milliseconds. */
  readonly minTtlMs: number;
  /** The longest, in milliseconds; `Infinity` if it keeps entries without an end. */
  readonly maxTtlMs: number;
  /** The longest value, in bytes, header and all. */
  readonly maxValueBytes: number;
}

/** One process of an engine as this client sees it. */
export interface EngineServer {
  readonly id: string;
  readonly state: 'up' | 'suspect' | 'down';
  readonly rttMs: number;
}

/**
 * The commands of an engine. Every method rejects with a `CacheConnectionError` when it cannot be
 * carried out, and gives up when `signal` aborts: a failure never reads as a miss.
 */
export interface EngineStore {
  /** Connects and probes versions and modules; rejects with what is missing and what to do. */
  connect(): Promise<void>;
  /** What is held of each key, in their order. */
  read(keys: readonly string[], signal: AbortSignal): Promise<(HeldValue | undefined)[]>;
  /** Stores a value; the version it has got, or `undefined` where its condition was not met. */
  put(
    key: string,
    bytes: Uint8Array,
    how: EnginePut,
    signal: AbortSignal,
  ): Promise<string | undefined>;
  /** Removes keys; how many were held. */
  delete(keys: readonly string[], signal: AbortSignal): Promise<number>;
  /** Sets a life anew; whether the key was held. Only with the capability `touch`. */
  touch(key: string, ttlMs: number, signal: AbortSignal): Promise<boolean>;
  /** Removes everything of this cache that was held when it began, and nothing of others. */
  clear(signal: AbortSignal): Promise<void>;
  /**
   * Takes the right to load a key, for at most `ttlMs`; what gives it back, or `undefined` while
   * somebody else has it.
   */
  lease(
    key: string,
    ttlMs: number,
    signal: AbortSignal,
  ): Promise<(() => Promise<void>) | undefined>;
  /**
   * Tells of every change from when it resolves: a key, or `undefined` when anything may have
   * changed (a connection was lost, a clear). Resolves with what ends it. Only with `watch`.
   */
  watch(listener: (key: string | undefined) => void): Promise<() => Promise<void>>;
  /** How the servers are, as known; asks nothing. */
  servers(): readonly EngineServer[];
  /** Gives up what this engine opened itself; the user's own client stays open. */
  close(): Promise<void>;
}
