/** `helm test`: the test hooks of the newest revision (helm 3.19 pkg/action/release_testing.go). */
import { HelmError } from '../chart/mod.ts';
import type { Release, ReleaseHook } from '../storage/mod.ts';
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
  const { only = [], except = [] } = options;
  const runs = (hook: ReleaseHook) =>
    !except.includes(hook.name) && (only.length === 0 || only.includes(hook.name));
  const skipped = release.hooks.filter((hook) => !runs(hook));
  release.hooks = release.hooks.filter(runs);
  try {
    await runHooks(context, release, 'test', options.timeoutMs ?? defaultTimeoutMs);
  } catch (cause) {
    release.hooks = [...skipped, ...release.hooks];
    await record(context, release);
    throw cause;
  }
  release.hooks = [...skipped, ...release.hooks];
  await context.store.update(release);
  return release;
}
