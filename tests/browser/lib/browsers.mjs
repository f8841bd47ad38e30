/** The browsers, wherever this machine has them; `CHROME` and `FIREFOX` name others. */
import { accessSync, constants, readFileSync } from 'node:fs';
import path from 'node:path';

import { inRoot } from '../../package/lib/project.mjs';

/** The switches that the WebAssembly tests start the same browsers with. */
const SWITCHES = JSON.parse(readFileSync(inRoot('webdriver.json'), 'utf8'));

/** Starts Chromium; playwright-core drives it. */
export async function startChromium() {
  const { chromium } = await import('playwright-core');
  const names = ['chromium', 'chromium-browser', 'google-chrome', 'google-chrome-stable'];
  const executablePath = find('CHROME', names);
  const { args } = SWITCHES['goog:chromeOptions'];
  return chromium.launch({ executablePath, args, chromiumSandbox: false, headless: true });
}

/** Starts Firefox; puppeteer-core drives it by WebDriver BiDi. */
export async function startFirefox() {
  const { default: puppeteer } = await import('puppeteer-core');
  const executablePath = find('FIREFOX', ['firefox-esr', 'firefox']);
  return puppeteer.launch({ browser: 'firefox', executablePath, headless: true });
}

/** Returns the program that `variable` names, or the first of `names` in PATH. */
function find(variable, names) {
  const chosen = process.env[variable];
  if (chosen !== undefined) return chosen;
  const folders = (process.env.PATH ?? '').split(path.delimiter);
  const files = names.flatMap((name) => folders.map((folder) => path.join(folder, name)));
  const found = files.find((file) => {
    try {
      accessSync(file, constants.X_OK);
      return true;
    } catch {
      return false;
    }
  });
  if (found === undefined) {
    throw new Error(`${names.join(', ')}: none is in PATH, and ${variable} is not set`);
  }
  return found;
}
