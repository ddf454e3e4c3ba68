/**
 * Since when Kubernetes calls a kind deprecated, when it was removed, and what replaces it (k8s.io/api 0.34, the
 * prerelease-lifecycle of each type): `apiVersion deprecated removed replacement kinds…`; `A>B` when the kind changes too.
 */
const table = `
admission.k8s.io/v1beta1 1.19 1.22 admission.k8s.io/v1 AdmissionReview
admissionregistration.k8s.io/v1alpha1 1.35 1.38 - MutatingAdmissionPolicy MutatingAdmissionPolicyBinding MutatingAdmissionPolicyBindingList MutatingAdmissionPolicyList
admissionregistration.k8s.io/v1alpha1 1.29 1.32 - ValidatingAdmissionPolicy ValidatingAdmissionPolicyBinding ValidatingAdmissionPolicyBindingList ValidatingAdmissionPolicyList
admissionregistration.k8s.io/v1beta1 1.37 1.40 - MutatingAdmissionPolicy MutatingAdmissionPolicyBinding MutatingAdmissionPolicyBindingList MutatingAdmissionPolicyList
admissionregistration.k8s.io/v1beta1 1.16 1.22 admissionregistration.k8s.io/v1 MutatingWebhookConfiguration MutatingWebhookConfigurationList ValidatingWebhookConfiguration ValidatingWebhookConfigurationList
admissionregistration.k8s.io/v1beta1 1.31 1.34 - ValidatingAdmissionPolicy ValidatingAdmissionPolicyBinding ValidatingAdmissionPolicyBindingList ValidatingAdmissionPolicyList
apidiscovery.k8s.io/v2beta1 1.32 1.35 - APIGroupDiscovery APIGroupDiscoveryList
apps/v1beta1 1.8 1.16 apps/v1 ControllerRevision ControllerRevisionList Deployment DeploymentList DeploymentRollback StatefulSet StatefulSetList
apps/v1beta1 1.8 1.16 autoscaling/v1 Scale
apps/v1beta2 1.9 1.16 apps/v1 ControllerRevision ControllerRevisionList DaemonSet DaemonSetList Deployment DeploymentList ReplicaSet ReplicaSetList StatefulSet StatefulSetList
apps/v1beta2 1.9 1.16 autoscaling/v1 Scale
authentication.k8s.io/v1alpha1 1.29 1.32 - SelfSubjectReview
authentication.k8s.io/v1beta1 1.30 1.33 - SelfSubjectReview
authentication.k8s.io/v1beta1 1.19 1.22 authentication.k8s.io/v1 TokenReview
authorization.k8s.io/v1beta1 1.19 1.22 authorization.k8s.io/v1 LocalSubjectAccessReview SelfSubjectAccessReview SelfSubjectRulesReview SubjectAccessReview
autoscaling/v2beta1 1.22 1.25 autoscaling/v2 HorizontalPodAutoscaler
autoscaling/v2beta1 1.22 1.25 autoscaling/v2beta2 HorizontalPodAutoscalerList
autoscaling/v2beta2 1.23 1.26 autoscaling/v2 HorizontalPodAutoscaler
autoscaling/v2beta2 1.22 1.25 - HorizontalPodAutoscalerList
batch/v1beta1 1.21 1.25 batch/v1 CronJob CronJobList
certificates.k8s.io/v1alpha1 1.34 1.37 - ClusterTrustBundle ClusterTrustBundleList
certificates.k8s.io/v1alpha1 1.37 1.40 - PodCertificateRequest PodCertificateRequestList
certificates.k8s.io/v1beta1 1.19 1.22 certificates.k8s.io/v1 CertificateSigningRequest CertificateSigningRequestList
certificates.k8s.io/v1beta1 1.36 1.39 - ClusterTrustBundle ClusterTrustBundleList
coordination.k8s.io/v1alpha2 1.35 1.38 - LeaseCandidate LeaseCandidateList
coordination.k8s.io/v1beta1 1.19 1.22 coordination.k8s.io/v1 Lease LeaseList
coordination.k8s.io/v1beta1 1.36 1.39 - LeaseCandidate LeaseCandidateList
discovery.k8s.io/v1beta1 1.21 1.25 discovery.k8s.io/v1 EndpointSlice EndpointSliceList>EndpointSlice
events.k8s.io/v1beta1 1.22 1.25 - Event EventList
extensions/v1beta1 1.8 1.16 apps/v1 DaemonSet DaemonSetList Deployment DeploymentList ReplicaSet ReplicaSetList
extensions/v1beta1 1.8 1.16 - DeploymentRollback
extensions/v1beta1 1.14 1.22 networking.k8s.io/v1 Ingress IngressList
extensions/v1beta1 1.9 1.16 networking.k8s.io/v1 NetworkPolicy NetworkPolicyList
extensions/v1beta1 1.2 1.16 - Scale
flowcontrol.apiserver.k8s.io/v1beta1 1.23 1.26 flowcontrol.apiserver.k8s.io/v1beta3 FlowSchema FlowSchemaList PriorityLevelConfiguration PriorityLevelConfigurationList
flowcontrol.apiserver.k8s.io/v1beta2 1.26 1.29 flowcontrol.apiserver.k8s.io/v1beta3 FlowSchema FlowSchemaList PriorityLevelConfiguration PriorityLevelConfigurationList
flowcontrol.apiserver.k8s.io/v1beta3 1.29 1.32 flowcontrol.apiserver.k8s.io/v1 FlowSchema FlowSchemaList PriorityLevelConfiguration PriorityLevelConfigurationList
networking.k8s.io/v1beta1 1.34 1.37 - IPAddress IPAddressList ServiceCIDR ServiceCIDRList
networking.k8s.io/v1beta1 1.19 1.22 networking.k8s.io/v1 Ingress IngressClass>IngressClassList IngressClassList IngressList
node.k8s.io/v1beta1 1.22 1.25 - RuntimeClass RuntimeClassList
policy/v1beta1 1.22 1.25 - Eviction
policy/v1beta1 1.21 1.25 policy/v1 PodDisruptionBudget PodDisruptionBudgetList
rbac.authorization.k8s.io/v1beta1 1.17 1.22 rbac.authorization.k8s.io/v1 ClusterRole ClusterRoleBinding ClusterRoleBindingList ClusterRoleList Role RoleBinding RoleBindingList RoleList
resource.k8s.io/v1alpha3 1.36 1.39 - DeviceTaintRule DeviceTaintRuleList
resource.k8s.io/v1beta1 1.35 1.38 - DeviceClass DeviceClassList ResourceClaim ResourceClaimList ResourceClaimTemplate ResourceClaimTemplateList ResourceSlice ResourceSliceList
resource.k8s.io/v1beta2 1.36 1.39 - DeviceClass DeviceClassList ResourceClaim ResourceClaimList ResourceClaimTemplate ResourceClaimTemplateList ResourceSlice ResourceSliceList
scheduling.k8s.io/v1beta1 1.14 1.22 scheduling.k8s.io/v1 PriorityClass PriorityClassList
storage.k8s.io/v1alpha1 1.21 1.24 storage.k8s.io/v1beta1 CSIStorageCapacity CSIStorageCapacityList
storage.k8s.io/v1alpha1 1.21 1.24 storage.k8s.io/v1 VolumeAttachment VolumeAttachmentList
storage.k8s.io/v1alpha1 1.32 1.35 storage.k8s.io/v1 VolumeAttributesClass VolumeAttributesClassList
storage.k8s.io/v1beta1 1.19 1.22 storage.k8s.io/v1 CSIDriver CSIDriverList StorageClass StorageClassList VolumeAttachment VolumeAttachmentList
storage.k8s.io/v1beta1 1.17 1.22 storage.k8s.io/v1 CSINode CSINodeList>CSINode
storage.k8s.io/v1beta1 1.24 1.27 storage.k8s.io/v1 CSIStorageCapacity CSIStorageCapacityList
storage.k8s.io/v1beta1 1.34 1.37 storage.k8s.io/v1 VolumeAttributesClass VolumeAttributesClassList
storagemigration.k8s.io/v1alpha1 1.33 1.36 - StorageVersionMigration StorageVersionMigrationList
`;

export interface Deprecation {
  /** Major and minor. */
  since: readonly [number, number];
  message: string;
}

let known: Map<string, Deprecation> | undefined;

export function deprecationOf(apiVersion: string, kind: string): Deprecation | undefined {
  known ??= readTable();
  return known.get(`${apiVersion} ${kind}`);
}

function readTable(): Map<string, Deprecation> {
  const found = new Map<string, Deprecation>();
  for (const line of table.trim().split('\n')) {
    const [apiVersion = '', since = '', removed = '-', replacement = '-', ...kinds] =
      line.split(' ');
    for (const entry of kinds) {
      const [kind = '', successor = kind] = entry.split('>');
      const [major = 0, minor = 0] = since.split('.').map(Number);
      const gone = removed === '-' ? '' : `, unavailable in v${removed}+`;
      const use = replacement === '-' ? '' : `; use ${replacement} ${successor}`;
      found.set(`${apiVersion} ${kind}`, {
        since: [major, minor],
        message: `${apiVersion} ${kind} is deprecated in v${since}+${gone}${use}`,
      });
    }
  }
  return found;
}
