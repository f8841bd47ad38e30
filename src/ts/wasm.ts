/**
 * The one wasm instance of the process, compiled on first use.
 *
 * Each entry says where the module comes from (`setSource`): inline bytes, an imported module, or
 * nothing until the caller brings it with `init`. A failed attempt leaves nothing behind, so the
 * next call tries again.
 */

import { initSync } from '../../target/wasm/core/core.js';
import { CacheError } from './errors.js';

/** Put in by the build. */
declare const PACKAGE_VERSION: string;

/** A module, or its bytes. */
export type ModuleSource = WebAssembly.Module | BufferSource;

/** What a module can be made of without waiting. */
type Source = () => ModuleSource;

let source: Source | undefined;
let memory: WebAssembly.Memory | undefined;
/** Under way while somebody awaits {@link startWasm}. */
let starting: Promise<void> | undefined;

/** Says where the module comes from; called once by an entry. */
export function setSource(from: Source): void {
  source = from;
}

/** Whether the instance is there. */
export function isWasmReady(): boolean {
  return memory !== undefined;
}

/** Returns the buffer of wasm memory as it is now. */
export function memoryBuffer(): ArrayBuffer {
  return memory?.buffer as ArrayBuffer;
}

/**
 * Compiles and instantiates the module at once.
 * @throws {CacheError} `ERR_CACHE_WASM`, with the engine's error as cause.
 */
export function startWasmSync(): void {
  if (memory === undefined) {
    instantiate(sourceOrThrow()());
  }
}

/**
 * Resolves when the module is ready, compiled asynchronously from what `load` brings or else from
 * the entry's source. Whoever calls while a start is under way waits for that one.
 * @throws {CacheError} `ERR_CACHE_WASM`, with the engine's error as cause.
 */
export async function startWasm(load?: () => Promise<ModuleSource>): Promise<void> {
  while (memory === undefined) {
    const own = starting === undefined;
    starting ??= start(load).finally(() => {
      starting = undefined;
    });
    try {
      await starting;
    } catch (error) {
      // Another's failure is not that of a caller who brings a module.
      if (own || load === undefined) {
        throw error;
      }
    }
  }
}

async function start(load?: () => Promise<ModuleSource>): Promise<void> {
  const from = load === undefined ? sourceOrThrow()() : await load();
  let module: WebAssembly.Module;
  try {
    module = from instanceof WebAssembly.Module ? from : await WebAssembly.compile(from);
  } catch (cause) {
    throw wasmError(cause);
  }
  // Somebody may have compiled it at once meanwhile.
  if (!isWasmReady()) {
    instantiate(module);
  }
}

function instantiate(from: ModuleSource): void {
  try {
    const module = from instanceof WebAssembly.Module ? from : new WebAssembly.Module(from);
    // `initSync` keeps what it has instantiated, and would keep a stranger for good.
    const [stamp] = WebAssembly.Module.customSections(module, 'tidecache');
    if (new TextDecoder().decode(stamp) !== PACKAGE_VERSION) {
      throw new Error(`it is not core.wasm of version ${PACKAGE_VERSION}`);
    }
    memory = initSync({ module }).memory;
  } catch (cause) {
    throw wasmError(cause);
  }
}

function sourceOrThrow(): Source {
  if (source === undefined) {
    throw new CacheError(
      'ERR_CACHE_WASM',
      'tidecache/slim has no WebAssembly module yet; await init(source) with the bytes, a URL, ' +
        "a Response or a WebAssembly.Module of 'tidecache/core.wasm' first",
    );
  }
  return source;
}

function wasmError(cause: unknown): CacheError {
  return new CacheError(
    'ERR_CACHE_WASM',
    `the WebAssembly module does not compile or load (${String(cause)}); under a ` +
      "Content-Security-Policy it needs 'wasm-unsafe-eval' in script-src; where only an " +
      'asynchronous compile is allowed, await init() before using sync',
    { cause },
  );
}
