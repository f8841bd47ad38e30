/** The distributed cache for almost everybody: the module is inside, and compiled on first use. */

import { text } from '../../../target/wasm/cluster/inline.js';
import { inflate } from '../cluster/inflate.js';
import { setModuleSource } from '../cluster/module.js';

setModuleSource(() => inflate(Uint8Array.from(atob(text), (char) => char.charCodeAt(0))));

export * from '../cluster/main.js';
