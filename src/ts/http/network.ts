/** Asking the network, and what came back. */

import { headText } from './head.js';
import { headPairs, type ResponseHead } from './rules.js';
import type { FetchFunction } from './types.js';

/** A response from the network, its body not read but perhaps begun. */
export interface Answer extends ResponseHead {
  readonly response: Response;
  /** The body, with what was read of it put back. */
  readonly body: ReadableStream<Uint8Array> | null;
  readonly requestedAt: number;
  readonly receivedAt: number;
}

/** How to ask. */
export interface Question {
  readonly request: Request;
  readonly network: FetchFunction;
  readonly options: RequestInit | undefined;
  /** Header lines that make it conditional. */
  readonly conditional: string;
  readonly preload: Promise<unknown> | undefined;
  readonly now: () => number;
  /** Whether to wait for the first byte of the body. */
  readonly isTimed: boolean;
}

/** The statuses that have no body. */
export const NULL_BODY: readonly number[] = [101, 103, 204, 205, 304];

/** Asks the network, or takes what the browser has preloaded. */
export async function ask(question: Question): Promise<Answer> {
  const { request, network, options, conditional, now } = question;
  const requestedAt = now();
  const preloaded = await question.preload;
  const response =
    preloaded instanceof Response
      ? preloaded
      : await network(withConditions(request, conditional, options));
  const receivedAt = now();
  const { status, headers } = response;
  const body = question.isTimed ? await withFirstByte(response.body) : response.body;
  return { response, body, status, headers: headText(headers), requestedAt, receivedAt };
}

/** Returns the request as it is sent. */
function withConditions(
  request: Request,
  conditional: string,
  options: RequestInit | undefined,
): Request {
  if (conditional === '') {
    return options === undefined ? request : new Request(request, options);
  }
  if (!isOwn(request.url)) {
    // A field of ours would make the browser ask for permission first; its own cache knows better.
    return new Request(request, { cache: 'no-cache', ...options });
  }
  const headers = new Headers(request.headers);
  for (const [name, value] of headPairs(conditional)) {
    headers.set(name, value);
  }
  return new Request(request, { ...options, headers });
}

/** Whether a URL is of the own origin; everything is, where nothing has an origin. */
export function isOwn(url: string): boolean {
  const { location } = globalThis as { location?: { origin?: string } };
  return location?.origin === undefined || new URL(url).origin === location.origin;
}

/** Resolves with `body` when its first chunk is there, or its end. */
async function withFirstByte(
  body: ReadableStream<Uint8Array> | null,
): Promise<ReadableStream<Uint8Array> | null> {
  if (body === null) {
    return null;
  }
  const reader = body.getReader();
  let next: ReadableStreamReadResult<Uint8Array> | undefined = await reader.read();
  return new ReadableStream<Uint8Array>({
    async pull(controller) {
      const { done, value } = next ?? (await reader.read());
      next = undefined;
      if (done) {
        controller.close();
      } else {
        controller.enqueue(value);
      }
    },
    cancel: (reason) => reader.cancel(reason),
  });
}
