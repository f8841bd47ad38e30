/** `cargo xtask hit-ratio`: both ways give the same hits, and what it cannot do it says. */
import assert from 'node:assert/strict';
import { execFileSync, spawnSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import test, { after } from 'node:test';
import { fileURLToPath } from 'node:url';

const root = path.resolve(path.dirname(fileURLToPath(import.meta.url)), '../..');
const POLICIES = ['fifo', 'lru', 'lfu', 'sieve', 's3-fifo', 'w-tinylfu', 'adaptive'];

const built = ['build', '--quiet', '--release', '--package=xtask', '--features=replay'];
execFileSync('cargo', [...built, '--bin=hit-ratio'], { cwd: root, stdio: 'inherit' });
mkdirSync(path.join(root, 'target/xtask'), { recursive: true });
const folder = mkdtempSync(path.join(root, 'target/xtask/hit-ratio-test-'));
after(() => rmSync(folder, { recursive: true }));

/** Runs the replay and returns its exit code and what it printed. */
function run(...args) {
  const program = path.join(root, 'target/release/hit-ratio');
  const { status, stdout, stderr } = spawnSync(program, args, { cwd: root, encoding: 'utf8' });
  return { status, stdout, stderr };
}

/** Returns a folder with these files. */
function folderOf(name, files) {
  const made = path.join(folder, name);
  mkdirSync(made);
  for (const [file, content] of Object.entries(files)) {
    writeFileSync(path.join(made, file), content);
  }
  return made;
}

/** Keys of a small cache: some often, some once. */
function draw(count) {
  let state = 1;
  return Array.from({ length: count }, (_, at) => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
    return state % 3 === 0 ? 1000 + at : (state >>> 8) % (1 + ((state >>> 4) % 300));
  });
}

test('the crate and the package give the same hits for the same keys and seeds', () => {
  const ids = draw(20_000);
  const lines = ids.map((id) => `${id},${1 + (id % 7)}\n`);
  const traces = folderOf('same', {
    'bare.u32': Uint32Array.from(ids),
    'weighed.csv': `key,weight\n${lines.join('')}`,
  });
  const [native, npm] = ['native', 'npm'].map((through) => {
    const json = path.join(folder, `${through}.json`);
    const asked = ['--sizes', '20,200,1500', '--seeds', '2', '--through', through];
    const { status, stderr } = run('--traces', traces, ...asked, '--json', json);
    assert.equal(status, 0, stderr);
    return JSON.parse(readFileSync(json, 'utf8')).cells;
  });
  assert.deepEqual(npm, native);
  assert.equal(native.length, 2 * 3 * POLICIES.length);
  for (const { hitRatio, requests, byteHitRatio, trace } of native) {
    assert.ok(hitRatio > 0.01 && hitRatio < 0.7 && requests === 20_000, JSON.stringify(native));
    assert.equal(byteHitRatio === undefined, trace === 'bare');
  }
});

test('what differs from the reference is named, and the exit code says so', () => {
  const ids = Uint32Array.from([1, 2, 1, 2, 3, 1, 2, 4]);
  const line = (lru) => `trace,size,lru,best\nsmall,2,${lru},0.5\n`;
  const right = folderOf('right', { 'small.u32': ids, 'reference.csv': line('0.250000') });
  const wrong = folderOf('wrong', { 'small.u32': ids, 'reference.csv': line('0.375000') });
  const equal = run('--traces', right, '--policies', 'lru');
  assert.match(equal.stdout, /lru +equals reference.csv in all 1 cells/);
  assert.equal(equal.status, 0);
  const different = run('--traces', wrong, '--policies', 'lru');
  assert.match(different.stdout, /lru +DIFFERS from reference.csv in small 2/);
  assert.equal(different.status, 1);
});

test('a curve is written as a table and as a picture', () => {
  for (const [file, expected] of [
    ['curve.csv', /^trace,size,percent,policy,miss_ratio\nloop,2,0\.1000,lru,1\.000000\n/],
    ['curve.svg', /^<svg [^]*prefers-color-scheme: dark[^]*<\/svg>\n$/],
  ]) {
    const written = path.join(folder, file);
    const { status, stderr } = run('--generate', 'loop', '--policies', 'lru', '--curve', written);
    assert.equal(status, 0, stderr);
    assert.match(readFileSync(written, 'utf8'), expected);
  }
});

for (const [what, args, says] of [
  ['no folder', ['--traces', 'no-such-folder'], /cannot read no-such-folder.*--generate all/],
  ['an unknown policy', ['--generate', 'loop', '--policies', 'arc'], /no policy `arc`.*adaptive/],
  ['a size of nothing', ['--generate', 'loop', '--sizes', '0'], /--sizes has `0`; give whole/],
  ['nothing to replay', [], /nothing to replay: give --traces DIR/],
]) {
  test(`${what} is refused with what to do, and exit code 2`, () => {
    const { status, stderr } = run(...args);
    assert.match(stderr, says);
    assert.equal(status, 2);
  });
}

test('a damaged trace and a bad line are refused by name', () => {
  for (const [file, content, says] of [
    ['odd.u32', 'abcde', /odd\.u32: has 5 bytes/],
    ['bad.csv', 'key,weight\na,1\nb\n', /bad\.csv: line 3 is `b`/],
    ['torn.u32.zst', '(\u0000', /torn\.u32\.zst: is not a whole zstd stream/],
  ]) {
    const { status, stderr } = run('--traces', folderOf(file, { [file]: content }));
    assert.match(stderr, says);
    assert.equal(status, 2);
  }
});
