/** ImagePolicy: the one tag of an image that is wanted (spec §6.1). */
import { objectKey } from '../../lib/kube/mod.ts';
import type { KubeObject } from '../../lib/objects/mod.ts';
import { messageOf } from '../../lib/runtime/mod.ts';
import { Fields } from '../runtime/mod.ts';
import type { Collection, Draft, Kind } from '../runtime/mod.ts';
import { chooseTag } from './choose.ts';
import { announce, lookAtImage, resultOf } from './conclude.ts';
import type { Result } from './conclude.ts';
import { imageVersion, reflectorController } from './dependencies.ts';
import type { ImageDependencies } from './dependencies.ts';
import { failing, lacking, stalling } from './failure.ts';
import { readImageName } from './image-name.ts';
import { withRegistry } from './registry-access.ts';

const kind = 'ImagePolicy';

/** Waiting for the first listing after a start, before it is said that there is none. */
const pausesMs = [1000, 1500, 2250];

export function imagePolicyKind(dependencies: ImageDependencies): Kind {
  const { caches } = dependencies;
  const all = caches.collection({ apiVersion: imageVersion, kind });
  const repositories = caches.collection({ apiVersion: imageVersion, kind: 'ImageRepository' });
  return {
    name: kind,
    apiVersion: imageVersion,
    controller: reflectorController,
    watches: [
      {
        apiVersion: imageVersion,
        kind: 'ImageRepository',
        affected: (now, before) =>
          now !== undefined && hasNews(now, before) ? policiesOf(all, now) : [],
      },
    ],
    reconcile: (draft, signal) =>
      lookAtImage(draft, signal, () => look(dependencies, repositories, draft, signal)),
    remove: () => Promise.resolve(),
  };
}

/** What policies look at: the image, its tags, and that these have been listed. */
function hasNews(now: KubeObject, before: KubeObject | undefined): boolean {
  const facts = (object: KubeObject) => {
    const status = new Fields(object['status']);
    const isReady = status
      .each('conditions')
      .some((each) => each.text('type') === 'Ready' && each.text('status') === 'True');
    const revision = status.at('lastScanResult').text('revision');
    return [object.metadata.generation, revision, isReady].join(' ');
  };
  return before === undefined || facts(now) !== facts(before);
}

function* policiesOf(all: Collection, repository: KubeObject): Iterable<string> {
  const key = objectKey(repository);
  for (const policy of all.list()) {
    const reference = new Fields(policy['spec']).at('imageRepositoryRef');
    const namespace = reference.text('namespace') ?? policy.metadata.namespace ?? '';
    if (`${namespace}/${reference.text('name') ?? ''}` === key) yield objectKey(policy);
  }
}

async function look(
  dependencies: ImageDependencies,
  repositories: Collection,
  draft: Draft,
  signal: AbortSignal,
): Promise<Result> {
  const { spec, status } = draft;
  const reflection = spec.text('digestReflectionPolicy') ?? 'Never';
  if (reflection === 'Always' && !spec.has('interval'))
    throw stalling(
      'IntervalNotConfigured',
      "spec.interval must be set when spec.digestReflectionPolicy is set to 'Always'",
    );
  await announce(draft, false);
  const repository = await repositoryOf(dependencies, repositories, draft);
  const given = new Fields(repository['spec']);
  const image = given.text('image') ?? '';
  const name = readImageName(image);
  const tag = chooseTag(spec, await tagsOf(dependencies, repository, spec, signal));

  const known = new Fields(status['latestRef']);
  const isSame = known.text('name') === image && known.text('tag') === tag;
  const mustAsk =
    reflection === 'Always' ||
    (reflection === 'IfNotPresent' && (!isSame || known.text('digest') === undefined));
  let digest = reflection === 'Never' ? undefined : known.text('digest');
  if (mustAsk) {
    digest = await withRegistry(
      dependencies,
      repository.metadata.namespace ?? '',
      given,
      name,
      async ({ client, keychain, timeoutMs }) => {
        const until = AbortSignal.any([signal, AbortSignal.timeout(timeoutMs)]);
        const failed = (why: string, cause?: unknown) =>
          failing('Failed', `failed fetching digest of ${image}:${tag}: ${why}`, cause);
        const found = await client
          .tagDigest(name, tag, { keychain, signal: until })
          .catch((cause: unknown) => {
            throw failed(messageOf(cause), cause);
          });
        if (found === undefined) throw failed('the tag is gone');
        return found;
      },
    );
  }
  const latest = { name: image, tag, ...(digest === undefined ? {} : { digest }) };
  if (!isSame || known.text('digest') !== digest) {
    if (status['latestRef'] === undefined) delete status['observedPreviousRef'];
    else status['observedPreviousRef'] = status['latestRef'];
    status['latestRef'] = latest;
    // Where clients of the betas look for it.
    status['latestImage'] = formatRef(new Fields(latest));
  }
  const message = messageFor(status);
  const afterMs = reflection === 'Always' ? spec.durationMs('interval') || 600_000 : undefined;
  return { done: 'success', message, afterMs, told: message };
}

