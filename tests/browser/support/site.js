// A page of somebody else's.
import { once } from 'node:events';
import http from 'node:http';

/**
 * Serves a page on another site than the backend, whose address is `127.0.0.1`. `headers` go with
 * it.
 */
export async function otherSite(body, headers = {}) {
  const server = http.createServer((request, response) => {
    response.writeHead(200, { 'content-type': 'text/html', ...headers });
    response.end(`<!doctype html><title>A course</title>${body}`);
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  return {
    url: `http://localhost:${server.address().port}/`,
    async close() {
      server.closeAllConnections();
      server.close();
      await once(server, 'close');
    },
  };
}
