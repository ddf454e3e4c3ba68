/** One request for objects, as all that serve it see it. */
import type { IncomingMessage, ServerResponse } from 'node:http';
import type { Api } from './api.ts';
import type { Target } from './route.ts';

export interface Call {
  api: Api;
  now(): Date;
  request: IncomingMessage;
  response: ServerResponse;
  target: Target;
  query: URLSearchParams;
  accept: string;
  user: string;
}
