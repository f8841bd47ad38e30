/** Requests and responses as people paste them. */

/** A request that was pasted. */
export interface PastedRequest {
  readonly method: string;
  readonly path: string;
  readonly headers: Headers;
}

/** A response that was pasted. */
export interface PastedResponse {
  readonly status: number;
  readonly headers: Headers;
}

/** Reads `GET /path` and header lines; throws with the line that it cannot read. */
export function readRequest(text: string): PastedRequest {
  const [first = '', ...rest] = linesOf(text);
  const start = /^([A-Za-z]+)\s+(\S+)/.exec(first);
  if (start === null) {
    throw new Error(`a request begins as "GET /path", not as "${first}"`);
  }
  return { method: start[1]!.toUpperCase(), path: start[2]!, headers: readHeaders(rest) };
}

/** Reads `200 OK` or `HTTP/1.1 200 OK` and header lines. */
export function readResponse(text: string): PastedResponse {
  const [first = '', ...rest] = linesOf(text);
  const start = /^(?:HTTP\/\S+\s+)?([2-5]\d\d)\b/.exec(first);
  if (start === null) {
    throw new Error(`a response begins as "200 OK", not as "${first}"`);
  }
  return { status: Number(start[1]), headers: readHeaders(rest) };
}

function linesOf(text: string): string[] {
  return text
    .split(/\r?\n/)
    .map((line) => line.trim())
    .filter((line) => line !== '');
}

function readHeaders(lines: readonly string[]): Headers {
  const headers = new Headers();
  for (const line of lines) {
    const colon = line.indexOf(':');
    if (colon < 1) {
      throw new Error(`a header line is "Name: value", not "${line}"`);
    }
    headers.append(line.slice(0, colon).trim(), line.slice(colon + 1).trim());
  }
  return headers;
}
