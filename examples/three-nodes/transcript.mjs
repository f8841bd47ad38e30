/** How the transcript looks. */

const start = performance.now();

/** Prints a title and the code that it is about. */
export function begin(title, code) {
  console.log(`\n== ${title} ==\n${code}\n`);
}

/** Prints one line: the time, what was done, what came back, and what there is to say of it. */
export function say(call, outcome, remark = '') {
  const seconds = ((performance.now() - start) / 1000).toFixed(2).padStart(6);
  console.log(`${seconds} s  ${call.padEnd(28)} ${outcome.padEnd(24)} ${remark}`.trimEnd());
}

/** Returns a value as JSON. */
export const shown = (value) => (value === undefined ? 'undefined' : JSON.stringify(value));
