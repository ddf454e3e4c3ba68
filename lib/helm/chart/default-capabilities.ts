/** What a chart is told of a cluster that nobody asked (helm 3.19.0, its vendored Kubernetes 1.34 client). */
export interface Capabilities {
  kubeVersion: { version: string; major: string; minor: string };
  /** `v1`, `apps/v1`, and with a cluster also `apps/v1/Deployment`. */
  apiVersions: readonly string[];
  helmVersion: { version: string; gitCommit: string; gitTreeState: string; goVersion: string };
}

const apiVersions = `v1
admissionregistration.k8s.io/v1 admissionregistration.k8s.io/v1alpha1 admissionregistration.k8s.io/v1beta1
internal.apiserver.k8s.io/v1alpha1 apps/v1 apps/v1beta1 apps/v1beta2
authentication.k8s.io/v1 authentication.k8s.io/v1alpha1 authentication.k8s.io/v1beta1
authorization.k8s.io/v1 authorization.k8s.io/v1beta1
autoscaling/v1 autoscaling/v2 autoscaling/v2beta1 autoscaling/v2beta2 batch/v1 batch/v1beta1
certificates.k8s.io/v1 certificates.k8s.io/v1beta1 certificates.k8s.io/v1alpha1
coordination.k8s.io/v1alpha2 coordination.k8s.io/v1beta1 coordination.k8s.io/v1
discovery.k8s.io/v1 discovery.k8s.io/v1beta1 events.k8s.io/v1 events.k8s.io/v1beta1 extensions/v1beta1
flowcontrol.apiserver.k8s.io/v1 flowcontrol.apiserver.k8s.io/v1beta1 flowcontrol.apiserver.k8s.io/v1beta2
flowcontrol.apiserver.k8s.io/v1beta3 networking.k8s.io/v1 networking.k8s.io/v1beta1
node.k8s.io/v1 node.k8s.io/v1alpha1 node.k8s.io/v1beta1 policy/v1 policy/v1beta1
rbac.authorization.k8s.io/v1 rbac.authorization.k8s.io/v1beta1 rbac.authorization.k8s.io/v1alpha1
resource.k8s.io/v1 resource.k8s.io/v1beta2 resource.k8s.io/v1beta1 resource.k8s.io/v1alpha3
scheduling.k8s.io/v1alpha1 scheduling.k8s.io/v1beta1 scheduling.k8s.io/v1
storage.k8s.io/v1beta1 storage.k8s.io/v1 storage.k8s.io/v1alpha1 storagemigration.k8s.io/v1alpha1
apiextensions.k8s.io/v1beta1 apiextensions.k8s.io/v1`.split(/\s+/);

export const helmVersion = {
  version: 'v3.19',
  gitCommit: '',
  gitTreeState: '',
  goVersion: 'go1.24.7',
};

export const defaultCapabilities: Capabilities = {
  kubeVersion: { version: 'v1.20.0', major: '1', minor: '20' },
  apiVersions,
  helmVersion,
};

/**
 * `--kube-version`: `1.28`, `v1.28.3`, `1.28.3-gke.1`; what follows the three numbers is dropped.
 *
 * @returns `undefined` when the text is no version
 */
export function parseKubeVersion(text: string): Capabilities['kubeVersion'] | undefined {
  const match = /^\s*v?([0-9]+)\.([0-9]+)(?:\.([0-9]+))?/.exec(text);
  if (match === null) return undefined;
  const [major, minor, patch] = [match[1] ?? '0', match[2] ?? '0', match[3] ?? '0'].map(String);
  return { version: `v${major}.${minor}.${patch}`, major: major ?? '0', minor: minor ?? '0' };
}
