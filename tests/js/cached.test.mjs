/** The decorator, as TypeScript compiles it for users. */
import assert from 'node:assert/strict';
import { writeFileSync } from 'node:fs';
import path from 'node:path';
import { pathToFileURL } from 'node:url';
import test from 'node:test';

import { transformSync } from 'esbuild';

import { load, project } from './lib/package.mjs';
import { deferred, turn } from './lib/tools.mjs';

const { TTLCache, cached } = await load();

const SOURCE = `
import { TTLCache, cached } from 'tidecache';

export const cache = new TTLCache<unknown>();
export const runs: string[] = [];

export class Users {
  constructor(readonly name: string) {}

  @cached(cache, { ttl: '1m' })
  async find(id: number | null | undefined = undefined): Promise<string> {
    runs.push(\`\${this.name}.find(\${id})\`);
    return \`\${this.name} \${id}\`;
  }

  @cached(cache)
  async count(): Promise<number> {
    runs.push(\`\${this.name}.count()\`);
    return this.name.length;
  }

  @cached(cache, { key: (id: number) => \`shared:\${id}\` })
  async shared(id: number): Promise<string> {
    runs.push(\`\${this.name}.shared(\${id})\`);
    return \`\${this.name} \${id}\`;
  }

  @cached(cache)
  async #secret(): Promise<string> {
    return \`secret of \${this.name}\`;
  }

  secret(): Promise<string> {
    return this.#secret();
  }

  @cached(cache)
  static async all(): Promise<string> {
    runs.push('all()');
    return 'all';
  }
}
`;

/** Compiles the snippet and imports it, as a module beside the package. */
async function compile() {
  const { code } = transformSync(SOURCE, { loader: 'ts', target: 'es2022' });
  const file = path.join(project, 'decorated.mjs');
  writeFileSync(file, code);
  return import(pathToFileURL(file).href);
}

const { Users, cache, runs } = await compile();

test('a decorated method runs once for each list of arguments', async () => {
  const ada = new Users('ada');
  runs.length = 0;
  assert.deepEqual(
    [await ada.find(1), await ada.find(1), await ada.find(2)],
    ['ada 1', 'ada 1', 'ada 2'],
  );
  assert.equal(await ada.count(), 3);
  assert.equal(await ada.count(), 3);
  assert.deepEqual(runs, ['ada.find(1)', 'ada.find(2)', 'ada.count()']);
});

test('each instance has results of its own, each method too', async () => {
  const [ada, bob] = [new Users('ada'), new Users('bob')];
  assert.deepEqual([await ada.find(7), await bob.find(7)], ['ada 7', 'bob 7']);
  assert.equal(await ada.secret(), 'secret of ada');
  assert.equal(await bob.secret(), 'secret of bob');
});

test('no key of one instance is a key of another, whatever the arguments', async () => {
  const users = Array.from({ length: 120 }, (_, at) => new Users(`user${at}`));
  for (const args of [[], [undefined], [null], [0], [1]]) {
    for (const user of users) {
      assert.equal(await user.find(...args), `${user.name} ${args[0]}`);
    }
  }
});

test('with key, that alone tells calls apart', async () => {
  const [ada, bob] = [new Users('ada'), new Users('bob')];
  assert.equal(await ada.shared(1), 'ada 1');
  assert.equal(await bob.shared(1), 'ada 1');
  assert.equal(await cache.get('shared:1'), 'ada 1');
});

test('static and private methods can be decorated', async () => {
  runs.length = 0;
  assert.deepEqual([await Users.all(), await Users.all()], ['all', 'all']);
  assert.deepEqual(runs, ['all()']);
});

test('a TTL given to the decorator is that of its results', async () => {
  const short = new TTLCache({ defaultTtl: '1h' });
  class Service {
    find() {
      return Promise.resolve(1);
    }
  }
  const context = { kind: 'method', name: 'find' };
  const find = cached(short, { ttl: '1m' })(Service.prototype.find, context);
  await find.call(new Service());
  const [[key]] = await short.items();
  const { createdAt, expiresAt } = await short.getEntry(key);
  assert.equal(expiresAt - createdAt, 60_000);
});

test('calls at the same time share one run, and instances do not', async () => {
  const gate = deferred();
  const seen = [];
  const method = function slow(id) {
    seen.push([this, id]);
    return gate.promise;
  };
  const slow = cached(new TTLCache())(method, { kind: 'method', name: 'slow' });
  const [one, other] = [{}, {}];
  const calls = [slow.call(one, 1), slow.call(one, 1), slow.call(other, 1)];
  await turn();
  assert.deepEqual(seen, [
    [one, 1],
    [other, 1],
  ]);
  gate.resolve('done');
  assert.deepEqual(await Promise.all(calls), ['done', 'done', 'done']);
});
