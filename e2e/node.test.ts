import { describe, expect, test } from 'vitest';
import { statusOf } from './node.ts';
import type { Pod } from './node.ts';

const now = new Date('2026-01-01T00:00:00Z');
const pod = (restartPolicy: string, status: Pod['status'] = { phase: 'Pending' }): Pod => ({
  apiVersion: 'v1',
  kind: 'Pod',
  metadata: { name: 'x' },
  spec: {
    restartPolicy,
    containers: [
      { name: 'a', image: 'here' },
      { name: 'b', image: 'there' },
    ],
  },
  status,
});

describe('statusOf', () => {
  test.each([
    { why: 'all images are there', of: pod('Always'), want: { phase: 'Running' } },
    { why: 'a job', of: pod('Never'), want: { phase: 'Succeeded' } },
    { why: 'runs already', of: pod('Always', { phase: 'Running' }), want: undefined },
    { why: 'has ended', of: pod('Never', { phase: 'Succeeded' }), want: undefined },
  ])('$why', ({ of, want }) => {
    const status = statusOf(of, () => true, now);
    if (want === undefined) expect(status).toBeUndefined();
    else expect(status).toMatchObject(want);
  });

  test('waits for an image, and says which', () => {
    const waiting = statusOf(pod('Always'), (image) => image === 'here', now);
    expect(waiting).toMatchObject({
      phase: 'Pending',
      containerStatuses: [
        { state: { waiting: { reason: 'ContainerCreating' } } },
        {
          state: {
            waiting: { reason: 'ImagePullBackOff', message: 'Back-off pulling image "there"' },
          },
        },
      ],
    });
    const again = pod('Always', waiting as Pod['status']);
    expect(statusOf(again, (image) => image === 'here', now)).toBeUndefined();
    expect(statusOf(again, () => true, now)).toMatchObject({ phase: 'Running' });
  });
});
