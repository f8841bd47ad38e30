/** Bytes mode in workerd and other isolates that compile nothing at run time. */

import module from './bytes.wasm';
import { setByteSource } from '../bytes/module.js';

setByteSource(() => module);

export * from '../bytes/main.js';
