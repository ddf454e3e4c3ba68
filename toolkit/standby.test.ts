/** With leader election: a replica that stands by is alive, and not ready until it works. */
import { createServer } from 'node:net';
import type { AddressInfo } from 'node:net';
import { expect, test, vi } from 'vitest';
import { startStage } from './_harness.ts';

test('is ready once it holds the Lease', { timeout: 60_000 }, async () => {
  const port = await freePort();
  const more = ['--enable-leader-election', `--metrics-addr=127.0.0.1:${port}`];
  const stage = await startStage(more, async (kube) => {
    await kube.create({
      apiVersion: 'coordination.k8s.io/v1',
      kind: 'Lease',
      metadata: { namespace: 'default', name: 'reflux-toolkit' },
      spec: { holderIdentity: 'another', leaseDurationSeconds: 3600, leaseTransitions: 0 },
    });
  });
  const statusOf = async (path: string) => (await fetch(`http://127.0.0.1:${port}${path}`)).status;
  try {
    await vi.waitFor(async () => {
      expect(await statusOf('/healthz')).toBe(200);
    });
    expect(await statusOf('/readyz')).toBe(503);
    const lease = { apiVersion: 'coordination.k8s.io/v1', kind: 'Lease', namespace: 'default' };
    await stage.kube.delete({ ...lease, name: 'reflux-toolkit' });
    await stage.ports;
    expect(await statusOf('/readyz')).toBe(200);
  } finally {
    await stage.close();
  }
});

async function freePort(): Promise<number> {
  const server = createServer();
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  await new Promise((resolve) => server.close(resolve));
  return port;
}
