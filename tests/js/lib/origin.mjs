/** An origin on the loopback that answers as a test says, and remembers what it was asked. */
import { createServer } from 'node:http';

/**
 * Starts it; `answer(request, response, url)` answers. `asked` has every request as
 * `METHOD /path`, `requests` their heads.
 */
export async function startOrigin(t, answer) {
  const asked = [];
  const requests = [];
  const server = createServer((request, response) => {
    asked.push(`${request.method} ${request.url}`);
    requests.push(request);
    void answer(request, response, new URL(request.url, 'http://origin'));
  });
  await new Promise((resolve) => server.listen(0, '127.0.0.1', resolve));
  const stop = () => {
    server.closeAllConnections();
    return new Promise((resolve) => server.close(resolve));
  };
  t.after(() => stop().catch(() => undefined));
  return { url: `http://127.0.0.1:${server.address().port}`, asked, requests, stop };
}

/** Answers with a head and a body; without a Date, for the caches have clocks of their own. */
export function reply(response, headers = {}, body = 'body', status = 200) {
  response.sendDate = false;
  response.writeHead(status, headers);
  response.end(body);
}
