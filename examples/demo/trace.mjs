/**
 * Request logs. Whatever the file holds becomes `{ title, ids, names }`: `ids` has one number for
 * each request, `names[id]` is its key, a string, as the cache wants it.
 */
import { readFile } from 'node:fs/promises';
import path from 'node:path';

/** Reads a request log: ids in a zstd stream if it is called *.u32.zst, else a key on each line. */
export async function readTrace(file) {
  const content = await readFile(file);
  const requests = file.endsWith('.u32.zst')
    ? await readIds(content)
    : content.toString().replace(/\n$/, '').split(/\r?\n/);
  if (content.length === 0 || requests.length === 0) throw new Error(`${file} holds no requests`);
  return { title: path.basename(file), ...number(requests) };
}

/** Returns the u32 ids of a zstd stream. */
async function readIds(content) {
  const { decompress } = await import('fzstd');
  const bytes = decompress(content);
  if (bytes.length % 4 !== 0) throw new Error(`${bytes.length} bytes are no list of u32 ids`);
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length);
  return Uint32Array.from({ length: bytes.length / 4 }, (_, at) => view.getUint32(4 * at, true));
}

/** Numbers the keys in the order in which they first appear. */
export function number(requests) {
  const idOf = new Map();
  const ids = Uint32Array.from(requests, (request) => {
    let id = idOf.get(request);
    if (id === undefined) {
      id = idOf.size;
      idOf.set(request, id);
    }
    return id;
  });
  return { ids, names: Array.from(idOf.keys(), String) };
}
