/**
 * A TCP proxy before each node, whose answers it can make late. A process of its own, so that its
 * work is nobody's latency.
 *
 * Takes the ports of the nodes as arguments and sends `{ ports }`, its own in the same order; takes
 * `{ late: [ms, ...] }`, how much later the answers of each node arrive from now on.
 */
import { createServer, connect } from 'node:net';

const nodes = process.argv.slice(2).map(Number);
let late = nodes.map(() => 0);

/** Passes on what `from` brings, in its order, each piece as late as `delay` says on its arrival. */
function pass(from, to, delay) {
  let lastAt = 0;
  from.on('data', (chunk) => {
    const at = Math.max(lastAt, performance.now() + delay());
    lastAt = at;
    const wait = at - performance.now();
    if (wait <= 0) to.write(chunk);
    else setTimeout(() => to.write(chunk), wait);
  });
  for (const name of ['close', 'error']) from.on(name, () => to.destroy());
}

async function listen(server) {
  await new Promise((resolve) => server.listen(0, '127.0.0.1', resolve));
  return server.address().port;
}

const servers = nodes.map((port, at) =>
  createServer((client) => {
    const node = connect(port, '127.0.0.1');
    for (const socket of [client, node]) socket.setNoDelay(true);
    pass(client, node, () => 0);
    pass(node, client, () => late[at]);
  }),
);
process.on('message', (message) => ({ late } = message));
process.on('disconnect', () => process.exit());
process.send({ ports: await Promise.all(servers.map(listen)) });
