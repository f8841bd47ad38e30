import { text } from '../../../target/wasm/client/inline.js';
import type { ModuleSource } from './module.js';
import { unpack } from './unpack.js';

/** Gives the client's module, for almost everybody: it is inside. */
export const clientSource: ModuleSource = () => unpack(text);
