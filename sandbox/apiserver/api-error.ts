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

/** `Deployment.apps "x"` */
const kindNamed = (kind: Kind, name: string) =>
  `${kind.kind}${kind.group === '' ? '' : `.${kind.group}`} ${JSON.stringify(name)}`;

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
  what: 'UID' | 'ResourceVersion',
  want: string,
  have: string,
) =>
  new ApiError(
    409,
    'Conflict',
    `Operation cannot be fulfilled on ${kindNamed(kind, name)}: the ${what} in the precondition (${want}) does not match the ${what} in record (${have}). The object might have been ${what === 'UID' ? 'deleted and then recreated' : 'modified'}`,
    { ...detailsOf(kind, name), kind: kind.kind },
  );

export const invalid = (kind: Kind, name: string, issues: readonly Issue[]) =>
  new ApiError(422, 'Invalid', `${kindNamed(kind, name)} is invalid: ${describeIssues(issues)}`, {
    name,
    ...(kind.group === '' ? {} : { group: kind.group }),
    kind: kind.kind,
    causes: issues.map(({ reason, message, field }) => ({ reason, message, field })),
  });

/** What is wrong with the options of a request: `CreateOptions.meta.k8s.io "" is invalid: …`. */
export const invalidOptions = (options: string, { reason, message, field }: Issue) =>
  new ApiError(422, 'Invalid', `${options}.meta.k8s.io "" is invalid: ${field}: ${message}`, {
    group: 'meta.k8s.io',
    kind: options,
    causes: [{ reason, message, field }],
  });

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
