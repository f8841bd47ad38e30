import { initSync } from '../../../target/wasm/client/client.js';
import { clientSource } from './client-source.js';
import { WasmModule } from './module.js';

let module: WasmModule | undefined;

/** Returns the module of all clients; made when asked for, so that bundlers may leave it out. */
export function clientModule(): WasmModule {
  return (module ??= new WasmModule(clientSource, initSync));
}
