/**
 * The WebAssembly module of the response cache: one instance for all caches of this entry.
 *
 * It is compiled at once on first use, since a worker must answer without waiting; an entry that
 * streams it calls {@link startHttp} first. A failed attempt leaves nothing behind, so the next
 * call tries again.
 */

import { initSync } from '../../../target/wasm/http/http.js';
import { CacheError } from '../errors.js';

/** A module, or its bytes. */
export type HttpModuleSource = WebAssembly.Module | BufferSource;

let source: (() => HttpModuleSource) | undefined;
let isReady = false;

/** Says where the module comes from; called once by an entry. */
export function setHttpSource(from: () => HttpModuleSource): void {
  source = from;
}

/** Whether the instance is there. */
export function isHttpReady(): boolean {
  return isReady;
}

/**
 * Compiles and instantiates the module at once, unless it is there.
 * @throws {CacheError} `ERR_CACHE_WASM`, with the engine's error as cause.
 */
export function startHttpSync(): void {
  if (!isReady) {
    instantiate(() => {
      if (source === undefined) {
        throw new Error('no module yet; bring http.wasm first');
      }
      return source();
    });
  }
}

/**
 * Resolves when the module that `load` brings is ready; it is compiled asynchronously.
 * @throws {CacheError} `ERR_CACHE_WASM`, with the engine's error as cause.
 */
export async function startHttp(
  load: () => HttpModuleSource | Promise<HttpModuleSource>,
): Promise<void> {
  let module: HttpModuleSource;
  try {
    const from = await load();
    module = from instanceof WebAssembly.Module ? from : await WebAssembly.compile(from);
  } catch (cause) {
    throw wasmError(cause);
  }
  if (!isReady) {
    instantiate(() => module);
  }
}

function instantiate(from: () => HttpModuleSource): void {
  try {
    const module = from();
    initSync({
      module: module instanceof WebAssembly.Module ? module : new WebAssembly.Module(module),
    });
    isReady = true;
  } catch (cause) {
    throw wasmError(cause);
  }
}

function wasmError(cause: unknown): CacheError {
  return new CacheError(
    'ERR_CACHE_WASM',
    `the WebAssembly module does not compile or load (${String(cause)}); under a ` +
      "Content-Security-Policy it needs 'wasm-unsafe-eval' in script-src",
    { cause },
  );
}
