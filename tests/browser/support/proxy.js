// A network that can be cut: passes TCP connections on to the backend.
import { once } from 'node:events';
import net from 'node:net';

/** Starts a proxy in front of a port of this machine. */
export async function startProxy(port) {
  const open = new Set();
  let reachable = true;
  const server = net.createServer((client) => {
    if (!reachable) return client.resetAndDestroy();
    const upstream = net.connect(port, '127.0.0.1');
    for (const socket of [client, upstream]) {
      socket.setNoDelay(true);
      socket.on('error', () => {});
      open.add(socket);
      socket.on('close', () => open.delete(socket));
    }
    client.pipe(upstream).pipe(client);
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const cut = () => {
    for (const socket of open) socket.resetAndDestroy();
  };
  return {
    url: `http://127.0.0.1:${server.address().port}/`,
    /** Breaks every connection. New ones are possible at once. */
    cut,
    /** Breaks every connection and refuses new ones. */
    down() {
      reachable = false;
      cut();
    },
    up() {
      reachable = true;
    },
    async stop() {
      cut();
      server.close();
      await once(server, 'close');
    },
  };
}
