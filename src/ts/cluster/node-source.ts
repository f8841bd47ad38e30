import { text } from '../../../target/wasm/node/inline.js';
import { inflate } from './inflate.js';
import type { ModuleSource } from './module.js';

/** Resolves with the node's module, for almost everybody: it is inside. */
export const nodeSource: ModuleSource = () => inflate(text);
