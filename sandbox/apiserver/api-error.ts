/** Refusals as the API server words them: a Status with a code, a reason and details. */
import type { Status } from '../../lib/objects/mod.ts';
import type { Kind } from './kinds.ts';
import { describeIssues } from './schema/issue.ts';
import type { Issue } from './schema/issue.ts';

export class ApiError extends Error {
  readonly status: Status & { code: number };

  constructor(code: number, reason: string, message: string, details: Status['details'] = {}) {
    super(message);
    this.name = 'ApiError';
    this.status = {
      kind: 'Status',
      apiVersion: 'v1',
      status: 'Failure',
      message,
      reason,
      details,
      code,
    };
  }
}

/** `deployments.apps "x"` */
const named = (kind: Kind, name: string) =>
  `${kind.resource}${kind.group === '' ? '' : `.${kind.group}`} ${JSON.stringify(name)}`;

const detailsOf = (kind: Kind, name: string) => ({
  name,
  ...(kind.group === '' ? {} : { group: kind.group }),
  kind: kind.resource,
});

export const notFound = (kind: Kind, name: string) =>
  new ApiError(404, 'NotFound', `${named(kind, name)} not found`, detailsOf(kind, name));

export const alreadyExists = (kind: Kind, name: string) =>
  new ApiError(409, 'AlreadyExists', `${named(kind, name)} already exists`, detailsOf(kind, name));

export const changedMeanwhile = (kind: Kind, name: string) =>
  new ApiError(
    409,
    'Conflict',
    `Operation cannot be fulfilled on ${named(kind, name)}: the object has been modified; please apply your changes to the latest version and try again`,
    detailsOf(kind, name),
  );

export const preconditionFailed = (
  kind: Kind,
  name: string,
  what: string,
  want: string,
  have: string,
) =>
  new ApiError(
    409,
    'Conflict',
    `Operation cannot be fulfilled on ${named(kind, name)}: Precondition failed: ${what} in precondition: ${want}, ${what} in object meta: ${have}`,
    detailsOf(kind, name),
  );

export const invalid = (kind: Kind, name: string, issues: readonly Issue[]) =>
  new ApiError(
    422,
    'Invalid',
    `${kind.kind}${kind.group === '' ? '' : `.${kind.group}`} ${JSON.stringify(name)} is invalid: ${describeIssues(issues)}`,
    {
      name,
      ...(kind.group === '' ? {} : { group: kind.group }),
      kind: kind.kind,
      causes: issues.map(({ reason, message, field }) => ({ reason, message, field })),
    },
  );

export const badRequest = (message: string) => new ApiError(400, 'BadRequest', message);

export const noSuchPath = () =>
  new ApiError(404, 'NotFound', 'the server could not find the requested resource');

export const methodNotAllowed = () =>
  new ApiError(
    405,
    'MethodNotAllowed',
    'the server does not allow this method on the requested resource',
  );

export const unsupportedMediaType = (accepted: readonly string[]) =>
  new ApiError(
    415,
    'UnsupportedMediaType',
    `the body of the request was in an unknown format - accepted media types include: ${accepted.join(', ')}`,
  );

export const expired = (asked: string, oldest: number) =>
  new ApiError(410, 'Expired', `too old resource version: ${asked} (${oldest})`);

export const terminating = (kind: Kind, name: string, namespace: string) =>
  new ApiError(
    403,
    'Forbidden',
    `${named(kind, name)} is forbidden: unable to create new content in namespace ${namespace} because it is being terminated`,
    {
      ...detailsOf(kind, name),
      causes: [
        {
          reason: 'NamespaceTerminating',
          message: `namespace ${namespace} is being terminated`,
          field: 'metadata.namespace',
        },
      ],
    },
  );
