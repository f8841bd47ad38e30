/**
 * Runs cells in rounds. Each contestant has a process of its own for each cell and round, so none
 * profits or suffers from what the engine learnt about another; the order is reversed from round to
 * round, so none is always the first; and a round runs all cells before the next round begins, so a
 * disturbance of a minute touches one ratio of a cell and not all of them.
 */
import { execFile } from 'node:child_process';
import { promisify } from 'node:util';

const run = promisify(execFile);

/**
 * Runs `cells` in `count` rounds by the program `script`, or by `measure`; returns for each cell an
 * array of rounds, each of which has the measurements by contestant. A round of a cell that is in
 * the journal under `part` is not run again.
 */
export async function runRounds({
  script,
  measure = (parameters, environment) => runNode(script, parameters, environment),
  cells,
  count,
  environment,
  onProgress,
  journal,
  part,
}) {
  const results = cells.map(() => []);
  for (let round = 0; round < count; round++) {
    for (const [at, cell] of cells.entries()) {
      onProgress(`round ${round + 1} of ${count}, cell ${at + 1} of ${cells.length}: ${cell.name}`);
      const what = [part, cell.name, cell.parameters, cell.contestants, round];
      const measured =
        journal?.find(what) ?? (await runCell(cell, round % 2 !== 0, measure, environment));
      cell.check?.(measured);
      journal?.add(what, measured);
      results[at].push(measured);
    }
  }
  onProgress('');
  return results;
}

async function runCell({ contestants, parameters }, isReversed, measure, environment) {
  const measured = {};
  for (const name of isReversed ? [...contestants].reverse() : contestants) {
    // A control stands for somebody who runs twice.
    const who = name.replace(/ again$/, '');
    measured[name] = await measure({ ...parameters, who }, environment);
  }
  return measured;
}

/** Runs one cell by a script in a process of its own; returns what it prints. */
export async function runNode(script, parameters, environment, flags = []) {
  const { stdout } = await run(process.execPath, [...flags, script, JSON.stringify(parameters)], {
    env: { ...process.env, ...environment },
  });
  return JSON.parse(stdout);
}
