/** Tries inputs one after another in a process of its own, which is ended when it no longer answers. */
import { tryInput } from './fuzz.ts';
import { targets } from './targets.ts';

const [first, boundMs] = process.argv.slice(2).map(Number);

for (let seed = first ?? 1; process.connected; seed += 1) {
  const target = targets[seed % targets.length];
  if (target === undefined) break;
  await say({ at: seed });
  const finding = tryInput(target, seed, boundMs ?? 10_000);
  if (finding !== undefined) await say({ finding });
}

function say(message: object): Promise<void> {
  return new Promise((resolve) => {
    process.send?.(message, () => resolve());
  });
}
