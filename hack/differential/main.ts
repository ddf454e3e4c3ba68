/**
 * Renders generated templates with the real Helm engine and with ours and prints where they differ.
 *
 *     npm run differential -- [COUNT] [SEED]
 *
 * One JSON object for each difference, then `equal E of N`. Needs Go.
 */
import { compareCases } from './compare.ts';
import { buildOracle } from './oracle.ts';

const count = Number(process.argv[2] ?? 20_000);
const seed = Number(process.argv[3] ?? 1);
const oracle = await buildOracle();
if ('missing' in oracle) throw new Error(`the oracle cannot be built: ${oracle.missing}`);
try {
  let different = 0;
  const { equal, excused, compared } = await compareCases(oracle, seed, count, (difference) => {
    different += 1;
    console.log(JSON.stringify(difference));
  });
  for (const [reason, cases] of excused) console.log(`excused ${cases}: ${reason}`);
  console.log(`equal ${equal} of ${compared}, ${different} different`);
  process.exitCode = different === 0 ? 0 : 1;
} finally {
  await oracle.close();
}
