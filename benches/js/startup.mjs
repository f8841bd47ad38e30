/** What the first `get` costs after the import: the module's compilation, mostly. */
import { fileURLToPath } from 'node:url';

import { openChromium } from './chromium.mjs';
import { printHead, printTable } from './report.mjs';
import { runNode } from './rounds.mjs';
import { median, spread } from './statistics.mjs';

const ABOUT = `Milliseconds by the clock from the end of the import to the answer of the first awaited get, a
process of Node or a page of Chromium for each; the median, and the least and greatest.`;

/** Starts the package in Node and in Chromium and returns how long that took. */
export async function runStartup({ rounds, environment, folder, onProgress, journal, quick }) {
  printHead('startup', ABOUT);
  const script = fileURLToPath(new URL('startup-cell.mjs', import.meta.url));
  const count = quick ? rounds : 4 * rounds;
  const rows = [];
  const measure = async (name, goal, start) => {
    const times = journal.find(['startup', name]) ?? [];
    while (times.length < count) {
      onProgress(`start ${times.length + 1} of ${count} in ${name}`);
      times.push(await start());
    }
    journal.add(['startup', name], times);
    rows.push({ name, ms: median(times), ...spread(times), goal });
  };
  await measure('Node', 5, () => runNode(script, {}, environment));
  const chromium = await openChromium(folder);
  try {
    await measure(`Chromium ${chromium.version}`, 15, chromium.start);
  } finally {
    await chromium.close();
  }
  onProgress('');
  const heads = ['where', 'ms', 'least-most', 'goal, at most'];
  const shown = rows.map(({ name, ms, least, greatest, goal }) => [
    name,
    ms.toFixed(1),
    `${least.toFixed(1)}-${greatest.toFixed(1)}`,
    String(goal),
  ]);
  return { about: ABOUT, tables: [printTable(heads, shown)], rows };
}
