/** Runs a worker in workerd by itself. */
import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import path from 'node:path';
import { createInterface } from 'node:readline';
import { setTimeout as pause } from 'node:timers/promises';

import { write } from './project.mjs';
import { WORKERD } from './runtimes.mjs';

/** The day that a worker's behaviour is frozen at; from 2025-05-05 on it has WeakRef. */
export const TODAY = '2026-01-01';

/** Returns workerd's configuration of a worker: its files by the names that modules call them. */
function configuration(files, compatibility) {
  const modules = Object.entries(files).map(([name, file]) => {
    const kind = file.endsWith('.wasm') ? 'wasm' : 'esModule';
    return `      ( name = "${name}", ${kind} = embed "${file}" ),`;
  });
  return `using Workerd = import "/workerd/workerd.capnp";
const config :Workerd.Config = (
  services = [( name = "main", worker = (
    compatibilityDate = "${compatibility}",
    modules = [
${modules.join('\n')}
    ]
  ))],
  sockets = [( name = "http", address = "127.0.0.1:0", http = (), service = "main" )]
);
`;
}

/**
 * Starts workerd with `files` of a project, by the names that modules call them, and returns what
 * the worker, the first of them, answers, request by request.
 */
export async function askWorkerd(project, files, { requests = 1, compatibility = TODAY } = {}) {
  await write(project, { 'config.capnp': configuration(files, compatibility) });
  const args = ['serve', '--control-fd=3', path.join(project, 'config.capnp')];
  const server = spawn(WORKERD.program, args, { stdio: ['ignore', 'pipe', 'pipe', 'pipe'] });
  const said = [];
  for (const stream of [server.stdout, server.stderr]) stream.on('data', (text) => said.push(text));
  const ended = once(server, 'close').then(([code]) => {
    throw new Error(`workerd ended (${code}): ${said.join('')}`);
  });
  // It ends by being told to, once nobody waits for that any more.
  ended.catch(() => undefined);
  try {
    const [line] = await Promise.race([once(createInterface(server.stdio[3]), 'line'), ended]);
    const answers = [];
    while (answers.length < requests) {
      // Longer than a mayfly lives: workerd's clock is the machine's, whatever we fake here.
      if (answers.length > 0) await pause(50);
      const answer = await fetch(`http://127.0.0.1:${JSON.parse(line).port}/`);
      const text = await answer.text();
      assert.equal(answer.status, 200, `${text}\n${said.join('')}`);
      answers.push(JSON.parse(text));
    }
    return answers;
  } finally {
    server.kill();
  }
}
