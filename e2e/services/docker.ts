/** A Docker Engine: the one of the environment, else one of our own where that can be started. */
import { mkdir, readFile } from 'node:fs/promises';
import path from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import Docker from 'dockerode';
import { runToEnd, startCommand } from '../../demo/mod.ts';
import { messageOf } from '../../lib/runtime/mod.ts';
import { programFile } from './programs.ts';

export interface DockerEngine {
  /** For `DOCKER_HOST`. */
  host: string;
  docker: Docker;
  close(): Promise<void>;
}

const readyWithinMs = 30_000;

/** @returns why there is none, where there is none: an engine needs root and rights that containers lack */
export async function startDocker(folder: string): Promise<DockerEngine | string> {
  const given = new Docker();
  const answers = (docker: Docker) =>
    docker.ping().then(
      () => true,
      () => false,
    );
  if (await answers(given))
    return {
      host: process.env.DOCKER_HOST ?? 'unix:///var/run/docker.sock',
      docker: given,
      close: () => Promise.resolve(),
    };
  if (process.getuid?.() !== 0) return 'only root can start a Docker Engine';
  let file: string;
  try {
    file = await programFile('dockerd', 'docker.io');
  } catch (missing) {
    return messageOf(missing);
  }
  const home = path.join(folder, 'docker');
  await mkdir(home, { recursive: true });
  const socketPath = path.join(home, 'docker.sock');
  const engine = startCommand({
    name: 'dockerd',
    command: [file],
    args: [
      `--host=unix://${socketPath}`,
      `--data-root=${path.join(home, 'data')}`,
      `--exec-root=${path.join(home, 'exec')}`,
      `--pidfile=${path.join(home, 'pid')}`,
      // Nothing but builds: no network, no layers of the kernel's.
      '--bridge=none',
      '--iptables=false',
      '--ip6tables=false',
      '--storage-driver=vfs',
    ],
    env: {},
    logFile: path.join(home, 'log'),
  });
  const docker = new Docker({ socketPath });
  const deadline = performance.now() + readyWithinMs;
  while (!(await answers(docker))) {
    if (engine.exit() !== undefined || performance.now() > deadline) {
      await engine.stop();
      await unmountBelow(home);
      return `dockerd cannot be started here: ${engine.log().trim().split('\n').at(-1) ?? ''}`;
    }
    await delay(100);
  }
  const close = async () => {
    await engine.stop();
    await unmountBelow(home);
  };
  return { host: `unix://${socketPath}`, docker, close };
}

/** What the engine leaves mounted there, after builds with the host's network or a quick end; it cannot be removed before. */
async function unmountBelow(folder: string): Promise<void> {
  const mounts = (await readFile('/proc/self/mounts', 'utf8')).split('\n');
  const below = mounts
    .map((line) => line.split(' ')[1] ?? '')
    .filter((at) => at.startsWith(`${folder}/`));
  for (const at of below.reverse())
    await runToEnd('umount', [at], { PATH: process.env.PATH ?? '' }, folder);
}
