/** Files of folders on disk. */
import { readdir } from 'node:fs/promises';
import path from 'node:path';

/** Every file below a folder, without Git's own and installed packages. */
export async function filesBelow(folder: string): Promise<string[]> {
  const found: string[] = [];
  for (const entry of await readdir(folder, { withFileTypes: true })) {
    const name = path.join(folder, entry.name);
    if (entry.isDirectory()) {
      if (entry.name !== '.git' && entry.name !== 'node_modules')
        found.push(...(await filesBelow(name)));
    } else if (entry.isFile()) found.push(name);
  }
  return found;
}
