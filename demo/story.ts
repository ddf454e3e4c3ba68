/** The guide's story, each step with its proof. A proof that is not there fails the run. */
import { mkdir, readFile, rm, writeFile } from 'node:fs/promises';
import path from 'node:path';
import type { Release } from '../lib/helm/storage/mod.ts';
import { createHelmEngine } from '../lib/helm/action/mod.ts';
import type { HelmRelease, KubeObject } from '../lib/objects/mod.ts';
import { systemClock } from '../lib/runtime/mod.ts';
import type { Narrator } from './narrator.ts';
import { projectRoot, runToEnd } from './programs.ts';
import type { Stage } from './stage.ts';

export async function playStory(stage: Stage, narrator: Narrator): Promise<void> {
  const eyes = observer(stage, narrator);
  await install(stage, narrator, eyes);
  await devImage(stage, narrator, eyes);
  await chartEdit(stage, narrator, eyes);
  await staging(stage, narrator, eyes);
  await production(stage, narrator, eyes);
  await hotfix(stage, narrator, eyes);
  await badImage(stage, narrator, eyes);
  await drift(stage, narrator, eyes);
  await prune(stage, narrator, eyes);
}

type Eyes = ReturnType<typeof observer>;

/** Looks at cluster, repository and releases. */
function observer(stage: Stage, narrator: Narrator) {
  const engine = createHelmEngine({ kube: stage.kube, clock: systemClock, log: () => undefined });
  const hr = (namespace: string, name: string) =>
    stage.kube.get<HelmRelease>({
      apiVersion: 'helm.fluxcd.io/v1',
      kind: 'HelmRelease',
      namespace,
      name,
    });
  const history = async (namespace: string, releaseName: string): Promise<Release[]> =>
    engine.history({ namespace, releaseName });
  const podImages = async (namespace: string): Promise<string[]> => {
    const { items } = await stage.kube.list({ apiVersion: 'v1', kind: 'Pod', namespace });
    return items.filter(isReady).flatMap(imagesOf);
  };
  return {
    hr,
    history,
    podImages,
    commits: async () =>
      (await stage.git('log', '--format=%h %an: %s', 'origin/master')).trim().split('\n'),
    fetch: () => stage.git('fetch', '--quiet', '--force', '--tags', 'origin'),
    /** Waits for a revision of a release to be the deployed one, and prints the history as helm does. */
    revision: async (namespace: string, name: string, revision: number, image: string) => {
      await narrator.until(
        `${name} is at revision ${revision}, its pods run ${shortImage(image)}`,
        async () => {
          const newest = (await history(namespace, name)).at(-1);
          if (newest?.version !== revision || newest.info.status !== 'deployed') return undefined;
          const images = await podImages(namespace);
          return images.length > 0 && images.every((each) => each === image) ? true : undefined;
        },
      );
      narrator.command(`reflux-helm -n ${namespace} history ${name}`);
      narrator.proof(historyTable(await history(namespace, name)));
    },
    /** Waits for a commit by fluxd and shows what it changed. */
    commit: async (subject: string) => {
      await narrator.until(`fluxd has committed "${subject}"`, async () => {
        await stage.git('fetch', '--quiet', 'origin');
        const found = (await stage.git('log', '--format=%s', '-5', 'origin/master'))
          .split('\n')
          .includes(subject);
        return found ? true : undefined;
      });
      const revision = (
        await stage.git('log', '--format=%h', `--grep=^${subject}$`, '-1', 'origin/master')
      ).trim();
      narrator.command(`git show ${revision}`);
      const diff = await stage.git('show', '--format=%an <%ae>%n%s', '--unified=0', revision);
      narrator.proof(
        diff
          .split('\n')
          .filter((line) => !/^(diff|index|@@|---)/.test(line))
          .join('\n'),
      );
      const changed = diff.split('\n').filter((line) => /^[-+][^-+]/.test(line));
      if (changed.length !== 2) throw new Error(`the commit changes more than one line:\n${diff}`);
    },
  };
}

