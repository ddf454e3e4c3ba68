/** `test` (helm 3.19 cmd/helm/release_testing.go). */
import { asError, messageOf } from '../../runtime/mod.ts';
import type { ReleaseHook } from '../storage/mod.ts';
import { command, refuse } from './context.ts';
import { printRelease } from './status-print.ts';

export const test = command({
  usage: 'test [RELEASE]',
  help: 'Runs the test hooks of a release, one after the other.',
  args: { least: 1, most: 1 },
  flags: [
    {
      name: 'filter',
      type: 'list',
      default: [],
      help: 'specify tests by attribute (currently "name") using attribute=value syntax or \'!attribute=value\' to exclude a test (can specify multiple or separate values with commas: name=test1,name=test2)',
    },
    {
      name: 'hide-notes',
      type: 'bool',
      default: false,
      help: 'if set, do not show notes in test output. Does not affect presence in chart metadata',
    },
    {
      name: 'logs',
      type: 'bool',
      default: false,
      help: 'dump the logs from test pods (this runs after all tests are complete, but before any cleanup)',
    },
    {
      name: 'timeout',
      type: 'duration',
      default: 300_000,
      help: 'time to wait for any individual Kubernetes operation (like Jobs for hooks)',
    },
  ],
  run: async (context, [releaseName = ''], flags) => {
    const { engine, kube } = await context.cluster();
    const namespace = await context.namespace();
    const { only, except } = filtersOf(flags.filter);
    let failure: Error | undefined;
    const release = await engine
      .test({
        releaseName,
        namespace,
        timeoutMs: flags.timeout,
        only,
        except,
        signal: context.signal,
      })
      .catch(async (thrown: unknown) => {
        failure = asError(thrown);
        return engine.latest({ releaseName, namespace });
      });
    if (release === undefined) throw failure ?? refuse('release: not found');
    context.out(printRelease(release, 'table', { hideNotes: flags['hide-notes'] }));
    if (flags.logs) {
      context.out('\n');
      for (const hook of byWeight(release.hooks)) {
        if (except.includes(hook.name) || (only.length > 0 && !only.includes(hook.name))) continue;
        const path = `/api/v1/namespaces/${namespace}/pods/${hook.name}/log`;
        const text = await kube.raw('GET', path).catch((thrown: unknown) => {
          throw refuse(`unable to get pod logs for ${hook.name}: ${messageOf(thrown)}`);
        });
        context.out(`POD LOGS: ${hook.name}\n${text}\n`);
      }
    }
    if (failure !== undefined) throw failure;
  },
});

const byWeight = (hooks: readonly ReleaseHook[]) =>
  hooks.filter(({ events }) => events.includes('test')).sort((a, b) => a.weight - b.weight);

/** `name=x` and `!name=x`; other words are passed over, as in Helm. */
function filtersOf(filters: readonly string[]): { only: string[]; except: string[] } {
  const named = (prefix: string) =>
    filters.filter((each) => each.startsWith(prefix)).map((each) => each.slice(prefix.length));
  return { only: named('name='), except: named('!name=') };
}
