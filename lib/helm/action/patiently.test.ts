import { describe, expect, test } from 'vitest';
import { KubeError } from '../../kube/mod.ts';
import { patiently } from './patiently.ts';

/** A look whose answers are given one after the other, the last one for ever. */
function answers(...all: (boolean | Error)[]): () => Promise<boolean> {
  return () => {
    const next = all.length > 1 ? all.shift() : all[0];
    return next instanceof Error ? Promise.reject(next) : Promise.resolve(next === true);
  };
}

const away = new KubeError('ServerUnreachable', 'Pod a', 'connect ECONNREFUSED');

describe('patiently', () => {
  test('goes on looking when the server is back', async () => {
    const look = patiently(answers(away, away, true));
    expect([await look('a'), await look('a'), await look('a')]).toEqual([false, false, true]);
  });
  test('fails at once for any other reason', async () => {
    const refused = new KubeError('Forbidden', 'Pod a', 'pods is forbidden');
    await expect(patiently(answers(refused))('a')).rejects.toBe(refused);
  });
  test('fails when the server stays away', async () => {
    const look = patiently(answers(away));
    for (let looks = 0; looks < 30; looks += 1) expect(await look('a')).toBe(false);
    await expect(look('a')).rejects.toBe(away);
  });
  test('counts for each object', async () => {
    const look = patiently(answers(away));
    for (let looks = 0; looks < 30; looks += 1) await look('a');
    expect(await look('b')).toBe(false);
  });
});
