/** The images of the Dockerfile, built by a Docker Engine; REFLUX_E2E_NODE_IMAGE names another base than the default. */
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterAll, describe, expect, test } from 'vitest';
import { projectRoot } from '../demo/mod.ts';
import { runProgram } from '../lib/runtime/mod.ts';
import { startDocker } from './services/docker.ts';

const folder = await mkdtemp(path.join(tmpdir(), 'reflux-e2e-image'));
const engine = await startDocker(folder);
const nodeImage = process.env.REFLUX_E2E_NODE_IMAGE ?? 'docker.io/library/node:20-bookworm-slim';

const docker = (...args: string[]) =>
  runProgram('docker', args, {
    cwd: projectRoot,
    env: {
      PATH: process.env.PATH ?? '',
      HOME: folder,
      DOCKER_HOST: typeof engine === 'string' ? '' : engine.host,
      DOCKER_BUILDKIT: '0',
    },
    timeoutMs: 20 * 60_000,
  });
const why = typeof engine === 'string' ? engine : await noBase();
if (why !== undefined) {
  process.stderr.write(`no image is built: ${why}\n`);
  // Where every test is skipped, nothing runs after them.
  await close();
}

async function noBase(): Promise<string | undefined> {
  const { exitCode, stderr } = await docker('pull', '--quiet', nodeImage);
  if (exitCode === 0) return undefined;
  const local = await docker('image', 'inspect', nodeImage);
  return local.exitCode === 0 ? undefined : stderr.toString().trim();
}

async function close(): Promise<void> {
  if (typeof engine !== 'string') await engine.close();
  await rm(folder, { recursive: true, force: true });
}

afterAll(close);

describe.skipIf(why !== undefined)('the image', () => {
  const daemon = ['git', 'ssh', 'gpg', 'tini'];
  test.each([
    ['fluxd', daemon],
    ['helm-operator', daemon],
    ['toolkit', daemon],
    ['unsealer', ['tini']],
  ])('%s', { timeout: 20 * 60_000 }, async (target, programs) => {
    const tag = `reflux/${target}:e2e`;
    const built = await docker(
      ...['build', '--network=host', '--target', target, '--tag', tag],
      ...['--build-arg', `NODE=${nodeImage}`, '.'],
    );
    expect(built.exitCode, built.stderr.toString()).toBe(0);
    const inside = (...command: string[]) =>
      docker('run', '--rm', '--read-only', '--network=none', ...command);
    const version = await inside(tag, '--version');
    // The helm-operator says it where its original did.
    expect(`${version.stdout.toString()}${version.stderr.toString()}`).toMatch(/\d+\.\d+\.\d+/);
    const who = await inside('--entrypoint=id', tag, '-u');
    expect(who.stdout.toString().trim()).toBe('65532');
    for (const program of programs)
      expect((await inside('--entrypoint=which', tag, program)).exitCode, program).toBe(0);
  });
});
