/** One run of the suite against one contestant, in a process of its own: the suite keeps state. */
import { fork } from 'node:child_process';
import { mkdir, writeFile } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';

import { inTarget, startOrigin } from './origin.mjs';
import { score } from './suite.mjs';

const CLIENT = fileURLToPath(new URL('../client.mjs', import.meta.url));

/** A run takes a minute on an idle machine; the pauses in the tests are most of it. */
const RUN_MS_MAX = 480_000;

/**
 * Runs the suite against the contestant of that name and resolves with its score. The results are
 * left in target/http-conformance/NAME.json.
 */
export async function runContestant(name) {
  const { edition, results } = await ask(name);
  return keep(name, score(edition, results), results);
}

/** Writes a score down for the report, and returns it. */
export async function keep(name, scored, results) {
  await mkdir(inTarget(), { recursive: true });
  const text = JSON.stringify({ name, ...scored, results }, undefined, 2);
  await writeFile(inTarget(`${name}.json`), `${text}\n`);
  return scored;
}

async function ask(name) {
  const origin = await startOrigin();
  try {
    return await new Promise((resolve, reject) => {
      const child = fork(CLIENT, [name, origin.url], { timeout: RUN_MS_MAX });
      let answer;
      child.once('message', (message) => {
        answer = message;
      });
      child.once('error', reject);
      child.once('exit', (code, signal) => {
        if (answer !== undefined && code === 0) resolve(answer);
        else reject(new Error(`the run of ${name} ended with ${code ?? signal}`));
      });
    });
  } finally {
    await origin.stop();
  }
}
