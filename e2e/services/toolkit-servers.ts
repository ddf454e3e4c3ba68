/** What the guide to Helm releases finds on the internet: charts behind HTTPS, in registries, in Git and in a bucket, and Slack. */
import { mkdir, readFile, readdir, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { freePort, projectRoot } from '../../demo/mod.ts';
import { createOciTransport, parseOci, pushOci } from '../../lib/helm/fetch/mod.ts';
import { startGitServer } from '../../sandbox/mod.ts';
import type { SandboxGitServer } from '../../sandbox/mod.ts';
import { startBucket } from './bucket.ts';
import { selfSigned } from './certificate.ts';
import { pack, startChartRepository } from './charts.ts';
import type { ChartRepository, PackedChart } from './charts.ts';
import { startDistribution } from './distribution.ts';
import { startHook } from './hook.ts';
import type { Hook } from './hook.ts';
import { startSshServer } from './sshd.ts';
import type { SshServer } from './sshd.ts';

export interface ToolkitServers {
  charts: ChartRepository;
  git: SandboxGitServer;
  ssh: SshServer;
  slack: Hook;
  /** File with the certificate of all servers but one. */
  ca: string;
  /** Certificate of the private chart repository, which nobody else knows. */
  privateCa: string;
  /** Where the toolkit takes webhooks. */
  hooksPort: number;
  /** What the page names, and what stands for it here. */
  names: readonly (readonly [string, string])[];
  close(): Promise<void>;
}

export async function startToolkitServers(folder: string): Promise<ToolkitServers> {
  const [tls, privateTls] = [selfSigned(new Date()), selfSigned(new Date())];
  const ca = path.join(folder, 'ca.crt');
  await writeFile(ca, tls.cert);
  const open: { close(): Promise<void> }[] = [];
  const kept = async <T extends { close(): Promise<void> }>(starting: Promise<T>): Promise<T> => {
    const server = await starting;
    open.push(server);
    return server;
  };
  const close = async () => {
    for (const server of open.reverse()) await server.close();
  };
  try {
    const charts = await kept(startChartRepository(tls));
    const web = { username: 'example', password: '123456' };
    const privateCharts = await kept(startChartRepository(privateTls, web));
    const registry = await kept(startDistribution(folder, { tls }));
    const login = { username: 'gh-user', password: 'gh-token' };
    const privateRegistry = await kept(startDistribution(folder, { tls, credentials: login }));
    const git = await kept(
      startGitServer({ env: process.env, folder: path.join(folder, 'git'), tls }),
    );
    const ssh = await kept(startSshServer(folder));
    const bucket = await kept(startBucket(folder, 'charts', tls));
    const slack = await kept(startHook(tls));

    const [four, five] = [await packPodinfo('4.0.6'), await packPodinfo('5.0.0')];
    for (const chart of [await packPodinfo('4.0.5'), four, five, await packMongodb()])
      charts.publish(chart);
    privateCharts.publish(four);
    const ofCharts = { tls: { ca: tls.cert } };
    await push(four, `${registry.host}/stefanprodan/charts`, ofCharts);
    await push(four, `${privateRegistry.host}/charts`, { ...ofCharts, credentials: login });
    const files = await podinfo('4.0.6');
    const source = path.join(folder, 'podinfo');
    for (const [name, text] of Object.entries({ ...prefixed(files), 'README.md': 'Podinfo' })) {
      await mkdir(path.dirname(path.join(source, name)), { recursive: true });
      await writeFile(path.join(source, name), text);
    }
    const podinfoUrl = await git.createRepository('podinfo', { fromFolder: source });
    const fleetUrl = await git.createRepository('fleet');
    for (const [name, text] of Object.entries(prefixed(files))) await bucket.put(name, text);

    const hooksPort = await freePort();
    const sshUrl = ssh.url(git.repositoryFolder('podinfo'));
    const sshPort = new URL(sshUrl).port;
    return {
      charts,
      git,
      ssh,
      slack,
      ca,
      privateCa: privateTls.cert,
      hooksPort,
      names: [
        ['https://stefanprodan.github.io/podinfo', charts.url],
        ['https://charts.bitnami.com/bitnami', charts.url],
        ['https://charts.example.com/podinfo', privateCharts.url],
        ['ghcr.io', registry.host],
        ['registry.example.com', privateRegistry.host],
        ['https://github.com/stefanprodan/podinfo', podinfoUrl],
        ['https://github.com/YOU/fleet', fleetUrl],
        ['ssh://git@git.example.com/podinfo', sshUrl],
        ['ssh-keyscan git.example.com', `ssh-keyscan -p ${sshPort} 127.0.0.1`],
        ['minio.example.com', bucket.endpoint],
        ['https://hooks.slack.com', slack.url],
        ['flux-webhook.example.com', `127.0.0.1:${hooksPort}`],
      ],
      close,
    };
  } catch (thrown) {
    await close();
    throw thrown;
  }
}

const prefixed = (files: Readonly<Record<string, string>>) =>
  Object.fromEntries(Object.entries(files).map(([name, text]) => [`charts/podinfo/${name}`, text]));

/** The sample chart, called so. */
async function podinfo(version: string): Promise<Record<string, string>> {
  const folder = path.join(projectRoot, 'chart/podinfo');
  const files: Record<string, string> = {};
  for (const entry of await readdir(folder, { recursive: true, withFileTypes: true })) {
    if (!entry.isFile()) continue;
    const file = path.join(entry.parentPath, entry.name);
    const text = await readFile(file, 'utf8');
    const name = path.relative(folder, file);
    files[name] =
      name === 'Chart.yaml' ? text.replace(/^version: .*$/m, `version: ${version}`) : text;
  }
  return files;
}

export const packPodinfo = async (version: string): Promise<PackedChart> =>
  pack(await podinfo(version));

/** With values for production in the chart. */
const packMongodb = () =>
  pack({
    'Chart.yaml': 'apiVersion: v2\nname: mongodb\nversion: 10.0.0\n',
    'values.yaml': 'replicaCount: 1\nuseStatefulSet: false\n',
    'values-production.yaml': 'useStatefulSet: true\n',
    'templates/map.yaml': `apiVersion: v1
kind: ConfigMap
metadata: {name: {{ .Release.Name }}}
data: {replicaCount: {{ .Values.replicaCount | quote }}, useStatefulSet: {{ .Values.useStatefulSet | quote }}}
`,
  });

async function push(
  { metadata, archive }: PackedChart,
  where: string,
  options: Parameters<typeof createOciTransport>[0],
): Promise<void> {
  await pushOci(createOciTransport(options), {
    archive,
    metadata,
    reference: parseOci(`oci://${where}/${metadata.name}:${metadata.version}`),
    created: new Date(0).toISOString(),
    provenance: undefined,
  });
}
