/**
 * Writes what was measured into docs/benchmarks.md, between `<!-- bench:PART -->` and
 * `<!-- bench:end -->`, and the picture beside it. What stands outside the markers stays.
 */
import { readFile, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { fileURLToPath } from 'node:url';

import { growthSvg } from './growth-svg.mjs';
import { interval, nanoseconds, TOTAL_HEADS, totalRow } from './report.mjs';

const docs = fileURLToPath(new URL('../../docs/', import.meta.url));
const FILE = path.join(docs, 'benchmarks.md');
const PICTURE = 'benchmarks-growth.svg';
/** The peer whose cells are all shown; of the others the docs have the means. */
const MAIN_PEER = 'lru-cache';

const WRITERS = {
  sync: (report) => [totals(report), ...details(report)],
  browser: (report) => [totals(report), ...details(report)],
  promise: (report) => [totals(report), ...report.map(cells)],
  native: ({ reports, sweep }) => [totals(reports), markdown(sweep)],
  memory: ({ tables }) => tables.map(markdown),
  startup: ({ tables }) => tables.map(markdown),
  size: (report) => [sizes(report)],
  growth: ({ tables }) => [...tables.map(markdown), `![cost against entries](${PICTURE})`],
};

/** Writes the parts that the journal has and the file has a place for. */
export async function writeDocs({ reports, machine }) {
  let text = await readFile(FILE, 'utf8');
  for (const [part, report] of Object.entries(reports)) {
    const place = new RegExp(`<!-- bench:${part} -->\\n[^]*?<!-- bench:end -->`);
    if (!(part in WRITERS) || !place.test(text)) continue;
    const written = [headOf(machine, report), ...WRITERS[part](report)].join('\n\n');
    const block = `<!-- bench:${part} -->\n${written}\n<!-- bench:end -->`;
    text = text.replace(place, () => block);
  }
  await writeFile(FILE, text);
  if (reports.growth === undefined) return;
  const { cpu, cores, node, date, packages } = machine;
  const versions = `tidecache ${packages.tidecache}, lru-cache ${packages['lru-cache']}`;
  const caption = `${date.slice(0, 10)}; ${cpu}, ${cores} cores; Node ${node}; ${versions}; ${machine.command}`;
  await writeFile(path.join(docs, PICTURE), growthSvg(reports.growth.lines, escape(caption)));
}

/** What a figure has to carry along, in lines of a hundred columns. */
function headOf(machine, report) {
  const { cpu, cores, node, packages, build, date, command, loadAtStart, loadAtEnd } = machine;
  const named = Object.entries({ ...packages, ...report.versions });
  const versions = named.map(([name, version]) => `${name} ${version}`).join(', ');
  const words =
    `\`${command}\`, ${date.slice(0, 10)}, build \`${build}\`; ${cpu}, ${cores} cores, load ` +
    `${loadAtStart.toFixed(1)} at the start and ${loadAtEnd.toFixed(1)} at the end; Node ${node}; ` +
    `${versions}.`;
  return wrap(words);
}

function totals(reports) {
  const rows = reports.filter(({ total }) => total !== undefined).map(totalRow);
  return markdown({ heads: TOTAL_HEADS, rows });
}

function details(reports) {
  const shown = reports.filter(({ peer, total }) => peer === MAIN_PEER && total !== undefined);
  return shown.map(cells);
}

/** One comparison, a row for each cell. */
function cells({ title, ours, peer, cells: rows }) {
  const heads = ['cell', ours, peer, 'ratio', 'least–greatest'];
  const lines = rows.map(({ name, oursNs, peerNs, cpu }) => [
    name,
    nanoseconds(oursNs),
    nanoseconds(peerNs),
    cpu?.median.toFixed(2) ?? '–',
    cpu === undefined ? '–' : interval(cpu),
  ]);
  return `${title}; nanoseconds an operation:\n\n${markdown({ heads, rows: lines })}`;
}

function sizes(report) {
  const rows = report.map(({ file, bytes, gzip }) => [file, ...[bytes, gzip].map(grouped)]);
  return markdown({ heads: ['file', 'raw', 'gzip -9'], rows });
}

const grouped = (number) => number.toLocaleString('en');

function markdown({ heads, rows }) {
  const rule = heads.map(() => '---');
  return [heads, rule, ...rows].map((row) => `| ${row.join(' | ')} |`).join('\n');
}

function wrap(words) {
  return words.replace(/(.{1,98})(?: |$)/g, '$1\n').trim();
}

const escape = (text) => text.replace(/&/g, '&amp;').replace(/</g, '&lt;');
