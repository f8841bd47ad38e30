import { nodeBuiltin } from './platform.js';

/** What Node's `zlib` has of use here. */
interface ZlibBuiltin {
  inflateRawSync(bytes: Uint8Array): Uint8Array<ArrayBuffer>;
}

/** Resolves with the bytes that were deflated (RFC 1951, without a header) and put in base64. */
export async function inflate(base64: string): Promise<Uint8Array<ArrayBuffer>> {
  const bytes = Uint8Array.from(atob(base64), (char) => char.charCodeAt(0));
  // First: to stream through a Response makes Node load its fetch, which takes as long as the rest.
  const zlib = nodeBuiltin('zlib') as ZlibBuiltin | undefined;
  if (zlib !== undefined) {
    return zlib.inflateRawSync(bytes);
  }
  if (typeof DecompressionStream !== 'function') {
    throw new Error('there is no DecompressionStream here');
  }
  const stream = new Blob([bytes]).stream().pipeThrough(new DecompressionStream('deflate-raw'));
  return new Uint8Array(await new Response(stream).arrayBuffer());
}
