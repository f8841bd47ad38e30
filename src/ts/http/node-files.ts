/** Files as a store, for the entries that may run in Node. */

import { nodeBuiltin } from '../cluster/platform.js';
import { FileStore, type FileSystem } from './file-store.js';
import { setFileStore } from './storage.js';

setFileStore((directory, name) => {
  const files = nodeBuiltin('fs/promises') as FileSystem | undefined;
  return files && new FileStore(files, directory, name);
});
