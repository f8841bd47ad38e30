import { text } from '../../../target/wasm/client/inline.js';
import { inflate } from './inflate.js';
import type { ModuleSource } from './module.js';

/** Resolves with the client's module, for almost everybody: it is inside. */
export const clientSource: ModuleSource = () => inflate(text);
