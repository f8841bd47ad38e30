/** Which synchronous cells there are, how many of them a run has, and who is in which. */

const OPERATIONS = ['hit', 'mix', 'set-evict'];
const KINDS = ['int', 'fresh'];
const SKEWS = [0.7, 0.99];

/** Sizes and skews by how much is asked for. */
const GRIDS = {
  quick: { sizes: [1_000, 100_000], skews: [0.99] },
  default: { sizes: [1_000, 10_000, 100_000], skews: SKEWS },
  full: { sizes: [1_000, 10_000, 100_000, 1_000_000], skews: SKEWS },
};

/** A million entries in a default run: each kind of work once, for the time it takes. */
const MILLION = [
  { op: 'hit', size: 1_000_000, kind: 'int', skew: 0.99 },
  { op: 'mix', size: 1_000_000, kind: 'fresh', skew: 0.99 },
  { op: 'set-evict', size: 1_000_000, kind: 'fresh' },
];

/** Where all peers are, and not lru-cache alone; everywhere in a full run. */
const FOR_ALL = {
  quick: ['hit 1k int zipf 0.99', 'mix 1k fresh zipf 0.99', 'mix 100k fresh zipf 0.99'],
  default: [
    'hit 1k int zipf 0.99',
    'hit 1k fresh zipf 0.99',
    'mix 1k fresh zipf 0.99',
    'set-evict 1k fresh',
    'hit 100k int zipf 0.99',
    'hit 100k fresh zipf 0.99',
    'mix 100k fresh zipf 0.99',
    'set-evict 100k fresh',
  ],
};
/** The contestants of every cell. */
const EVERYWHERE = ['lru-cache', 'lru-cache-no-ttl'];

/** Returns the cells of a run: name, parameters, and the contestants out of those asked for. */
export function syncCells({ extent, policies, against, ms, pattern }) {
  const ours = policies.map((policy) => `tidecache:${policy}`);
  const { sizes, skews } = GRIDS[extent];
  const all = sizes.flatMap((size) => OPERATIONS.flatMap((op) => cellsOf(op, size, skews)));
  if (extent === 'default') all.push(...MILLION);
  return all
    .map((parameters) => {
      const name = nameOf(parameters);
      const isForAll = FOR_ALL[extent]?.includes(name) ?? true;
      const peers = against.filter((who) => isForAll || EVERYWHERE.includes(who));
      return { name, parameters: { ...parameters, ms }, contestants: [...ours, ...peers] };
    })
    .filter(({ name, contestants }) => pattern.test(name) && contestants.length > ours.length);
}

function cellsOf(op, size, skews) {
  // Keys that are never read again have no skew.
  const drawn = op === 'set-evict' ? [undefined] : skews;
  return KINDS.flatMap((kind) => drawn.map((skew) => ({ op, size, kind, skew })));
}

/** Returns `1k` for 1,000 and `4M` for 4,000,000. */
export function short(size) {
  return size >= 1_000_000 ? `${size / 1_000_000}M` : `${size / 1_000}k`;
}

function nameOf({ op, size, kind, skew }) {
  return `${op} ${short(size)} ${kind}${skew === undefined ? '' : ` zipf ${skew}`}`;
}
