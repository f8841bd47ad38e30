/**
 * The cluster's WebAssembly module: one instance for all clients and nodes of this entry.
 *
 * It is compiled with the first use, asynchronously, since everything here is a Promise. A failed
 * attempt leaves nothing behind, so the next call tries again.
 */

import { initSync } from '../../../target/wasm/cluster/cluster.js';
import { CacheError } from '../errors.js';

/** A module, or its bytes. */
type ModuleSource = WebAssembly.Module | BufferSource;

let source: (() => ModuleSource | Promise<ModuleSource>) | undefined;
let isReady = false;
/** Under way while somebody awaits {@link startModule}. */
let starting: Promise<void> | undefined;

/** Says where the module comes from; called once by an entry. */
export function setModuleSource(from: () => ModuleSource | Promise<ModuleSource>): void {
  source = from;
}

/** Whether the module is there, so that the doors may be opened at once. */
export function isModuleReady(): boolean {
  return isReady;
}

/**
 * Resolves when the module is there.
 * @throws {CacheError} `ERR_CACHE_WASM`, with the engine's error as cause.
 */
export async function startModule(): Promise<void> {
  if (!isReady) {
    starting ??= start().finally(() => {
      starting = undefined;
    });
    await starting;
  }
}

async function start(): Promise<void> {
  try {
    const from = await source!();
    const module = from instanceof WebAssembly.Module ? from : await WebAssembly.compile(from);
    initSync({ module });
    isReady = true;
  } catch (cause) {
    throw new CacheError(
      'ERR_CACHE_WASM',
      `the WebAssembly module does not compile or load (${String(cause)}); under a ` +
        "Content-Security-Policy it needs 'wasm-unsafe-eval' in script-src",
      { cause },
    );
  }
}
