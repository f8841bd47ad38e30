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
 * Runs `cells` in `count` rounds by the program `script`; returns for each cell an array of rounds,
 * each of which has the measurements by contestant.
 */
export async function runRounds({ script, cells, count, environment, onProgress }) {
  const results = cells.map(() => []);
  for (let round = 0; round < count; round++) {
    for (const [at, cell] of cells.entries()) {
      onProgress(`round ${round + 1} of ${count}, cell ${at + 1} of ${cells.length}: ${cell.name}`);
      const order = round % 2 === 0 ? cell.contestants : [...cell.contestants].reverse();
      const measured = {};
      for (const name of order) {
        // A control stands for somebody who runs twice.
        const who = name.replace(/ again$/, '');
        measured[name] = await runCell(script, { ...cell.parameters, who }, environment);
      }
      cell.check?.(measured);
      results[at].push(measured);
    }
  }
  onProgress('');
  return results;
}

async function runCell(script, parameters, environment) {
  const { stdout } = await run(process.execPath, [script, JSON.stringify(parameters)], {
    env: { ...process.env, ...environment },
  });
  return JSON.parse(stdout);
}
