/** What the tarball holds, and what its code must not hold. */
import assert from 'node:assert/strict';
import { readdir, readFile } from 'node:fs/promises';
import path from 'node:path';
import { test } from 'node:test';

import {
  ADAPTER_NAMES,
  BYTES_NAMES,
  CHANNEL_NAMES,
  CLUSTER_NAMES,
  HTTP_NAMES,
  LRU_NAMES,
  METRICS_NAMES,
  NAMES,
  NATS_NAMES,
  PERSIST_NAMES,
  REDIS_NAMES,
} from './lib/contract.mjs';
import { table, writeBlock } from './lib/matrix.mjs';
import { inRoot, makeProject, run, tarball, write } from './lib/project.mjs';
import { parseFile, walk } from './lib/syntax.mjs';

const project = await makeProject('contents');
const folder = path.join(project, 'node_modules/tidecache');
const inPackage = (...parts) => path.join(folder, ...parts);
const read = (name) => readFile(inPackage(name), 'utf8');
const manifest = JSON.parse(await read('package.json'));
const files = (await readdir(folder, { recursive: true })).sort();

const MODULES = files.filter((file) => file.endsWith('.js'));
const SCRIPTS = files.filter((file) => file.endsWith('.cjs'));

/** Why a condition is in the exports map, and where. */
const REASONS = {
  workerd: 'it compiles no module at run time, and takes one only as a file',
  'edge-light': 'likewise',
  browser: 'bundles for pages and workers: `tidecache/http` without files',
  'module-sync': 'Node that can `require` a module, and Deno: one copy for both ways',
  module: 'bundlers: one copy for both ways, and what is not used can be left out',
  bun: 'Bun can `require` a module, and does not know `module-sync`',
  node: 'older Node, which can `import` CommonJS: one copy for both ways there, too',
  import: 'whoever knows none of the above',
  require: 'likewise',
  default: 'likewise',
};

/** Which of the package's faces a file is of, and what that exports. */
const FACES = {
  bytes: BYTES_NAMES,
  channel: CHANNEL_NAMES,
  cluster: CLUSTER_NAMES,
  http: HTTP_NAMES,
  lru: LRU_NAMES,
  metrics: METRICS_NAMES,
  nats: NATS_NAMES,
  persist: PERSIST_NAMES,
  redis: REDIS_NAMES,
  ...ADAPTER_NAMES,
  local: NAMES,
};
const faceOf = (file) =>
  Object.keys(FACES).find((face) => new RegExp(`^${face}\\b`).test(file)) ?? 'local';

/** Returns every file that the exports map names. */
function targets(map) {
  return typeof map === 'string' ? [map] : Object.values(map).flatMap(targets);
}

/** Returns the type of each node for which `is` holds, in `file`. */
async function nodes(file, is) {
  const found = [];
  walk(await parseFile(inPackage(file)), (node, functions) => {
    if (is(node, functions)) found.push(node.type);
  });
  return found;
}

const isGlobalCall = (names) => (node) =>
  /^(Call|New)Expression$/.test(node.type) && names.includes(node.callee.name);

/** The optional peer that an entry needs, by its files. */
const PEERS = { 'nats.js': '@nats-io/nats-core', 'nats.cjs': '@nats-io/nats-core' };
const isOwnPeer = (file, { callee, arguments: given }) =>
  callee?.name === 'require' && file in PEERS && given[0].value === PEERS[file];

test('the tarball holds what the exports map names, the papers and nothing else', () => {
  const licenses = ['LICENSE-APACHE', 'LICENSE-MIT', 'LICENSE-THIRD-PARTY'];
  const papers = ['CHANGELOG.md', ...licenses, 'README.md'];
  const named = targets(manifest.exports).map((target) => target.slice(2));
  assert.deepEqual(files, [...new Set([...papers, ...named])].sort());
  for (const field of ['main', 'module', 'types']) {
    assert.ok(files.includes(manifest[field].slice(2)), field);
  }
});

