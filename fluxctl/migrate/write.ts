/** Writes a plan into the folder that it was made from: new files beside the old ones, markers into those that stay. */
import { mkdir, writeFile } from 'node:fs/promises';
import path from 'node:path';
import type { KubeObject } from '../../lib/objects/mod.ts';
import type { Gathered } from './gather.ts';
import { releaseYaml, yamlOf } from './plan.ts';
import type { Plan } from './plan.ts';
import { isRefused } from './notes.ts';

/** Where objects go that belong to no file of the folder. */
const ownFolder = 'flux-v2';

/** @returns the files that were written, relative to the folder */
export async function writeFiles(root: string, gathered: Gathered, plan: Plan): Promise<string[]> {
  const files = new Map<string, string>(plan.edited);
  const append = (file: string, text: string) => {
    const before = files.get(file);
    files.set(file, before === undefined ? text : `${before}---\n${text}`);
  };
  const written = new Set<KubeObject>();
  for (const planned of plan.releases) {
    if (isRefused(planned.converted.notes)) continue;
    const old = gathered.fileOf.get(planned.converted.from) ?? `${ownFolder}/releases.yaml`;
    const { sourceObject } = planned;
    if (sourceObject !== undefined && !written.has(sourceObject)) {
      append(path.join(path.dirname(old), 'sources-v2.yaml'), yamlOf(sourceObject));
      written.add(sourceObject);
    }
    append(old.replace(/(\.ya?ml)$/, '-v2$1'), releaseYaml(planned, plan));
  }
  for (const object of plan.images.objects) append(`${ownFolder}/images.yaml`, yamlOf(object));
  for (const object of plan.sync.objects) append(`${ownFolder}/sync.yaml`, yamlOf(object));
  for (const [file, text] of files) {
    const full = path.join(root, file);
    await mkdir(path.dirname(full), { recursive: true });
    await writeFile(full, text);
  }
  return [...files.keys()].sort();
}
