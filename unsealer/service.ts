/** For a program outside of the cluster: a Service that leads to it, so that the API server's proxy finds it. */
import type { KubeWriter } from '../lib/kube/mod.ts';

export interface ServiceOptions {
  kube: KubeWriter;
  namespace: string;
  name: string;
  /** Where the API server reaches us. */
  address: string;
  port: number;
}

/** Makes the Service, without selector, and its Endpoints; both are put right when they exist. */
export async function publishService(options: ServiceOptions): Promise<void> {
  const { kube, namespace, name, address, port } = options;
  const metadata = { namespace, name, labels: { 'app.kubernetes.io/name': 'sealed-secrets' } };
  const ownership = { fieldManager: 'sealed-secrets-controller', force: true };
  await kube.apply(
    {
      apiVersion: 'v1',
      kind: 'Service',
      metadata,
      spec: { ports: [{ name: 'http', port: 8080, targetPort: port, protocol: 'TCP' }] },
    },
    ownership,
  );
  await kube.apply(
    {
      apiVersion: 'v1',
      kind: 'Endpoints',
      metadata,
      subsets: [{ addresses: [{ ip: address }], ports: [{ name: 'http', port, protocol: 'TCP' }] }],
    },
    ownership,
  );
}