test('every condition of the exports map has a reason, and each entry has the same ones', () => {
  const edge = ['workerd', 'edge-light'];
  const { '.': main, './http': http, './metrics': metrics, './slim': slim } = manifest.exports;
  const conditions = Object.keys(main);
  for (const face of ['bytes', 'channel', 'cluster', 'lru', 'persist']) {
    assert.deepEqual(Object.keys(manifest.exports[`./${face}`]), conditions);
  }
  assert.deepEqual(
    Object.keys(http).filter((condition) => condition !== 'browser'),
    conditions,
  );
  const rest = conditions.filter((condition) => !edge.includes(condition));
  for (const one of [metrics, slim, manifest.exports['./http/slim']]) {
    assert.deepEqual(Object.keys(one), rest);
  }
  // No module, no state: two copies of an adapter do no harm.
  for (const name of Object.keys(ADAPTER_NAMES)) {
    const map = manifest.exports[`./${name}`];
    assert.deepEqual(Object.keys(map), ['import', 'require', 'default']);
  }
  const rows = conditions.map((condition) => {
    assert.ok(condition in REASONS, condition);
    const file = main[condition].default ?? main[condition];
    return [`\`${condition}\``, `\`${file.slice(2)}\``, REASONS[condition]];
  });
  writeBlock('conditions', table(['Condition', 'File', 'Why it stands there'], rows));
});

test('the package needs no other and runs nothing when it is installed', () => {
  for (const field of ['dependencies', 'optionalDependencies', 'scripts']) {
    assert.equal(manifest[field], undefined, field);
  }
  const optional = { '@nats-io/nats-core': { optional: true }, ws: { optional: true } };
  assert.deepEqual(Object.keys(manifest.peerDependencies), Object.keys(optional));
  assert.deepEqual(manifest.peerDependenciesMeta, optional);
});

test('what is taken from others comes with their license', async () => {
  const licenses = await read('LICENSE-THIRD-PARTY');
  assert.match(licenses, /devalue[^]+Permission is hereby granted, free of charge/);
});

test('the version is that of the crate', async () => {
  const cargo = await readFile(inRoot('Cargo.toml'), 'utf8');
  assert.equal(manifest.version, /^version = "(.+)"$/m.exec(cargo)[1]);
});

test('npm installs the tarball without a network and brings it alone', async () => {
  const app = path.join(project, 'app');
  await write(app, { 'package.json': '{ "name": "app", "private": true }' });
  await run('npm', ['install', '--offline', '--no-audit', '--no-fund', tarball], { cwd: app });
  const installed = await readdir(path.join(app, 'node_modules'));
  assert.deepEqual(
    installed.filter((name) => !name.startsWith('.')),
    ['tidecache'],
  );
});

test('no code awaits at the top level or imports while it runs', async () => {
  for (const file of [...MODULES, ...SCRIPTS]) {
    const found = await nodes(file, (node, functions) => {
      const awaits = /^(AwaitExpression|ForAwaitStatement)$/.test(node.type) || node.await === true;
      return node.type === 'ImportExpression' || (awaits && functions === 0);
    });
    assert.deepEqual(found, [], file);
  }
});

test('no code asks where it is, requires more than its peer or makes code of text', async () => {
  const bans = isGlobalCall(['require', 'eval', 'Function', 'importScripts']);
  for (const file of [...MODULES, ...SCRIPTS]) {
    const found = await nodes(
      file,
      (node) => node.type === 'MetaProperty' || (bans(node) && !isOwnPeer(file, node)),
    );
    assert.deepEqual(found, [], file);
  }
});

test('each module imports nothing, but what lies beside it, and its optional peer', async () => {
  for (const file of MODULES) {
    const imported = [];
    walk(await parseFile(inPackage(file)), (node) => {
      if (node.source) imported.push(node.source.value);
    });
    const beside = {
      'workerd.js': ['./core.wasm'],
      'bytes-workerd.js': ['./bytes.wasm'],
      'cluster-workerd.js': ['./client.wasm', './node.wasm'],
      'http-workerd.js': ['./http.wasm'],
      'lru-workerd.js': ['./core.wasm'],
    };
    const outside = [...new Set(imported)].filter((name) => name !== PEERS[file]);
    assert.deepEqual(outside.sort(), beside[file] ?? [], file);
  }
});

test('every entry of a face exports the same names', async () => {
  for (const file of MODULES) {
    const names = [];
    walk(await parseFile(inPackage(file)), (node) => {
      if (node.type === 'ExportSpecifier') names.push(node.exported.name);
    });
    assert.deepEqual(names.sort(), FACES[faceOf(file)], file);
  }
});

test('every entry of a face has the same declarations', async () => {
  const declarations = files.filter((file) => /\.d\.c?ts$/.test(file));
  for (const face of Object.keys(FACES)) {
    const texts = declarations.filter((file) => faceOf(file) === face).map(read);
    assert.ok(texts.length >= 2);
    assert.equal(new Set(await Promise.all(texts)).size, 1);
  }
});

test('the code holds no path of the machine that built it', async () => {
  for (const file of files) {
    const text = (await readFile(inPackage(file))).toString('latin1');
    assert.ok(!/\/home\/|\/root\/|\/Users\/|\/work\//.test(text), file);
  }
});
