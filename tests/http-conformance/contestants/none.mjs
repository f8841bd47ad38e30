/** No cache at all: what the harness itself is worth. */
export const edition = 'private';

/** Starts nothing: every request goes to the origin. */
export async function start(origin) {
  return { fetch: globalThis.fetch, base: origin, stop: async () => {} };
}
