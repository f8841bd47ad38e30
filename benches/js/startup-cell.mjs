/** One start of the package, in a process of its own; prints its milliseconds. */
const { TTLCache } = await import(process.env.TIDECACHE_BENCH_ENTRY);
const imported = performance.now();
const cache = new TTLCache({ maxSize: 1_000 });
await cache.get('key');
console.log(JSON.stringify(performance.now() - imported));
process.exit();
