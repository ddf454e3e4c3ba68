/** How a failure is told to a client (spec flux-v1 §8.1). */
import type { FastifyReply, FastifyRequest } from 'fastify';
import { Fault, messageOf } from '../../lib/runtime/mod.ts';
import type { ApiErrorBody } from '../../lib/wire/mod.ts';

const missing = new Set(['UnknownJob', 'EndpointUnknown']);
/** Faults of the daemon's surroundings, not of what was asked. */
const ours = new Set(['ServerUnreachable', 'ServerError', 'Unauthorized', 'Forbidden']);

export function errorOf(thrown: unknown): { status: number; body: ApiErrorBody } {
  const error = messageOf(thrown);
  const reason = thrown instanceof Fault ? thrown.reason : '';
  const answer = (status: number, type: ApiErrorBody['type'], help: string) => ({
    status,
    body: { type, help, error },
  });
  if (reason === 'UnknownJob') return answer(404, 'missing', unknownJob);
  if (missing.has(reason)) return answer(404, 'missing', unknownEndpoint);
  if (reason === 'EndpointDeprecated') return answer(410, 'missing', deprecatedEndpoint);
  if (reason === 'BadRequest') return answer(400, 'user', generic(error));
  if (reason === 'PathMissing' || reason === 'GenerationFailed')
    return answer(422, 'user', unreadable(error));
  if (thrown instanceof Fault && !ours.has(reason)) return answer(422, 'user', generic(error));
  return answer(500, 'server', generic(error));
}

/** JSON for clients that accept it, text for the others; a client that says nothing gets the bare message. */
export function sendError(
  request: FastifyRequest,
  reply: FastifyReply,
  thrown: unknown,
): FastifyReply {
  const { status, body } = errorOf(thrown);
  const accept = request.headers.accept ?? '';
  const text = (message: string) =>
    reply.code(status).type('text/plain; charset=utf-8').send(message);
  if (accept === '') return text(body.error);
  if (/text\/plain/.test(accept) && !/application\/json|\*\/\*/.test(accept))
    return text(body.help);
  return reply.code(status).type('application/json; charset=utf-8').send(JSON.stringify(body));
}

const generic = (error: string) => `Error: ${error}

If the text above does not tell what to do, the log of the daemon may say more.
`;

const unreadable = (error: string) => `Unable to parse files as manifests

The manifests of the Git repository cannot be read:

    ${error}

Please check the file that is named, and that nothing is defined twice.
`;

const unknownJob = `Job not found

The last hundred jobs are remembered, and those whose commit carries a note.
A job that changed nothing (a dry run, for one) leaves no commit, and a restart
of the daemon forgets jobs that were waiting. It is safe to ask for it again.
`;

const unknownEndpoint = `The API endpoint requested is not supported by this server.

The client may be newer than the daemon, or the URL may lack its /api/flux.
`;

const deprecatedEndpoint = `The API endpoint requested appears to have been deprecated.

The client is older than what this daemon still serves: please use a newer fluxctl.
`;