async function install(stage: Stage, narrator: Narrator, eyes: Eyes): Promise<void> {
  narrator.step('Git to cluster: the forked repository is synced and released');
  narrator.say(
    `Git ${stage.repositoryUrl}, registry ${stage.registry.url}, cluster ${stage.cluster}`,
  );
  narrator.say('releases/adm (Sealed Secrets) needs the internet and is left out here');
  stage.startPrograms();
  await narrator.until('fluxd and helm-operator are up, the namespaces are there', async () => {
    for (const program of stage.programs) {
      if (program.exit() !== undefined)
        throw new Error(`${program.name} has ended:\n${program.log().slice(-3000)}`);
    }
    const found = await Promise.all(
      ['dev', 'stg', 'prod', 'adm'].map((name) =>
        stage.kube.get({ apiVersion: 'v1', kind: 'Namespace', name }),
      ),
    );
    return found.every((each) => each !== undefined) ? true : undefined;
  });
  await eyes.revision('dev', 'podinfo-dev', 1, `${stage.image}:dev-hdtwcel9`);
  await eyes.revision('stg', 'podinfo-rc', 1, `${stage.image}:stg-9ij63o4c`);
  await eyes.revision('prod', 'podinfo-prod', 1, `${stage.image}:0.4.10`);
  await narrator.until('the tag flux-sync points at the head of master', async () => {
    await eyes.fetch();
    const [tag, head] = await Promise.all([
      stage.git('rev-parse', '--quiet', '--verify', 'flux-sync^{commit}').catch(() => ''),
      stage.git('rev-parse', 'origin/master'),
    ]);
    return tag === head ? true : undefined;
  });
}

/** Plays the CI with hack/ci-mock.sh and returns the tag that it pushed. */
async function ci(stage: Stage, narrator: Narrator, ...args: string[]): Promise<string> {
  narrator.command(`hack/ci-mock.sh -r ${stage.image} ${args.join(' ')}`);
  const output = await runToEnd(
    path.join(projectRoot, 'hack/ci-mock.sh'),
    ['-r', stage.image, ...args],
    {},
    projectRoot,
  );
  const line = /^Successfully tagged (\S+):(\S+)$/m.exec(output);
  if (line === null) throw new Error(`the CI mock pushed nothing:\n${output}`);
  narrator.proof(line[0]);
  return line[2] ?? '';
}

async function devImage(stage: Stage, narrator: Narrator, eyes: Eyes): Promise<void> {
  narrator.step('A new image of the dev branch goes out by itself');
  const tag = await ci(stage, narrator, '-b', 'dev');
  await eyes.commit(`Auto-release ${stage.image}:${tag}`);
  await eyes.revision('dev', 'podinfo-dev', 2, `${stage.image}:${tag}`);
}

async function chartEdit(stage: Stage, narrator: Narrator, eyes: Eyes): Promise<void> {
  narrator.step('An edit of the chart upgrades what uses it');
  const file = path.join(stage.clone, 'chart/podinfo/Chart.yaml');
  await stage.git('pull', '--quiet', '--rebase', 'origin', 'master');
  await writeFile(file, (await readFile(file, 'utf8')).replace(/^version: .*$/m, 'version: 0.2.1'));
  narrator.command('git commit -am "Chart 0.2.1" && git push');
  await stage.push('Chart 0.2.1');
  const [image = ''] = await eyes.podImages('dev');
  await eyes.revision('dev', 'podinfo-dev', 3, image);
}

async function staging(stage: Stage, narrator: Narrator, eyes: Eyes): Promise<void> {
  narrator.step('Staging follows its own branch');
  await settled(narrator, eyes, 'stg', 'podinfo-rc', 2);
  const tag = await ci(stage, narrator, '-b', 'stg');
  await eyes.commit(`Auto-release ${stage.image}:${tag}`);
  await eyes.revision('stg', 'podinfo-rc', 3, `${stage.image}:${tag}`);
}

