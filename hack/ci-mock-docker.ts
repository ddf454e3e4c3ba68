/** Builds and pushes with a Docker Engine. */
import { readFile } from 'node:fs/promises';
import { Readable } from 'node:stream';
import Docker from 'dockerode';
import { pack } from 'tar-stream';
import { canonicalName, formatImageName, formatImageRef } from '../lib/policy/mod.ts';
import type { Build } from './ci-mock.ts';
import { credentialsFor } from './ci-mock-credentials.ts';

/** The engine of the environment (`DOCKER_HOST`, or the local socket); `undefined` when none answers. */
export async function findDocker(): Promise<Docker | undefined> {
  const docker = new Docker();
  try {
    await docker.ping();
    return docker;
  } catch {
    // No engine here: the image goes straight to the registry.
    return undefined;
  }
}

export async function buildWithDocker(
  docker: Docker,
  build: Build,
  env: Readonly<Record<string, string | undefined>>,
  say: (line: string) => void,
): Promise<void> {
  const name = formatImageRef(build.image);
  const context = pack();
  context.entry(
    { name: 'Dockerfile.ci' },
    await readFile(new URL('Dockerfile.ci', import.meta.url), 'utf8'),
  );
  context.entry({ name: 'build-info.txt' }, `commit ${build.commit}\nversion ${build.version}\n`);
  context.finalize();
  const built = await docker.buildImage(Readable.from(context), {
    t: name,
    dockerfile: 'Dockerfile.ci',
    buildargs: { GITCOMMIT: build.commit, VERSION: build.version },
  });
  await follow(docker, built, (text) => {
    for (const line of text.split('\n')) if (line !== '') say(line);
  });
  say(`The push refers to repository [${formatImageName(build.image)}]`);
  const login = await credentialsFor(canonicalName(build.image).domain, env);
  const pushed = await docker.getImage(name).push({
    // Older engines want the header even where there is nothing to say.
    authconfig: { username: login?.username ?? '', password: login?.password ?? '' },
  });
  await follow(docker, pushed, () => undefined);
  say(`${build.image.tag}: pushed`);
}

/** Reads an engine's progress to its end. @throws Error with the engine's own words */
async function follow(
  docker: Docker,
  stream: NodeJS.ReadableStream,
  print: (text: string) => void,
): Promise<void> {
  await new Promise<void>((resolve, reject) => {
    docker.modem.followProgress(
      stream,
      (error: Error | null) => {
        if (error === null) resolve();
        else reject(error);
      },
      (event: { stream?: string; error?: string }) => {
        if (event.error !== undefined) reject(new Error(event.error));
        else if (event.stream !== undefined) print(event.stream);
      },
    );
  });
}
