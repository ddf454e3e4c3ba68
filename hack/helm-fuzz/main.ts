/**
 * Fuzzes the Helm engine: templates, YAML, JSON, charts, archives, `--set`, printf, `.helmignore`, indexes.
 *
 *     npm run fuzz -- [MINUTES] [SEED]
 *
 * Prints each input that ends with another error than one of the engine's own, or takes longer than ten seconds of
 * processor time, then `tried N, M findings`.
 */
import { fork } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { inputOf } from './fuzz.ts';
import { targets } from './targets.ts';

const minutes = Number(process.argv[2] ?? 1);
const boundMs = 10_000;
/** A worker that says nothing for so long hangs, even on a busy machine. */
const silenceMs = 120_000;
const end = Date.now() + minutes * 60_000;
const start = Number(process.argv[3] ?? 1);
const script = fileURLToPath(new URL('worker.ts', import.meta.url));
let [next, findings] = [start, 0];

while (Date.now() < end) await runWorker();
console.log(`tried ${next - start}, ${findings} findings`);
process.exitCode = findings === 0 ? 0 : 1;

/** Runs until the time is over, or the worker hangs or dies. */
function runWorker(): Promise<void> {
  return new Promise((resolve) => {
    const worker = fork(script, [String(next), String(boundMs)]);
    let heard = Date.now();
    const report = (what: unknown) => {
      findings += 1;
      console.log(JSON.stringify(what));
    };
    const stop = (what?: string) => {
      clearInterval(watch);
      if (what !== undefined) {
        const target = targets[next % targets.length];
        const input =
          target === undefined ? '' : Buffer.from(inputOf(target, next)).toString('base64');
        report({ target: target?.name, seed: next, input, what });
        next += 1;
      }
      worker.removeAllListeners();
      if (worker.exitCode !== null || worker.signalCode !== null) resolve();
      else worker.once('exit', () => resolve()).kill('SIGKILL');
    };
    const watch = setInterval(() => {
      if (Date.now() > end) stop();
      else if (Date.now() - heard > silenceMs) stop('does not end');
    }, 1000);
    worker.on('message', (message: { at?: number; finding?: unknown }) => {
      heard = Date.now();
      if (message.at !== undefined) next = message.at;
      if (message.finding !== undefined) report(message.finding);
    });
    worker.on('exit', (code, signal) => stop(`the process died: ${signal ?? code}`));
  });
}
