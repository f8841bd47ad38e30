/** The response cache without the module: `await init(source)` brings it. */

import '../http/node-files.js';

export * from '../http/main.js';
