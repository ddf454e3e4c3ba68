/** What clients ask to be changed, and what became of it (spec flux-v1 §7.6, §8.3). */
import { Fault, isRecord } from '../runtime/mod.ts';

export interface Cause {
  Message: string;
  User: string;
}

export interface PolicyUpdate {
  add?: Record<string, string>;
  remove?: Record<string, string>;
}

export interface ContainerUpdate {
  Container: string;
  Current: string;
  Target: string;
}

export interface ReleaseImageSpec {
  /** Workload IDs, or `<all>`. */
  ServiceSpecs: string[];
  /** A reference with a tag, or `<all latest>`. */
  ImageSpec: string;
  Kind: 'plan' | 'execute';
  Excludes: string[] | null;
  Force: boolean;
}

export interface ReleaseContainersSpec {
  Kind: 'plan' | 'execute';
  ContainerSpecs: Record<string, ContainerUpdate[]>;
  SkipMismatches: boolean;
  Force: boolean;
}

export interface AutomatedSpec {
  Changes: { WorkloadID: string; Container: { Name: string; Image: string }; ImageID: string }[];
}

export type UpdateSpec = { cause: Cause } & (
  | { type: 'image'; spec: ReleaseImageSpec }
  | { type: 'containers'; spec: ReleaseContainersSpec }
  | { type: 'policy'; spec: Record<string, PolicyUpdate> }
  | { type: 'sync'; spec: Record<string, never> }
  | { type: 'auto'; spec: AutomatedSpec }
);

export type UpdateStatus = 'success' | 'failed' | 'skipped' | 'ignored' | 'unknown';

export interface WorkloadResult {
  Status: UpdateStatus;
  Error?: string;
  PerContainer?: ContainerUpdate[];
}

/** Results by workload ID. */
export type UpdateResult = Record<string, WorkloadResult>;

/** Written to `refs/notes/<ref>` for each commit of ours. */
export interface CommitNote {
  jobID: string;
  spec: UpdateSpec;
  result: UpdateResult | null;
}

/** Reads the body of update-manifests. @throws Fault `BadRequest` */
export function parseUpdateSpec(body: unknown): UpdateSpec {
  const given = record(body, 'update spec');
  const cause = isRecord(given.cause) ? given.cause : {};
  const common = { cause: { Message: text(cause.Message), User: text(cause.User) } };
  const spec = isRecord(given.spec) ? given.spec : {};
  switch (given.type) {
    case 'image':
      return {
        ...common,
        type: 'image',
        spec: {
          ServiceSpecs: texts(spec.ServiceSpecs),
          ImageSpec: text(spec.ImageSpec),
          Kind: kindOf(spec.Kind),
          Excludes: spec.Excludes === null ? null : texts(spec.Excludes),
          Force: spec.Force === true,
        },
      };
    case 'containers':
      return {
        ...common,
        type: 'containers',
        spec: {
          Kind: kindOf(spec.Kind),
          ContainerSpecs: mapValues(record(spec.ContainerSpecs, 'ContainerSpecs'), containers),
          SkipMismatches: spec.SkipMismatches === true,
          Force: spec.Force === true,
        },
      };
    case 'policy':
      return { ...common, type: 'policy', spec: mapValues(spec, policyUpdate) };
    case 'sync':
      return { ...common, type: 'sync', spec: {} };
    case undefined:
    case '':
      throw bad('no type in update spec');
    default:
      throw bad(`unknown update spec type ${JSON.stringify(given.type)}`);
  }
}

/** Reads a note; `undefined` when it is not one of ours. */
export function parseNote(json: string): CommitNote | undefined {
  let value: unknown;
  try {
    value = JSON.parse(json);
  } catch {
    // Anybody may write notes to the ref; those that are not ours say nothing.
    return undefined;
  }
  if (!isRecord(value) || typeof value.jobID !== 'string' || !isRecord(value.spec))
    return undefined;
  const spec = noteSpec(value.spec);
  if (spec === undefined) return undefined;
  const result = isRecord(value.result) ? mapValues(value.result, workloadResult) : null;
  return { jobID: value.jobID, spec, result };
}

function noteSpec(value: Record<string, unknown>): UpdateSpec | undefined {
  if (value.type === 'auto') {
    const { cause } = parseUpdateSpec({ ...value, type: 'sync' });
    const spec = isRecord(value.spec) ? value.spec : {};
    const changes = Array.isArray(spec.Changes) ? spec.Changes.filter(isRecord) : [];
    return {
      type: 'auto',
      cause,
      spec: {
        Changes: changes.map((change) => {
          const container = isRecord(change.Container) ? change.Container : {};
          return {
            WorkloadID: text(change.WorkloadID),
            Container: { Name: text(container.Name), Image: text(container.Image) },
            ImageID: text(change.ImageID),
          };
        }),
      },
    };
  }
  try {
    return parseUpdateSpec(value);
  } catch {
    return undefined;
  }
}

const statuses: readonly UpdateStatus[] = ['success', 'failed', 'skipped', 'ignored', 'unknown'];

function workloadResult(value: unknown): WorkloadResult {
  const given = isRecord(value) ? value : {};
  return {
    Status: statuses.find((status) => status === given.Status) ?? 'unknown',
    ...(typeof given.Error === 'string' ? { Error: given.Error } : {}),
    ...(Array.isArray(given.PerContainer) ? { PerContainer: containers(given.PerContainer) } : {}),
  };
}

/** `add` and `remove` are maps, or lists of names that stand for `true`. */
function policyUpdate(value: unknown): PolicyUpdate {
  const given = isRecord(value) ? value : {};
  const read = (part: unknown): Record<string, string> =>
    Array.isArray(part)
      ? Object.fromEntries(part.map((name) => [text(name), 'true']))
      : isRecord(part)
        ? mapValues(part, text)
        : {};
  return { add: read(given.add), remove: read(given.remove) };
}

function containers(value: unknown): ContainerUpdate[] {
  return (Array.isArray(value) ? value : []).filter(isRecord).map((one) => ({
    Container: text(one.Container),
    Current: text(one.Current),
    Target: text(one.Target),
  }));
}

function kindOf(value: unknown): 'plan' | 'execute' {
  if (value === 'plan' || value === 'execute') return value;
  throw bad(`invalid release kind ${JSON.stringify(value)}`);
}

function mapValues<T>(
  from: Record<string, unknown>,
  read: (value: unknown) => T,
): Record<string, T> {
  return Object.fromEntries(Object.entries(from).map(([key, value]) => [key, read(value)]));
}

const text = (value: unknown) => (typeof value === 'string' ? value : '');
const texts = (value: unknown) => (Array.isArray(value) ? value.map(text) : []);

function record(value: unknown, what: string): Record<string, unknown> {
  if (isRecord(value)) return value;
  throw bad(`${what} is not an object`);
}

const bad = (message: string) => new Fault('BadRequest', 'stall', 'request', message);
