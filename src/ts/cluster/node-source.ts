import { text } from '../../../target/wasm/node/inline.js';
import type { ModuleSource } from './module.js';
import { unpack } from './unpack.js';

/** Gives the node's module, for almost everybody: it is inside. */
export const nodeSource: ModuleSource = () => unpack(text);