async function production(stage: Stage, narrator: Narrator, eyes: Eyes): Promise<void> {
  narrator.step('Production takes patches by semver:~0.4, and no more than that');
  await settled(narrator, eyes, 'prod', 'podinfo-prod', 2);
  await ci(stage, narrator, '-v', '0.5.0');
  await ci(stage, narrator, '-v', '0.4.11');
  await eyes.commit(`Auto-release ${stage.image}:0.4.11`);
  await eyes.revision('prod', 'podinfo-prod', 3, `${stage.image}:0.4.11`);
  const commits = await eyes.commits();
  if (commits.some((line) => line.includes('0.5.0')))
    throw new Error('0.5.0 was released although ~0.4 does not allow it');
  narrator.say('0.5.0 is in the registry and stays there');
}

/** The chart edit reaches every environment. */
async function settled(
  narrator: Narrator,
  eyes: Eyes,
  namespace: string,
  name: string,
  revision: number,
): Promise<void> {
  await narrator.until(`${name} has the new chart too (revision ${revision})`, async () =>
    (await eyes.history(namespace, name)).at(-1)?.version === revision ? true : undefined,
  );
}

async function hotfix(stage: Stage, narrator: Narrator, eyes: Eyes): Promise<void> {
  narrator.step('A new environment is a namespace and a HelmRelease in Git');
  const tag = await ci(stage, narrator, '-b', 'hotfix');
  await stage.git('pull', '--quiet', '--rebase', 'origin', 'master');
  const release = await readFile(path.join(stage.clone, 'releases/dev/podinfo.yaml'), 'utf8');
  await mkdir(path.join(stage.clone, 'releases/hotfix'), { recursive: true });
  await writeFile(
    path.join(stage.clone, 'releases/hotfix/podinfo.yaml'),
    release
      .replaceAll('podinfo-dev', 'podinfo-hotfix')
      .replace('namespace: dev', 'namespace: hotfix')
      .replace('glob:dev-*', 'glob:hotfix-*')
      .replace(/tag: .*/, `tag: ${tag}`),
  );
  await writeFile(
    path.join(stage.clone, 'namespaces/hotfix.yaml'),
    'apiVersion: v1\nkind: Namespace\nmetadata:\n  name: hotfix\n',
  );
  narrator.command(
    'git add namespaces/hotfix.yaml releases/hotfix && git commit -m "Hotfix environment" && git push',
  );
  await stage.push('Hotfix environment');
  await eyes.revision('hotfix', 'podinfo-hotfix', 1, `${stage.image}:${tag}`);
}

async function badImage(stage: Stage, narrator: Narrator, eyes: Eyes): Promise<void> {
  narrator.step('An image that does not exist is reported, and nothing breaks');
  await stage.git('pull', '--quiet', '--rebase', 'origin', 'master');
  const file = path.join(stage.clone, 'releases/hotfix/podinfo.yaml');
  const before = await readFile(file, 'utf8');
  const good = /tag: (.*)/.exec(before)?.[1] ?? '';
  await writeFile(
    file,
    before
      .replace(/tag: .*/, 'tag: hotfix-nosuchimage')
      .replace('fluxcd.io/automated: "true"', 'fluxcd.io/automated: "false"'),
  );
  await stage.push('Try an image that nobody pushed');
  const waiting = await narrator.until('a pod says that its image cannot be pulled', async () => {
    const { items } = await stage.kube.list({ apiVersion: 'v1', kind: 'Pod', namespace: 'hotfix' });
    return items
      .map(waitingReason)
      .find((reason) => reason !== undefined && /ImagePull/.test(reason));
  });
  const others = await eyes.podImages('prod');
  narrator.proof(`hotfix: ${waiting}\nprod: ${others.map(shortImage).join(', ')}`);
  if (others.length !== 3) throw new Error(`prod runs ${others.length} pods, not 3`);
  narrator.say('prod and stg did not notice; the commit is reverted');
  await writeFile(file, before);
  await stage.push('Back to the image that exists');
  await eyes.revision('hotfix', 'podinfo-hotfix', 3, `${stage.image}:${good}`);
}

