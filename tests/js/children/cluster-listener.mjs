/** A node that listens in whatever runtime this is, with the module whose URL is given. */
import process from 'node:process';

const { CacheNode } = await import(process.argv[2]);

const node = new CacheNode({ tokens: ['secret'], origins: ['https://app.test'] });
console.log(JSON.stringify(await node.listen()));
