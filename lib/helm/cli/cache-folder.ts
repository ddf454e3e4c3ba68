/** Where downloaded charts and indexes are kept. */
import { homedir } from 'node:os';
import path from 'node:path';

export function cacheFolderOf(env: Readonly<Record<string, string | undefined>>): string {
  const base = env['XDG_CACHE_HOME'] ? env['XDG_CACHE_HOME'] : path.join(homedir(), '.cache');
  return path.join(base, 'reflux-helm');
}
