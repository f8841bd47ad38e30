/** Opens connections that say nothing, and says when they are open; ends with who started it. */
import { once } from 'node:events';
import net from 'node:net';
import process from 'node:process';

const [port, count] = process.argv.slice(2).map(Number);
process.on('disconnect', () => process.exit());
for (let at = 0; at < count; at += 100) {
  const sockets = Array.from({ length: 100 }, () => net.connect(port, '127.0.0.1'));
  for (const socket of sockets) socket.on('close', () => process.exit(1));
  await Promise.all(sockets.map((socket) => once(socket, 'connect')));
}
process.send('open');
