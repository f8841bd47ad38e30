/** The entry without the module: `await init(source)` brings it. */

import '../turn.js';

export * from '../main.js';
