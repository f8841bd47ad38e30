/**
 * Every measurement of a run, kept in the file that `--json` names as soon as it is there: a run
 * that was interrupted goes on where it was, with the same command.
 */
import { existsSync, readFileSync, renameSync, writeFileSync } from 'node:fs';

/** Measurements by what was measured. Without a file they are kept in memory only. */
export class Journal {
  #file;
  #content;

  /** Opens or begins the journal of one build; refuses one that was kept of another build. */
  constructor(file, machine) {
    this.#file = file;
    this.#content = { machine, reports: {}, measured: {} };
    if (file === undefined || !existsSync(file)) return;
    const found = JSON.parse(readFileSync(file, 'utf8'));
    if (found.machine?.build !== machine.build) {
      throw new Error(`${file} is of build ${found.machine?.build}; remove it, or name another`);
    }
    this.#content = found;
    this.#content.resumed = [...(found.resumed ?? []), machine.date];
  }

  /** The machine as it was when the journal was begun. */
  get machine() {
    return this.#content.machine;
  }

  /** What the parts came to, by part; also of earlier runs. */
  get reports() {
    return this.#content.reports;
  }

  /** Returns what was measured, or undefined. */
  find(what) {
    return this.#content.measured[JSON.stringify(what)];
  }

  /** Keeps a measurement. */
  add(what, measured) {
    this.#content.measured[JSON.stringify(what)] = measured;
    this.#save();
  }

  /** Keeps what a part came to. */
  report(part, report, loadAtEnd) {
    this.#content.reports[part] = report;
    this.#content.machine.loadAtEnd = loadAtEnd;
    this.#save();
  }

  #save() {
    if (this.#file === undefined) return;
    // Whole or not at all: an interruption may come while it is written.
    writeFileSync(`${this.#file}.new`, JSON.stringify(this.#content));
    renameSync(`${this.#file}.new`, this.#file);
  }
}
