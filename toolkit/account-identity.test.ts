/** Service accounts that objects name for clouds, with the gate: who is asked, and what is told when it cannot be. */
import { afterAll, beforeAll, expect, test } from 'vitest';
import { namespace, startStage } from './_harness.ts';
import type { Stage } from './_harness.ts';

let stage: Stage;
beforeAll(async () => {
  stage = await startStage(['--feature-gates=ObjectLevelWorkloadIdentity=true']);
  const metadata = { namespace, name: 'robot', annotations: { 'eks.amazonaws.com/role-arn': 'r' } };
  await stage.apply({ apiVersion: 'v1', kind: 'ServiceAccount', metadata });
}, 60_000);
afterAll(() => stage.close());

const apply = (kind: string, name: string, spec: Record<string, unknown>) =>
  stage.apply({
    apiVersion: 'source.toolkit.fluxcd.io/v1',
    kind,
    metadata: { namespace, name },
    spec: { interval: '1h', ...spec },
  });

const noRole =
  "failed to get provider identity from service account 'apps/robot' annotations: invalid eks.amazonaws.com/role-arn annotation: 'r'. must match ^arn:aws";
const ecr = '123456789012.dkr.ecr.eu-west-1.amazonaws.com/app';

test.each([
  {
    kind: 'OCIRepository',
    spec: { provider: 'aws', url: `oci://${ecr}`, serviceAccountName: 'robot' },
    why: `failed to get credential from aws: failed to get access token for artifact registry: ${noRole}`,
  },
  {
    kind: 'Bucket',
    spec: {
      provider: 'aws',
      bucketName: 'b',
      endpoint: 's3.amazonaws.com',
      serviceAccountName: 'robot',
    },
    why: noRole,
  },
  {
    kind: 'GitRepository',
    spec: {
      provider: 'azure',
      url: 'https://dev.azure.com/o/p/_git/r',
      serviceAccountName: 'robot',
    },
    why: "failed to get access token for Git repository: failed to get provider identity from service account 'apps/robot' annotations: azure tenant ID is not set in the service account annotation azure.workload.identity/tenant-id",
  },
])('$kind', async ({ kind, spec, why }) => {
  await apply(kind, 'robot', spec);
  expect(await stage.says(kind, 'robot', 'Ready', 'AuthenticationFailed')).toContain(why);
});

test('a Bucket by an account that is not there', async () => {
  await apply('Bucket', 'nobody', {
    provider: 'aws',
    bucketName: 'b',
    endpoint: 's3.amazonaws.com',
    region: 'eu-west-1',
    serviceAccountName: 'nobody',
  });
  expect(await stage.says('Bucket', 'nobody', 'Ready', 'AuthenticationFailed')).toContain(
    'failed to get service account \'apps/nobody\': ServiceAccount "nobody" not found',
  );
});
