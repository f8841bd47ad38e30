/**
 * The WebAssembly module of the response cache: one instance for all caches of this entry.
 *
 * It is compiled at once on first use, since a worker must answer without waiting, unless it is
 * being brought by {@link startHttp}. A failed attempt leaves nothing behind, so the next call
 * tries again.
 */

import { initSync } from '../../../target/wasm/http/http.js';
import { CacheError } from '../errors.js';
import type { ModuleSource } from '../wasm.js';

/** Put in by the build. */
declare const PACKAGE_VERSION: string;

let source: (() => ModuleSource) | undefined;
let memory: WebAssembly.Memory | undefined;
let starting: Promise<void> | undefined;

/** Says where the module comes from; called once by an entry. */
export function setHttpSource(from: () => ModuleSource): void {
  source = from;
}

/** Returns the buffer of its memory as it is now. */
export function httpMemory(): ArrayBuffer {
  return memory!.buffer;
}

/** Returns what resolves when the module that is on its way is there; `undefined`: none is. */
export function httpOnItsWay(): Promise<void> | undefined {
  return starting;
}

/**
 * Compiles and instantiates the module at once, unless it is there.
 * @throws {CacheError} `ERR_CACHE_WASM`, with the engine's error as cause.
 */
export function startHttpSync(): void {
  if (memory === undefined) {
    instantiate(bytesOfEntry);
  }
}

/**
 * Resolves when the module that `load` brings, or else that of the entry, is ready; it is compiled
 * asynchronously.
 * @throws {CacheError} `ERR_CACHE_WASM`, with the engine's error as cause.
 */
export async function startHttp(load?: () => Promise<ModuleSource>): Promise<void> {
  if (memory === undefined) {
    const own = start(load).finally(() => {
      if (starting === own) {
        starting = undefined;
      }
    });
    starting = own;
    await own;
  }
}

async function start(
  load: () => ModuleSource | Promise<ModuleSource> = bytesOfEntry,
): Promise<void> {
  const from = await load();
  let module: WebAssembly.Module;
  try {
    module = from instanceof WebAssembly.Module ? from : await WebAssembly.compile(from);
  } catch (cause) {
    throw wasmError(cause);
  }
  // Somebody may have compiled it at once meanwhile.
  if (memory === undefined) {
    instantiate(() => module);
  }
}

function bytesOfEntry(): ModuleSource {
  if (source === undefined) {
    throw new CacheError(
      'ERR_CACHE_WASM',
      'there is no WebAssembly module yet; await init(source) with that of tidecache/http.wasm',
    );
  }
  return source();
}

function instantiate(from: () => ModuleSource): void {
  try {
    const given = from();
    const module = given instanceof WebAssembly.Module ? given : new WebAssembly.Module(given);
    // `initSync` keeps what it has instantiated, and would keep a stranger for good.
    const [stamp] = WebAssembly.Module.customSections(module, 'tidecache');
    if (new TextDecoder().decode(stamp) !== `${PACKAGE_VERSION} http`) {
      throw new Error(`it is not http.wasm of version ${PACKAGE_VERSION}`);
    }
    memory = initSync({ module }).memory;
  } catch (cause) {
    throw wasmError(cause);
  }
}

function wasmError(cause: unknown): CacheError {
  return cause instanceof CacheError
    ? cause
    : new CacheError(
        'ERR_CACHE_WASM',
        `the WebAssembly module does not compile or load (${String(cause)}); under a ` +
          "Content-Security-Policy it needs 'wasm-unsafe-eval' in script-src",
        { cause },
      );
}
