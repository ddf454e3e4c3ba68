/** `npm run demo`: the whole getting-started guide, on the sandbox, with the real programs. */
import { setTimeout as delay } from 'node:timers/promises';
import { Fault, flagUsage, messageOf, parseFlags } from '../lib/runtime/mod.ts';
import { createNarrator } from './narrator.ts';
import { setStage } from './stage.ts';
import type { Stage } from './stage.ts';
import { playStory } from './story.ts';

const flags = [
  {
    name: 'keep',
    type: 'bool',
    default: false,
    help: 'leave everything running at the end, and say how to look around',
  },
] as const;

async function main(): Promise<number> {
  const { values } = parseFlags(flags, process.argv.slice(2));
  const started = performance.now();
  const stop = new AbortController();
  const interrupt = () => {
    stop.abort(new Error('interrupted'));
  };
  process.once('SIGINT', interrupt);
  process.once('SIGTERM', interrupt);
  const narrator = createNarrator({ out: process.stdout, signal: stop.signal });
  console.log('Reflux: the getting-started guide on an embedded cluster, registry and Git server');
  const stage = await setStage();
  try {
    await playStory(stage, narrator);
    summary(stage, started);
    if (values.keep) {
      howToLookAround(stage);
      await delay(2 ** 31 - 1, undefined, { signal: stop.signal }).catch(() => undefined);
    }
    return 0;
  } catch (thrown) {
    if (stop.signal.aborted) return 130;
    console.log(`\n✗ ${messageOf(thrown)}`);
    for (const program of stage.programs) {
      console.log(
        `\nthe end of ${program.name}'s log:\n${program.log().split('\n').slice(-25).join('\n')}`,
      );
    }
    return 1;
  } finally {
    await stage.close();
  }
}

function summary(stage: Stage, started: number): void {
  const seconds = ((performance.now() - started) / 1000).toFixed(1);
  const memory = stage.programs
    .map(({ name, peakMemoryMiB }) => `${name} ${peakMemoryMiB() ?? '?'} MiB`)
    .join(', ');
  console.log(`\nDone: 9 steps in ${seconds} s. Peak memory: ${memory}.`);
}

function howToLookAround(stage: Stage): void {
  console.log(`
Everything is still running; Ctrl-C ends it. In another terminal:

  export KUBECONFIG=${stage.kubeconfig} FLUX_URL=${stage.fluxUrl}
  kubectl get hr -A
  kubectl -n dev get deploy,pods
  helm -n dev history podinfo-dev
  npx tsx fluxctl/main.ts list-workloads -a
  git clone ${stage.repositoryUrl}
  hack/ci-mock.sh -r ${stage.image} -b dev

Logs: ${stage.programs.map(({ logFile }) => logFile).join(' ')}`);
}

main().then(
  (code) => {
    process.exitCode = code;
  },
  (thrown: unknown) => {
    if (thrown instanceof Fault && thrown.reason === 'Help') {
      console.log(`Plays the getting-started guide.\n\n${flagUsage(flags)}`);
      return;
    }
    console.error(thrown instanceof Fault ? thrown.message : thrown);
    process.exitCode = 1;
  },
);
