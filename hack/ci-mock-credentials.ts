/** What `docker login` has left on this machine. */
import { readFile } from 'node:fs/promises';
import path from 'node:path';
import { keychainFromDockerConfig } from '../lib/registry/mod.ts';
import type { RegistryCredentials } from '../lib/registry/mod.ts';

/** `undefined` when nobody has logged in to the registry. @throws RegistryError `BadCredentials` for a broken config */
export async function credentialsFor(
  domain: string,
  env: Readonly<Record<string, string | undefined>>,
): Promise<RegistryCredentials | undefined> {
  const file = path.join(env.DOCKER_CONFIG ?? path.join(env.HOME ?? '', '.docker'), 'config.json');
  const text = await readFile(file, 'utf8').catch((thrown: NodeJS.ErrnoException) => {
    if (thrown.code === 'ENOENT') return undefined;
    throw thrown;
  });
  return text === undefined ? undefined : keychainFromDockerConfig(text, file)(domain);
}
