/** Before the first test, and before those that run again after a change: bundles the programs that tests start. */
import { copyFile, mkdtemp, rm, symlink } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import type { TestProject } from 'vitest/node';
import { bundle } from './bundle.ts';
import { testedPrograms } from './programs.ts';

const root = fileURLToPath(new URL('..', import.meta.url));

/** @returns what to do after the last test */
export default async function beforeTests(project: TestProject): Promise<() => Promise<void>> {
  const folder = await mkdtemp(path.join(tmpdir(), 'reflux-bundles'));
  const bundles = path.join(folder, 'dist');
  const make = () => bundle(testedPrograms, bundles);
  await make();
  // What programs look for one folder above their own.
  await copyFile(path.join(root, 'package.json'), path.join(folder, 'package.json'));
  await symlink(path.join(root, 'crds'), path.join(folder, 'crds'));
  process.env.REFLUX_BUNDLES = bundles;
  project.onTestsRerun(make);
  return () => rm(folder, { recursive: true, force: true });
}