async function drift(stage: Stage, narrator: Narrator, eyes: Eyes): Promise<void> {
  narrator.step('What somebody edits by hand is put back');
  const ref = {
    apiVersion: 'helm.fluxcd.io/v1',
    kind: 'HelmRelease',
    namespace: 'dev',
    name: 'podinfo-dev',
  };
  narrator.command(
    'kubectl -n dev patch hr podinfo-dev --type merge -p \'{"spec":{"values":{"replicaCount":5}}}\'',
  );
  await stage.kube.patch(
    ref,
    'merge',
    { spec: { values: { replicaCount: 5 } } },
    { fieldManager: 'kubectl-patch' },
  );
  await narrator.until('fluxd has applied what Git says again', async () =>
    (await eyes.hr('dev', 'podinfo-dev'))?.spec.values?.replicaCount === 1 ? true : undefined,
  );
  await narrator.until('and podinfo-dev runs one pod', async () =>
    (await eyes.podImages('dev')).length === 1 ? true : undefined,
  );
}

async function prune(stage: Stage, narrator: Narrator, eyes: Eyes): Promise<void> {
  narrator.step('What is removed from Git is removed from the cluster');
  await stage.git('pull', '--quiet', '--rebase', 'origin', 'master');
  await rm(path.join(stage.clone, 'releases/hotfix'), { recursive: true });
  narrator.command('git rm -r releases/hotfix && git commit -m "No more hotfixes" && git push');
  await stage.push('No more hotfixes');
  await narrator.until(
    'the HelmRelease is gone, and with it the release and its pods',
    async () => {
      const [object, history, pods] = await Promise.all([
        eyes.hr('hotfix', 'podinfo-hotfix'),
        eyes.history('hotfix', 'podinfo-hotfix'),
        eyes.podImages('hotfix'),
      ]);
      return object === undefined && history.length === 0 && pods.length === 0 ? true : undefined;
    },
  );
}

export function historyTable(history: readonly Release[]): string {
  const rows = history.map(({ version, info, chart }) => [
    String(version),
    info.status,
    `${chart.metadata.name}-${chart.metadata.version}`,
    info.description,
  ]);
  const all = [['REVISION', 'STATUS', 'CHART', 'DESCRIPTION'], ...rows];
  const widths = [0, 1, 2].map((at) => Math.max(...all.map((row) => row[at]?.length ?? 0)));
  return all
    .map((row) => row.map((cell, at) => cell.padEnd(widths[at] ?? 0)).join('  '))
    .join('\n');
}

const shortImage = (image: string): string => image.replace(/^[^/]*\//, '');

const record = (value: unknown): Record<string, unknown> =>
  typeof value === 'object' && value !== null ? (value as Record<string, unknown>) : {};

const list = (value: unknown): Record<string, unknown>[] =>
  Array.isArray(value) ? value.map(record) : [];

function isReady(pod: KubeObject): boolean {
  const conditions = list(record(pod.status).conditions);
  return (
    pod.metadata.deletionTimestamp === undefined &&
    conditions.some(({ type, status }) => type === 'Ready' && status === 'True')
  );
}

function imagesOf(pod: KubeObject): string[] {
  return list(record(pod.spec).containers).map(({ image }) => String(image));
}

function waitingReason(pod: KubeObject): string | undefined {
  return list(record(pod.status).containerStatuses)
    .map(({ state }) => record(record(state).waiting).reason)
    .find((reason): reason is string => typeof reason === 'string');
}
