/** The whole sandbox: API server, controllers, registry, Git server, together in one process. */
import { mkdir } from 'node:fs/promises';
import path from 'node:path';
import type { Clock, Logger } from '../lib/runtime/mod.ts';
import { startApiServer } from './apiserver/mod.ts';
import type { ApiServer } from './apiserver/mod.ts';
import { startControllers } from './controllers/mod.ts';
import { startGitServer } from './gitserver/mod.ts';
import type { SandboxGitServer } from './gitserver/mod.ts';
import { startRegistry } from './registry/mod.ts';
import type { SandboxRegistry } from './registry/mod.ts';

export interface SandboxOptions {
  clock: Clock;
  log: Logger;
  /** The environment of the git programs. */
  env: Readonly<Record<string, string | undefined>>;
  ports?: { api?: number; registry?: number; git?: number };
  /** Keeps the objects and the repositories here. */
  dataFolder?: string;
  /** Kubernetes version to claim, default `v1.34.0`. */
  gitVersion?: string;
  /** Images that count as existing besides those in the registry; default none. */
  alsoExists?: (image: string) => boolean;
}

export interface Sandbox {
  api: ApiServer;
  registry: SandboxRegistry;
  git: SandboxGitServer;
  /** Resolves when the controllers have acted on everything so far. */
  idle(): Promise<void>;
  close(): Promise<void>;
}

export async function startSandbox(options: SandboxOptions): Promise<Sandbox> {
  const { clock, log, env, ports = {}, dataFolder } = options;
  if (dataFolder !== undefined) await mkdir(dataFolder, { recursive: true });
  const registry = await startRegistry({ clock, port: ports.registry ?? 0 });
  const git = await startGitServer({
    env,
    port: ports.git ?? 0,
    ...(dataFolder === undefined ? {} : { folder: path.join(dataFolder, 'git') }),
  });
  const api = await startApiServer({
    clock,
    port: ports.api ?? 0,
    ...(dataFolder === undefined ? {} : { dataFolder: path.join(dataFolder, 'api') }),
    ...(options.gitVersion === undefined ? {} : { gitVersion: options.gitVersion }),
  });
  const controllers = startControllers({
    cluster: api.cluster,
    clock,
    log,
    imageExists: (image) =>
      Promise.resolve(registry.imageExists(image) || options.alsoExists?.(image) === true),
  });
  registry.onPush(() => {
    controllers.imagesChanged();
  });
  return {
    api,
    registry,
    git,
    idle: () => controllers.idle(),
    close: async () => {
      await controllers.stop();
      await Promise.all([api.close(), registry.close(), git.close()]);
    },
  };
}
