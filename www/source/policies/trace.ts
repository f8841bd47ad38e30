/** Traces: which key was asked for, one request after the other, as dense numbers. */

import { seeded, zipf } from '../work/random';

/** A trace and what it is called. */
export interface Trace {
  readonly name: string;
  /** The key of each request, numbered in the order of first appearance. */
  readonly ids: Uint32Array<ArrayBuffer>;
  readonly keys: number;
  /** Whether the file held more than was read. */
  readonly isCut: boolean;
}

/** Longer traces are cut here: all policies at all sizes have to end while somebody waits. */
export const REQUESTS_MAX = 1_000_000;

/** What a generator is told. */
export interface Workload {
  readonly kind: 'zipf' | 'scan' | 'loop' | 'drift';
  readonly keys: number;
  readonly skew: number;
  readonly requests: number;
}

/** Returns the trace of a workload, the same each time. */
export function generate({ kind, keys, skew, requests }: Workload): Trace {
  const random = seeded(2_026);
  const draw = zipf(keys, skew, random);
  const scanLength = Math.ceil(keys / 2);
  let [scanned, left] = [0, 0];
  const next = (at: number): number => {
    if (kind === 'loop') {
      return at % keys;
    }
    if (kind === 'drift') {
      // What is popular moves by the whole range over the trace.
      return draw() + Math.floor((at / requests) * keys);
    }
    if (kind === 'scan' && left === 0 && random() < 1 / (4 * scanLength)) {
      left = scanLength;
    }
    if (left > 0) {
      left--;
      return keys + scanned++;
    }
    return draw();
  };
  const drawn = Array.from({ length: requests }, (_, at) => next(at));
  return { name: kind, ...numbered(drawn), isCut: false };
}

/** Returns the trace in a file: little-endian numbers of 32 bits in `.u32`, else a key a line. */
export async function read(file: File): Promise<Trace> {
  if (file.name.endsWith('.u32')) {
    const bytes = await file.slice(0, 4 * REQUESTS_MAX).arrayBuffer();
    const view = new DataView(bytes);
    const found = Array.from({ length: view.byteLength >> 2 }, (_, at) =>
      view.getUint32(4 * at, true),
    );
    return { name: file.name, ...numbered(found), isCut: file.size > 4 * REQUESTS_MAX };
  }
  return parse(file.name, await file.text());
}

/** Returns the trace in a text: the first column of each line is a key. */
export function parse(name: string, text: string): Trace {
  const lines = text.split(/\r?\n/).filter((line) => line.trim() !== '');
  // A heading, as spreadsheets write it.
  const from = /^"?(?:key|id)"?(?:[,;\t]|$)/i.test(lines[0] ?? '') ? 1 : 0;
  const keys = lines
    .slice(from, from + REQUESTS_MAX)
    .map((line) => /^(?:"((?:[^"]|"")*)"|([^,;\t]*))/.exec(line)![0]);
  return { name, ...numbered(keys), isCut: lines.length - from > REQUESTS_MAX };
}

function numbered(keys: readonly (string | number)[]): Pick<Trace, 'ids' | 'keys'> {
  const numbers = new Map<string | number, number>();
  const ids = Uint32Array.from(keys, (key) => {
    let id = numbers.get(key);
    if (id === undefined) {
      id = numbers.size;
      numbers.set(key, id);
    }
    return id;
  });
  return { ids, keys: numbers.size };
}

/** Returns sizes to try: equal ratios from a hundredth of the keys to all but a fifth of them. */
export function sizesFor(keys: number): number[] {
  const sizes = [0.01, 0.02, 0.04, 0.08, 0.15, 0.3, 0.5, 0.8].map((part) =>
    Math.max(1, Math.round(part * keys)),
  );
  return [...new Set(sizes)];
}
