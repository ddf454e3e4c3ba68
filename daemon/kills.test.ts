/** fluxd killed at any moment. More of it: `REFLUX_KILLS=200 npx vitest run daemon/kills.test.ts`. */
import { expect, test } from 'vitest';
import { surviveKills } from './_kills.ts';

const count = Number(process.env.REFLUX_KILLS ?? 8);
const seed = Number(process.env.REFLUX_KILLS_SEED ?? 1);

test(
  `after ${count} kills Git, cluster and sync tag agree; nothing is lost, nothing is there twice`,
  { timeout: 120_000 + count * 30_000 },
  async () => {
    const told = count > 20;
    const found = await surviveKills({
      count,
      seed,
      onKill: (text) => {
        if (told) process.stderr.write(`${text}\n`);
      },
    });
    if (told) process.stderr.write(`${JSON.stringify(found)}\n`);
    expect(found.lost).toEqual([]);
    expect(found.withoutNote).toEqual([]);
    const builds = found.automated.map((tag) => Number(tag.slice('dev-'.length)));
    expect(builds, 'each build once, and never back').toEqual(
      [...new Set(builds)].sort((a, b) => a - b),
    );
    expect(builds.length).toBeGreaterThan(0);
    expect([found.image.git, found.image.cluster]).toEqual([found.image.want, found.image.want]);
    expect(found.settings.cluster).toEqual(found.settings.want);
    expect(found.revision.tag).toBe(found.revision.head);
    expect(found.leftTags).toEqual([]);
  },
);
