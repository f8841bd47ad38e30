/**
 * What has to hold before a version is published; publishes nothing.
 *
 *     node xtask/js/release.mjs              for a release: everything
 *     node xtask/js/release.mjs --dry-run    at any time: what only the day of a release decides is
 *                                            said, and fails nothing
 *     node xtask/js/release.mjs --list       writes packaging/npm-files.txt anew
 *
 * `cargo xtask release` calls it after a build; pkg/ and the tarball must be there.
 */
import { execFileSync } from 'node:child_process';
import { readFile, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { fileURLToPath } from 'node:url';

const root = path.resolve(path.dirname(fileURLToPath(import.meta.url)), '../..');
const inRoot = (...parts) => path.join(root, ...parts);
const read = (name) => readFile(inRoot(name), 'utf8');
const TARBALL = 'target/package/tidecache.tgz';
const NPM_LIST = 'packaging/npm-files.txt';

/** What the crate holds beside its sources. */
const CRATE_PAPERS = [
  ...['.cargo_vcs_info.json', 'CHANGELOG.md', 'Cargo.lock', 'Cargo.toml', 'Cargo.toml.orig'],
  ...['LICENSE-APACHE', 'LICENSE-MIT', 'LICENSE-THIRD-PARTY', 'docs/rust.md'],
  'examples/native.rs',
];

const failures = [];
const pending = [];

/** Notes what is wrong unless `holds`. */
function check(holds, complaint) {
  if (!holds) failures.push(complaint);
}

/** Notes what is left to do on the day of the release unless `holds`. */
function expect(holds, task) {
  if (!holds) pending.push(task);
}

/** Runs a program of node_modules/.bin or of the system and returns what it prints. */
function run(program, ...words) {
  const env = { ...process.env, NO_COLOR: '1' };
  env.PATH = `${inRoot('node_modules/.bin')}${path.delimiter}${env.PATH}`;
  const options = { cwd: root, env, encoding: 'utf8', stdio: ['ignore', 'pipe', 'pipe'] };
  return execFileSync(program, words, { ...options, maxBuffer: 2 ** 26 });
}

/** Notes as a failure that `program` fails. */
function checkRun(program, ...words) {
  try {
    return run(program, ...words);
  } catch (error) {
    const said = `${error.stdout ?? ''}${error.stderr ?? ''}`.trim().slice(-1_500);
    failures.push(`${program} ${words.join(' ')}\n${said}`);
    return '';
  }
}

/** Versions: one, everywhere, with its lines in the changelog. */
async function checkVersions() {
  const cargo = await read('Cargo.toml');
  const version = /^version = "([^"]+)"$/m.exec(cargo)?.[1];
  const lock = new RegExp(`name = "tidecache"\nversion = "${version}"\n`);
  const packed = JSON.parse(run('tar', '-xzOf', TARBALL, 'package/package.json'));
  check(/^\d+\.\d+\.\d+(-[\w.]+)?$/.test(version ?? ''), `the version of Cargo.toml: ${version}`);
  check(lock.test(await read('Cargo.lock')), `Cargo.lock has not version ${version}`);
  check(packed.version === version, `the tarball has version ${packed.version}, not ${version}`);
  const changelog = await read('CHANGELOG.md');
  const [, unreleased = ''] = /^## Unreleased\n([^]*?)(?=^## |$(?![^]))/m.exec(changelog) ?? [];
  const isReleased = changelog.includes(`\n## ${version} - `);
  const hasLines = /^- /m.test(unreleased);
  check(
    isReleased || hasLines,
    `CHANGELOG.md says nothing of ${version}, nor of what is unreleased`,
  );
  expect(isReleased && !hasLines, `CHANGELOG.md: "## ${version} - DATE" over what is unreleased`);
  expect(run('git', 'tag', '--list', `v${version}`) === '', `v${version} is a tag already`);
  expect(run('git', 'status', '--porcelain') === '', 'commit what is not');
  return packed;
}

/** The manifests say who made the package, where, and how it is to be checked. */
async function checkManifests(packed) {
  const cargo = await read('Cargo.toml');
  const { publishConfig } = packed;
  check(publishConfig?.provenance === true, 'pkg.json: publishConfig.provenance is not true');
  check(publishConfig?.access === 'public', "pkg.json: publishConfig.access is not 'public'");
  check(packed.license === 'MIT OR Apache-2.0', 'pkg.json: the license');
  check(packed.scripts === undefined, 'pkg.json: the package runs scripts');
  check(cargo.includes('\nlicense = "MIT OR Apache-2.0"\n'), 'Cargo.toml: the license');
  check(/^rust-version = "1\.\d+"$/m.test(cargo), 'Cargo.toml: rust-version');
  // npm refuses a provenance whose repository is not the one that the build ran in.
  expect(packed.repository !== undefined, 'pkg.json: repository, which provenance needs');
  expect(/^repository = /m.test(cargo), 'Cargo.toml: repository');
}

/** What is packed is what is listed, for npm and for crates.io. */
async function checkContents() {
  const files = listTarball();
  const listed = (await read(NPM_LIST)).trimEnd().split('\n');
  for (const file of files) check(listed.includes(file), `${file} is packed; ${NPM_LIST} lacks it`);
  for (const file of listed) check(files.includes(file), `${file} is listed, and not packed`);
  const words = ['package', '--list', '--offline', '--allow-dirty', '--package', 'tidecache'];
  const crate = checkRun('cargo', ...words)
    .trimEnd()
    .split('\n');
  const isSource = (file) => /^src\/[\w/-]+\.rs$/.test(file);
  const papers = crate.filter((file) => !isSource(file));
  check(crate.filter(isSource).length > 100, 'the crate has no sources');
  for (const file of papers) check(CRATE_PAPERS.includes(file), `${file} is in the crate`);
  for (const file of CRATE_PAPERS) check(papers.includes(file), `${file} is not in the crate`);
  return { npm: files.length, crate: crate.length };
}

function listTarball() {
  const files = run('tar', '-tzf', TARBALL).trimEnd().split('\n');
  return files.map((file) => file.replace('package/', '')).sort();
}

async function main(options) {
  if (options.includes('--list')) {
    await writeFile(inRoot(NPM_LIST), `${listTarball().join('\n')}\n`);
    return;
  }
  const packed = await checkVersions();
  await checkManifests(packed);
  const counts = await checkContents();
  checkRun('publint', '--strict', TARBALL);
  const modules = counts.npm === 0 ? [] : listTarball().filter((file) => file.endsWith('.wasm'));
  const excluded = ['--exclude-entrypoints', ...modules];
  checkRun('attw', TARBALL, '--profile', 'node16', ...excluded);
  console.log(checkRun('node', 'xtask/js/size.mjs').trimEnd());
  console.log(
    `version ${packed.version}, ${counts.npm} files for npm, ${counts.crate} in the crate`,
  );
  for (const task of pending) console.log(`to do   ${task}`);
  for (const failure of failures) console.log(`FAILED  ${failure}`);
  const isReady = failures.length === 0 && (options.includes('--dry-run') || pending.length === 0);
  if (isReady && pending.length === 0) {
    console.log(`ready:  npm publish ${TARBALL} --provenance; cargo publish --package tidecache`);
  }
  process.exitCode = isReady ? 0 : 1;
}

await main(process.argv.slice(2));
