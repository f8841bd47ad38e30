/** Responses in memory: nothing survives, nothing can fail. */

import type { Gathered } from './gathered.js';
import type { StoredRecord } from './record.js';
import type { BodyPart, ResponseStore } from './response-store.js';

/** Keeps bodies as bytes. */
export class MemoryStore implements ResponseStore {
  readonly #bodies = new Map<string, Uint8Array>();

  async open(): Promise<readonly StoredRecord[]> {
    return [];
  }

  async writeBody(record: StoredRecord, body: Gathered | Response): Promise<number> {
    const chunks: Uint8Array[] = [];
    if (body instanceof Response) {
      // An opaque response cannot be looked into, so memory cannot keep it either.
      throw new TypeError('memory keeps no opaque responses');
    }
    for await (const chunk of body.chunks()) {
      chunks.push(chunk);
    }
    const whole = new Uint8Array(body.bytes);
    let at = 0;
    for (const chunk of chunks) {
      whole.set(chunk, at);
      at += chunk.byteLength;
    }
    this.#bodies.set(record.id, whole);
    return whole.byteLength;
  }

  async writeRecord(): Promise<void> {
    // The bucket's own map is all there is.
  }

  async read({ id }: StoredRecord, part?: BodyPart): Promise<Uint8Array | undefined> {
    const body = this.#bodies.get(id);
    // No copy: the Response that it becomes makes one.
    return part === undefined ? body : body?.subarray(part.start, part.end + 1);
  }

  async remove(ids: readonly string[]): Promise<void> {
    for (const id of ids) {
      this.#bodies.delete(id);
    }
  }
}
