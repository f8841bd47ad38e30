import module from './client.wasm';
import type { ModuleSource } from './module.js';

/** Returns the client's module, in workerd and other isolates that compile nothing at run time. */
export const clientSource: ModuleSource = () => module;
