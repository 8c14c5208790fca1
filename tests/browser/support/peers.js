// The other end of a connection: programs of the host, outside the tab.
import dgram from 'node:dgram';
import { once } from 'node:events';
import net from 'node:net';

/** What a failed test left open, so that it does not keep the run from ending. */
const open = new Set();

/** Closes what tests left open. */
export async function closePeers() {
  for (const close of [...open]) await close();
}

/** A TCP server on loopback that hands each connection to `serve`. */
export async function tcpServer(serve, host = '127.0.0.1') {
  const sockets = new Set();
  const server = net.createServer({ allowHalfOpen: true }, (socket) => {
    sockets.add(socket);
    socket.on('close', () => sockets.delete(socket));
    // A program that is stopped resets its connections; tests that care look at the socket.
    socket.on('error', () => {});
    serve(socket);
  });
  server.listen(0, host);
  await once(server, 'listening');
  const close = async () => {
    if (!open.delete(close)) return;
    for (const socket of sockets) socket.destroy();
    server.close();
    await once(server, 'close');
  };
  open.add(close);
  return { port: server.address().port, close };
}

/** Connects to a port on loopback. */
export async function tcpConnect(port, host = '127.0.0.1') {
  const socket = net.connect({ port, host });
  await once(socket, 'connect');
  socket.on('error', () => {});
  open.add(() => socket.destroy());
  return socket;
}

/** Everything a socket sends until it finishes, as text; it may still be written to. */
export async function readAll(socket) {
  const chunks = [];
  socket.on('data', (chunk) => chunks.push(chunk));
  await once(socket, 'end');
  return Buffer.concat(chunks).toString();
}

/** Reads until as many bytes have come. */
export async function readExactly(socket, length) {
  let read = Buffer.alloc(0);
  while (read.length < length) {
    const chunk = socket.read();
    if (chunk === null) await once(socket, 'readable');
    else read = Buffer.concat([read, chunk]);
  }
  return read.toString();
}

/** Resolves when the peer has finished sending or the connection broke. */
export function ended(socket) {
  return new Promise((resolve) => {
    for (const event of ['end', 'close', 'error']) socket.once(event, () => resolve(event));
    socket.resume();
  });
}

/** A UDP socket on loopback. */
export async function udpSocket() {
  const socket = dgram.createSocket('udp4');
  socket.bind(0, '127.0.0.1');
  await once(socket, 'listening');
  const close = () => {
    if (open.delete(close)) socket.close();
  };
  open.add(close);
  return {
    port: socket.address().port,
    send: (text, port) => socket.send(text, port, '127.0.0.1'),
    async receive() {
      const [message, from] = await once(socket, 'message');
      return { text: message.toString(), port: from.port };
    },
    close,
  };
}

/** Whether a port on loopback can be bound again. */
export async function isFree(port, host = '127.0.0.1') {
  const server = net.createServer();
  try {
    server.listen({ port, host, exclusive: true });
    await once(server, 'listening');
    server.close();
    await once(server, 'close');
    return true;
  } catch {
    return false;
  }
}

/** A port of loopback that is free for TCP and UDP just now, for two programs to meet at. */
export async function freePort() {
  const server = net.createServer();
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address();
  server.close();
  await once(server, 'close');
  return port;
}