export const formatRef = (ref: Fields): string => {
  const digest = ref.text('digest');
  const tagged = `${ref.text('name') ?? ''}:${ref.text('tag') ?? ''}`;
  return digest === undefined ? tagged : `${tagged}@${digest}`;
};

function messageFor(status: Readonly<Record<string, unknown>>): string {
  const latest = new Fields(status['latestRef']);
  const digest = latest.text('digest');
  const resolved = `Latest image tag for ${latest.text('name') ?? ''} resolved to ${latest.text('tag') ?? ''}`;
  const whole = digest === undefined ? resolved : `${resolved} with digest ${digest}`;
  const previous = status['observedPreviousRef'];
  return previous === undefined
    ? whole
    : `${whole} (previously ${formatRef(new Fields(previous))})`;
}

async function repositoryOf(
  { kube, crossNamespace }: ImageDependencies,
  repositories: Collection,
  { spec, namespace: own }: Draft,
): Promise<KubeObject> {
  const reference = spec.at('imageRepositoryRef');
  const namespace = reference.text('namespace') ?? own;
  const name = reference.text('name') ?? '';
  const denied = (why: string) =>
    failing('AccessDenied', `failed to get the referred ImageRepository: ${why}`);
  if (namespace !== own && !crossNamespace)
    throw denied(
      `cannot access 'ImageRepository/${namespace}/${name}', cross-namespace references have been blocked`,
    );
  const found = repositories.get(`${namespace}/${name}`);
  if (found === undefined)
    throw failing(
      'DependencyNotReady',
      `failed to get the referred ImageRepository: referenced ImageRepository does not exist: ImageRepository.image.toolkit.fluxcd.io "${name}" not found`,
    );
  if (namespace === own) return found;
  const access = new Fields(found['spec']).at('accessFrom');
  const where = `ImageRepository/${namespace}/${name}`;
  const selectors = access.each('namespaceSelectors');
  if (selectors.length === 0)
    throw denied(`access denied: '${where}' can't be accessed due to missing ACL labels`);
  const home = await kube.get({ apiVersion: 'v1', kind: 'Namespace', name: own });
  const labels = home?.metadata.labels ?? {};
  const isLetIn = selectors.some((selector) =>
    Object.entries(selector.textMap('matchLabels')).every(([key, text]) => labels[key] === text),
  );
  if (!isLetIn)
    throw denied(
      `access denied: '${where}' can't be accessed due to ACL labels mismatch on namespace '${own}'`,
    );
  return found;
}

async function tagsOf(
  { tags, clock, dependencyMs }: ImageDependencies,
  repository: KubeObject,
  spec: Fields,
  signal: AbortSignal,
): Promise<readonly string[]> {
  const key = objectKey(repository);
  // A policy that is wrong is so whatever the tags are.
  checkPolicy(spec);
  for (const pauseMs of pausesMs) {
    if (tags.get(key).length > 0) break;
    await clock.sleep(pauseMs, signal);
  }
  const found = tags.get(key);
  if (found.length > 0) return found;
  throw lacking(
    'DependencyNotReady',
    `retrying in ${Math.round(dependencyMs / 1000)}s error: no tags in database`,
    dependencyMs,
  );
}

function checkPolicy(spec: Fields): void {
  try {
    chooseTag(spec, []);
  } catch (thrown) {
    const result = resultOf(thrown);
    if (result.done === 'stalled') throw thrown;
  }
}
