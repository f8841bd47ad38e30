/** The entry of almost everybody: the module is inside, and compiled on first use. */

import { base64 } from '../../../target/wasm/core/inline.js';
import '../turn.js';
import { setSource } from '../wasm.js';

setSource(() => Uint8Array.from(atob(base64), (char) => char.charCodeAt(0)));

export * from '../main.js';
