/** `helm test`: the test hooks of the newest revision (helm 3.19 pkg/action/release_testing.go). */
import { HelmError } from '../chart/mod.ts';
import type { Release } from '../storage/mod.ts';
import { checkReleaseName, defaultTimeoutMs } from './context.ts';
import type { ActionContext } from './context.ts';
import type { TestOptions } from './engine.ts';
import { record, runHooks } from './hooks.ts';

/** @throws HelmError `ReleaseNotFound`, `HookFailed`; how far the tests came is stored first */
export async function testRelease(context: ActionContext, options: TestOptions): Promise<Release> {
  const { releaseName: name } = options;
  checkReleaseName(name, () => `releaseTest: Release name is invalid: ${name}`);
  const newest = (await context.store.records(name)).at(-1);
  const release = newest === undefined ? undefined : await context.store.get(name, newest.revision);
  if (release === undefined) throw new HelmError('ReleaseNotFound', name, 'release: not found');
  try {
    await runHooks(context, release, 'test', options.timeoutMs ?? defaultTimeoutMs);
  } catch (cause) {
    await record(context, release);
    throw cause;
  }
  await context.store.update(release);
  return release;
}
