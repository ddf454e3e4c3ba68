/** The program behind ci-mock.sh. */
import { randomInt } from 'node:crypto';
import { formatImageRef, parseImageRef } from '../lib/policy/mod.ts';
import type { ImageRef } from '../lib/policy/mod.ts';
import { Fault, flagUsage, messageOf, parseFlags, systemClock } from '../lib/runtime/mod.ts';
import { buildWithDocker, findDocker } from './ci-mock-docker.ts';
import { pushSmallImage } from './ci-mock-push.ts';

const flags = [
  {
    name: 'repository',
    short: 'r',
    type: 'string',
    default: 'stefanprodan/podinfo',
    help: 'image repository, with the registry in front when it is not Docker Hub',
  },
  {
    name: 'branch',
    short: 'b',
    type: 'string',
    default: 'master',
    help: 'branch: the image is REPOSITORY:BRANCH-COMMIT',
  },
  {
    name: 'version',
    short: 'v',
    type: 'string',
    default: '',
    help: 'release: the image is REPOSITORY:VERSION, the branch does not count',
  },
  {
    name: 'no-docker',
    type: 'bool',
    default: false,
    help: 'push straight to the registry even where a Docker Engine answers',
  },
] as const;

export interface Build {
  image: ImageRef;
  commit: string;
  version: string;
  created: Date;
}

async function main(): Promise<void> {
  const { values, args } = parseFlags(flags, process.argv.slice(2));
  if (args.length > 0)
    throw new Fault('BadFlag', 'stall', args[0] ?? '', `unexpected argument: ${args[0]}`);
  const commit = Array.from(
    { length: 8 },
    () => 'abcdefghijklmnopqrstuvwxyz0123456789'[randomInt(36)],
  ).join('');
  const tag = values.version === '' ? `${values.branch}-${commit}` : values.version;
  const image = parseImageRef(`${values.repository}:${tag}`);
  const build: Build = {
    image,
    commit,
    version: values.version === '' ? '0.4.0' : values.version,
    created: systemClock.now(),
  };
  const name = formatImageRef(image);
  console.log(`>>>> Building image ${name} <<<<`);
  const docker = values['no-docker'] ? undefined : await findDocker();
  const say = (line: string) => {
    console.log(line);
  };
  if (docker === undefined) await pushSmallImage(build, process.env, say);
  else await buildWithDocker(docker, build, process.env, say);
}

main().catch((thrown: unknown) => {
  if (thrown instanceof Fault && thrown.reason === 'Help') {
    console.log(
      `Plays the CI of the getting-started guide: builds an image and pushes it.\n\n  ci-mock.sh -r REPOSITORY -b BRANCH\n  ci-mock.sh -r REPOSITORY -v VERSION\n\n${flagUsage(flags)}`,
    );
    return;
  }
  console.error(`Error: ${messageOf(thrown)}`);
  process.exitCode = thrown instanceof Fault && thrown.reason === 'BadFlag' ? 2 : 1;
});
