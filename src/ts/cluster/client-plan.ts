/** What a client is told, for the module: numbers and names, as `src/js/plan.rs` reads them. */

/** What a client is told, checked. */
export interface ClientOptions {
  nodes: { id: string; weight: number; zone: string }[];
  epoch: number;
  replicas: number;
  read: number;
  write: number;
  readRepair: 'blocking' | 'async' | 'off';
  hedge: boolean;
  timeoutMs: number;
  maxTtlMs: number;
  near: number;
}

const REPAIRS = ['blocking', 'async', 'off'];

/** Returns the numbers and the names. */
export function planOf(options: ClientOptions): [Float64Array, Uint8Array] {
  const { nodes, epoch, replicas, read, write, readRepair, hedge, near } = options;
  const encoder = new TextEncoder();
  const names = nodes.map(({ id, zone }) => [encoder.encode(id), encoder.encode(zone)] as const);
  const lengths = nodes.flatMap(({ weight }, at) => {
    const [id, zone] = names[at]!;
    return [weight, id.length, zone.length];
  });
  const repair = REPAIRS.indexOf(readRepair);
  return [
    Float64Array.of(
      ...random(),
      ...[epoch, replicas, read, write, repair, Number(hedge), near],
      ...[options.timeoutMs, options.maxTtlMs, ...lengths],
    ),
    Uint8Array.from(names.flat().flatMap((name) => [...name])),
  ];
}

/** Returns four words that no other client has. */
function random(): Uint32Array {
  const words = new Uint32Array(4);
  try {
    crypto.getRandomValues(words);
  } catch {
    // Where there is no good source, as outside of a request of an edge worker.
    words.forEach((_, at) => (words[at] = Math.random() * 2 ** 32));
  }
  return words;
}
