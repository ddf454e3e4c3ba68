/** Starts the original registry of Docker where it is installed, to be compared with. For tests. */
import { spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { createInterface } from 'node:readline';

const program = 'docker-registry';

export function hasDockerRegistry(): boolean {
  return spawnSync(program, ['--version'], { stdio: 'ignore' }).status === 0;
}

export async function startDockerRegistry(): Promise<{
  host: string;
  url: string;
  close(): Promise<void>;
}> {
  const folder = await mkdtemp(path.join(tmpdir(), 'docker-registry'));
  const config = path.join(folder, 'config.yml');
  await writeFile(
    config,
    JSON.stringify({
      version: 0.1,
      log: { level: 'info', formatter: 'json' },
      storage: { filesystem: { rootdirectory: folder }, delete: { enabled: true } },
      http: { addr: '127.0.0.1:0' },
    }),
  );
  const child = spawn(program, ['serve', config], { stdio: ['ignore', 'pipe', 'pipe'] });
  child.stdout.resume();
  let host: string | undefined;
  const lines = createInterface({ input: child.stderr });
  for await (const line of lines) {
    host = /listening on ([0-9.:]+)/.exec(line)?.[1];
    if (host !== undefined) break;
  }
  child.stderr.resume();
  if (host === undefined) throw new Error(`${program} did not start`);
  return {
    host,
    url: `http://${host}`,
    close: async () => {
      const ended = once(child, 'exit');
      child.kill();
      await ended;
      await rm(folder, { recursive: true, force: true });
    },
  };
}
