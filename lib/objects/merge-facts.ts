/** How lists and maps of built-in kinds merge. Read by merge-metadata.ts, which explains the format. Written by hack/kube-types.ts from Kubernetes v1.34.4. */

export const mergeKinds = `
admissionregistration.k8s.io/v1 admissionregistration.v1 MutatingWebhookConfiguration ValidatingAdmissionPolicy ValidatingAdmissionPolicyBinding ValidatingWebhookConfiguration
admissionregistration.k8s.io/v1alpha1 admissionregistration.v1alpha1 MutatingAdmissionPolicy MutatingAdmissionPolicyBinding
admissionregistration.k8s.io/v1beta1 admissionregistration.v1beta1 MutatingAdmissionPolicy MutatingAdmissionPolicyBinding
apiextensions.k8s.io/v1 apiextensions.v1 CustomResourceDefinition
apiregistration.k8s.io/v1 apiregistration.v1 APIService
apps/v1 apps.v1 ControllerRevision DaemonSet Deployment ReplicaSet StatefulSet
authentication.k8s.io/v1 authentication.v1 SelfSubjectReview TokenRequest TokenReview
authorization.k8s.io/v1 authorization.v1 LocalSubjectAccessReview SelfSubjectAccessReview SelfSubjectRulesReview SubjectAccessReview
autoscaling/v1 autoscaling.v1 HorizontalPodAutoscaler Scale
autoscaling/v2 autoscaling.v2 HorizontalPodAutoscaler
batch/v1 batch.v1 CronJob Job
certificates.k8s.io/v1 certificates.v1 CertificateSigningRequest
certificates.k8s.io/v1alpha1 certificates.v1alpha1 ClusterTrustBundle PodCertificateRequest
certificates.k8s.io/v1beta1 certificates.v1beta1 ClusterTrustBundle
coordination.k8s.io/v1 coordination.v1 Lease
coordination.k8s.io/v1alpha2 coordination.v1alpha2 LeaseCandidate
coordination.k8s.io/v1beta1 coordination.v1beta1 LeaseCandidate
discovery.k8s.io/v1 discovery.v1 EndpointSlice
events.k8s.io/v1 events.v1 Event
flowcontrol.apiserver.k8s.io/v1 flowcontrol.v1 FlowSchema PriorityLevelConfiguration
internal.apiserver.k8s.io/v1alpha1 apiserverinternal.v1alpha1 StorageVersion
networking.k8s.io/v1 networking.v1 IPAddress Ingress IngressClass NetworkPolicy ServiceCIDR
networking.k8s.io/v1beta1 networking.v1beta1 IPAddress ServiceCIDR
node.k8s.io/v1 node.v1 RuntimeClass
policy/v1 policy.v1 Eviction PodDisruptionBudget
rbac.authorization.k8s.io/v1 rbac.v1 ClusterRole ClusterRoleBinding Role RoleBinding
resource.k8s.io/v1 resource.v1 DeviceClass ResourceClaim ResourceClaimTemplate ResourceSlice
resource.k8s.io/v1alpha3 resource.v1alpha3 DeviceTaintRule
resource.k8s.io/v1beta1 resource.v1beta1 DeviceClass ResourceClaim ResourceClaimTemplate ResourceSlice
resource.k8s.io/v1beta2 resource.v1beta2 DeviceClass ResourceClaim ResourceClaimTemplate ResourceSlice
scheduling.k8s.io/v1 scheduling.v1 PriorityClass
storage.k8s.io/v1 storage.v1 CSIDriver CSINode CSIStorageCapacity StorageClass VolumeAttachment VolumeAttributesClass
storage.k8s.io/v1alpha1 storage.v1alpha1 VolumeAttributesClass
storage.k8s.io/v1beta1 storage.v1beta1 VolumeAttributesClass
storagemigration.k8s.io/v1alpha1 storagemigration.v1alpha1 StorageVersionMigration
v1 core.v1 Binding ComponentStatus ConfigMap Endpoints Event LimitRange Namespace Node PersistentVolume PersistentVolumeClaim Pod PodTemplate ReplicationController ResourceQuota Secret Service ServiceAccount
v1 meta.v1 Status
`;

export const mergeTypes = `
admissionregistration.v1.MatchResources;excludeResourceRules=[.NamedRuleWithOperations A;namespaceSelector=meta.v1.LabelSelector A;objectSelector=meta.v1.LabelSelector A;resourceRules=[.NamedRuleWithOperations A
admissionregistration.v1.MutatingWebhook;admissionReviewVersions=[ A;matchConditions=[ m:name M:name;namespaceSelector=meta.v1.LabelSelector A;objectSelector=meta.v1.LabelSelector A;rules=[.RuleWithOperations A
admissionregistration.v1.MutatingWebhookConfiguration;webhooks=[.MutatingWebhook m:name M:name
admissionregistration.v1.NamedRuleWithOperations;apiGroups=[ A;apiVersions=[ A;operations=[ A;resourceNames=[ A;resources=[ A
admissionregistration.v1.ParamRef;selector=meta.v1.LabelSelector A
admissionregistration.v1.RuleWithOperations;apiGroups=[ A;apiVersions=[ A;operations=[ A;resources=[ A
admissionregistration.v1.TypeChecking;expressionWarnings=[ A
admissionregistration.v1.ValidatingAdmissionPolicy;spec=.ValidatingAdmissionPolicySpec;status=.ValidatingAdmissionPolicyStatus
admissionregistration.v1.ValidatingAdmissionPolicyBinding;spec=.ValidatingAdmissionPolicyBindingSpec
admissionregistration.v1.ValidatingAdmissionPolicyBindingSpec;matchResources=.MatchResources A;paramRef=.ParamRef A;validationActions=[ S
admissionregistration.v1.ValidatingAdmissionPolicySpec;auditAnnotations=[ A;matchConditions=[ m:name M:name;matchConstraints=.MatchResources A;paramKind= A;validations=[ A;variables=[ m:name M:name
admissionregistration.v1.ValidatingAdmissionPolicyStatus;conditions=[ M:type;typeChecking=.TypeChecking
admissionregistration.v1.ValidatingWebhook;admissionReviewVersions=[ A;matchConditions=[ m:name M:name;namespaceSelector=meta.v1.LabelSelector A;objectSelector=meta.v1.LabelSelector A;rules=[.RuleWithOperations A
admissionregistration.v1.ValidatingWebhookConfiguration;webhooks=[.ValidatingWebhook m:name M:name
admissionregistration.v1alpha1.MatchResources;excludeResourceRules=[.NamedRuleWithOperations A;namespaceSelector=meta.v1.LabelSelector A;objectSelector=meta.v1.LabelSelector A;resourceRules=[.NamedRuleWithOperations A
admissionregistration.v1alpha1.MutatingAdmissionPolicy;spec=.MutatingAdmissionPolicySpec
admissionregistration.v1alpha1.MutatingAdmissionPolicyBinding;spec=.MutatingAdmissionPolicyBindingSpec
admissionregistration.v1alpha1.MutatingAdmissionPolicyBindingSpec;matchResources=.MatchResources A;paramRef=.ParamRef A
admissionregistration.v1alpha1.MutatingAdmissionPolicySpec;matchConditions=[ m:name M:name;matchConstraints=.MatchResources A;mutations=[ A;paramKind= A;variables=[ A
admissionregistration.v1alpha1.NamedRuleWithOperations;apiGroups=[ A;apiVersions=[ A;operations=[ A;resourceNames=[ A;resources=[ A
admissionregistration.v1alpha1.ParamRef;selector=meta.v1.LabelSelector A
admissionregistration.v1beta1.MatchResources;excludeResourceRules=[.NamedRuleWithOperations A;namespaceSelector=meta.v1.LabelSelector A;objectSelector=meta.v1.LabelSelector A;resourceRules=[.NamedRuleWithOperations A
admissionregistration.v1beta1.MutatingAdmissionPolicy;spec=.MutatingAdmissionPolicySpec
admissionregistration.v1beta1.MutatingAdmissionPolicyBinding;spec=.MutatingAdmissionPolicyBindingSpec
admissionregistration.v1beta1.MutatingAdmissionPolicyBindingSpec;matchResources=.MatchResources A;paramRef=.ParamRef A
admissionregistration.v1beta1.MutatingAdmissionPolicySpec;matchConditions=[ m:name M:name;matchConstraints=.MatchResources A;mutations=[ A;paramKind= A;variables=[ A
admissionregistration.v1beta1.NamedRuleWithOperations;apiGroups=[ A;apiVersions=[ A;operations=[ A;resourceNames=[ A;resources=[ A
admissionregistration.v1beta1.ParamRef;selector=meta.v1.LabelSelector A
apiextensions.v1.CustomResourceConversion;webhook=.WebhookConversion
apiextensions.v1.CustomResourceDefinition;spec=.CustomResourceDefinitionSpec;status=.CustomResourceDefinitionStatus
apiextensions.v1.CustomResourceDefinitionNames;categories=[ A;shortNames=[ A
apiextensions.v1.CustomResourceDefinitionSpec;conversion=.CustomResourceConversion;names=.CustomResourceDefinitionNames;versions=[.CustomResourceDefinitionVersion A
apiextensions.v1.CustomResourceDefinitionStatus;acceptedNames=.CustomResourceDefinitionNames;conditions=[ M:type;storedVersions=[ A
apiextensions.v1.CustomResourceDefinitionVersion;additionalPrinterColumns=[ A;schema=.CustomResourceValidation;selectableFields=[ A
apiextensions.v1.CustomResourceValidation;openAPIV3Schema=.JSONSchemaProps
apiextensions.v1.JSONSchemaProps;allOf=[.JSONSchemaProps A;anyOf=[.JSONSchemaProps A;definitions={.JSONSchemaProps;enum=[ A;not=.JSONSchemaProps;oneOf=[.JSONSchemaProps A;patternProperties={.JSONSchemaProps;properties={.JSONSchemaProps;required=[ A;x-kubernetes-list-map-keys=[ A;x-kubernetes-validations=[ m:rule M:rule
apiextensions.v1.WebhookConversion;conversionReviewVersions=[ A
apiregistration.v1.APIService;spec=.APIServiceSpec;status=.APIServiceStatus
apiregistration.v1.APIServiceSpec;caBundle= A
apiregistration.v1.APIServiceStatus;conditions=[ m:type M:type
apiserverinternal.v1alpha1.ServerStorageVersion;decodableVersions=[ S;servedVersions=[ S
apiserverinternal.v1alpha1.StorageVersion;status=.StorageVersionStatus
apiserverinternal.v1alpha1.StorageVersionStatus;conditions=[ M:type;storageVersions=[.ServerStorageVersion M:apiServerID
apps.v1.DaemonSet;spec=.DaemonSetSpec;status=.DaemonSetStatus
apps.v1.DaemonSetSpec;selector=meta.v1.LabelSelector A;template=core.v1.PodTemplateSpec
apps.v1.DaemonSetStatus;conditions=[ m:type M:type
apps.v1.Deployment;spec=.DeploymentSpec;status=.DeploymentStatus
apps.v1.DeploymentSpec;selector=meta.v1.LabelSelector A;strategy= k;template=core.v1.PodTemplateSpec
apps.v1.DeploymentStatus;conditions=[ m:type M:type
apps.v1.ReplicaSet;spec=.ReplicaSetSpec;status=.ReplicaSetStatus
apps.v1.ReplicaSetSpec;selector=meta.v1.LabelSelector A;template=core.v1.PodTemplateSpec
apps.v1.ReplicaSetStatus;conditions=[ m:type M:type
apps.v1.StatefulSet;spec=.StatefulSetSpec;status=.StatefulSetStatus
apps.v1.StatefulSetSpec;selector=meta.v1.LabelSelector A;template=core.v1.PodTemplateSpec;volumeClaimTemplates=[core.v1.PersistentVolumeClaim A
apps.v1.StatefulSetStatus;conditions=[ m:type M:type
authentication.v1.SelfSubjectReview;status=.SelfSubjectReviewStatus
authentication.v1.SelfSubjectReviewStatus;userInfo=.UserInfo
authentication.v1.TokenRequest;spec=.TokenRequestSpec
authentication.v1.TokenRequestSpec;audiences=[ A
authentication.v1.TokenReview;spec=.TokenReviewSpec;status=.TokenReviewStatus
authentication.v1.TokenReviewSpec;audiences=[ A
authentication.v1.TokenReviewStatus;audiences=[ A;user=.UserInfo
authentication.v1.UserInfo;groups=[ A
authorization.v1.FieldSelectorAttributes;requirements=[meta.v1.FieldSelectorRequirement A
authorization.v1.LabelSelectorAttributes;requirements=[meta.v1.LabelSelectorRequirement A
authorization.v1.LocalSubjectAccessReview;spec=.SubjectAccessReviewSpec
authorization.v1.NonResourceRule;nonResourceURLs=[ A;verbs=[ A
authorization.v1.ResourceAttributes;fieldSelector=.FieldSelectorAttributes;labelSelector=.LabelSelectorAttributes
authorization.v1.ResourceRule;apiGroups=[ A;resourceNames=[ A;resources=[ A;verbs=[ A
authorization.v1.SelfSubjectAccessReview;spec=.SelfSubjectAccessReviewSpec
authorization.v1.SelfSubjectAccessReviewSpec;resourceAttributes=.ResourceAttributes
authorization.v1.SelfSubjectRulesReview;status=.SubjectRulesReviewStatus
authorization.v1.SubjectAccessReview;spec=.SubjectAccessReviewSpec
authorization.v1.SubjectAccessReviewSpec;groups=[ A;resourceAttributes=.ResourceAttributes
authorization.v1.SubjectRulesReviewStatus;nonResourceRules=[.NonResourceRule A;resourceRules=[.ResourceRule A
autoscaling.v1.HorizontalPodAutoscaler;spec=.HorizontalPodAutoscalerSpec
autoscaling.v1.HorizontalPodAutoscalerSpec;scaleTargetRef= A
autoscaling.v2.ExternalMetricSource;metric=.MetricIdentifier
autoscaling.v2.ExternalMetricStatus;metric=.MetricIdentifier
autoscaling.v2.HPAScalingRules;policies=[ A
autoscaling.v2.HorizontalPodAutoscaler;spec=.HorizontalPodAutoscalerSpec;status=.HorizontalPodAutoscalerStatus
autoscaling.v2.HorizontalPodAutoscalerBehavior;scaleDown=.HPAScalingRules;scaleUp=.HPAScalingRules
autoscaling.v2.HorizontalPodAutoscalerSpec;behavior=.HorizontalPodAutoscalerBehavior;metrics=[.MetricSpec A
autoscaling.v2.HorizontalPodAutoscalerStatus;conditions=[ m:type M:type;currentMetrics=[.MetricStatus A
autoscaling.v2.MetricIdentifier;selector=meta.v1.LabelSelector A
autoscaling.v2.MetricSpec;external=.ExternalMetricSource;object=.ObjectMetricSource;pods=.PodsMetricSource
autoscaling.v2.MetricStatus;external=.ExternalMetricStatus;object=.ObjectMetricStatus;pods=.PodsMetricStatus
autoscaling.v2.ObjectMetricSource;metric=.MetricIdentifier
autoscaling.v2.ObjectMetricStatus;metric=.MetricIdentifier
autoscaling.v2.PodsMetricSource;metric=.MetricIdentifier
autoscaling.v2.PodsMetricStatus;metric=.MetricIdentifier
batch.v1.CronJob;spec=.CronJobSpec;status=.CronJobStatus
batch.v1.CronJobSpec;jobTemplate=.JobTemplateSpec
batch.v1.CronJobStatus;active=[ A
batch.v1.Job;spec=.JobSpec;status=.JobStatus
batch.v1.JobSpec;podFailurePolicy=.PodFailurePolicy;selector=meta.v1.LabelSelector A;successPolicy=.SuccessPolicy;template=core.v1.PodTemplateSpec
batch.v1.JobStatus;conditions=[ m:type A;uncountedTerminatedPods=.UncountedTerminatedPods
batch.v1.JobTemplateSpec;spec=.JobSpec
batch.v1.PodFailurePolicy;rules=[.PodFailurePolicyRule A
batch.v1.PodFailurePolicyOnExitCodesRequirement;values=[ S
batch.v1.PodFailurePolicyRule;onExitCodes=.PodFailurePolicyOnExitCodesRequirement;onPodConditions=[ A
batch.v1.SuccessPolicy;rules=[ A
batch.v1.UncountedTerminatedPods;failed=[ S;succeeded=[ S
certificates.v1.CertificateSigningRequest;spec=.CertificateSigningRequestSpec;status=.CertificateSigningRequestStatus
certificates.v1.CertificateSigningRequestSpec;groups=[ A;request= A;usages=[ A
certificates.v1.CertificateSigningRequestStatus;certificate= A;conditions=[ M:type
certificates.v1alpha1.PodCertificateRequest;status=.PodCertificateRequestStatus
certificates.v1alpha1.PodCertificateRequestStatus;conditions=[ m:type M:type
core.v1.Affinity;nodeAffinity=.NodeAffinity;podAffinity=.PodAffinity;podAntiAffinity=.PodAntiAffinity
core.v1.Binding;target= A
core.v1.CSIPersistentVolumeSource;controllerExpandSecretRef= A;controllerPublishSecretRef= A;nodeExpandSecretRef= A;nodePublishSecretRef= A;nodeStageSecretRef= A
core.v1.CSIVolumeSource;nodePublishSecretRef= A
core.v1.Capabilities;add=[ A;drop=[ A
core.v1.CephFSPersistentVolumeSource;monitors=[ A;secretRef= A
core.v1.CephFSVolumeSource;monitors=[ A;secretRef= A
core.v1.CinderPersistentVolumeSource;secretRef= A
core.v1.CinderVolumeSource;secretRef= A
core.v1.ClusterTrustBundleProjection;labelSelector=meta.v1.LabelSelector A
core.v1.ComponentStatus;conditions=[ m:type M:type
core.v1.ConfigMapProjection;items=[ A
core.v1.ConfigMapVolumeSource;items=[ A
core.v1.Container;args=[ A;command=[ A;env=[.EnvVar m:name M:name;envFrom=[ A;lifecycle=.Lifecycle;livenessProbe=.Probe;ports=[ m:containerPort M:containerPort,protocol;readinessProbe=.Probe;resizePolicy=[ A;resources=.ResourceRequirements;restartPolicyRules=[.ContainerRestartRule A;securityContext=.SecurityContext;startupProbe=.Probe;volumeDevices=[ m:devicePath M:devicePath;volumeMounts=[ m:mountPath M:mountPath
core.v1.ContainerImage;names=[ A
core.v1.ContainerRestartRule;exitCodes=.ContainerRestartRuleOnExitCodes
core.v1.ContainerRestartRuleOnExitCodes;values=[ S
core.v1.ContainerStatus;allocatedResourcesStatus=[.ResourceStatus m:name M:name;resources=.ResourceRequirements;user=.ContainerUser;volumeMounts=[ m:mountPath M:mountPath
core.v1.ContainerUser;linux=.LinuxContainerUser
core.v1.DownwardAPIProjection;items=[.DownwardAPIVolumeFile A
core.v1.DownwardAPIVolumeFile;fieldRef= A;resourceFieldRef= A
core.v1.DownwardAPIVolumeSource;items=[.DownwardAPIVolumeFile A
core.v1.EndpointAddress;targetRef= A
core.v1.EndpointSubset;addresses=[.EndpointAddress A;notReadyAddresses=[.EndpointAddress A;ports=[ A
core.v1.Endpoints;subsets=[.EndpointSubset A
core.v1.EnvVar;valueFrom=.EnvVarSource
core.v1.EnvVarSource;configMapKeyRef= A;fieldRef= A;fileKeyRef= A;resourceFieldRef= A;secretKeyRef= A
core.v1.EphemeralContainer;args=[ A;command=[ A;env=[.EnvVar m:name M:name;envFrom=[ A;lifecycle=.Lifecycle;livenessProbe=.Probe;ports=[ m:containerPort M:containerPort,protocol;readinessProbe=.Probe;resizePolicy=[ A;resources=.ResourceRequirements;restartPolicyRules=[.ContainerRestartRule A;securityContext=.SecurityContext;startupProbe=.Probe;volumeDevices=[ m:devicePath M:devicePath;volumeMounts=[ m:mountPath M:mountPath
core.v1.EphemeralVolumeSource;volumeClaimTemplate=.PersistentVolumeClaimTemplate
core.v1.Event;involvedObject= A;related= A
core.v1.ExecAction;command=[ A
core.v1.FCVolumeSource;targetWWNs=[ A;wwids=[ A
core.v1.FlexPersistentVolumeSource;secretRef= A
core.v1.FlexVolumeSource;secretRef= A
core.v1.HTTPGetAction;httpHeaders=[ A
core.v1.HostAlias;hostnames=[ A
core.v1.ISCSIPersistentVolumeSource;portals=[ A;secretRef= A
core.v1.ISCSIVolumeSource;portals=[ A;secretRef= A
core.v1.Lifecycle;postStart=.LifecycleHandler;preStop=.LifecycleHandler
core.v1.LifecycleHandler;exec=.ExecAction;httpGet=.HTTPGetAction
core.v1.LimitRange;spec=.LimitRangeSpec
core.v1.LimitRangeSpec;limits=[ A
core.v1.LinuxContainerUser;supplementalGroups=[ A
core.v1.LoadBalancerIngress;ports=[ A
core.v1.LoadBalancerStatus;ingress=[.LoadBalancerIngress A
core.v1.Namespace;spec=.NamespaceSpec;status=.NamespaceStatus
core.v1.NamespaceSpec;finalizers=[ A
core.v1.NamespaceStatus;conditions=[ m:type M:type
core.v1.Node;spec=.NodeSpec;status=.NodeStatus
core.v1.NodeAffinity;preferredDuringSchedulingIgnoredDuringExecution=[.PreferredSchedulingTerm A;requiredDuringSchedulingIgnoredDuringExecution=.NodeSelector A
core.v1.NodeSelector;nodeSelectorTerms=[.NodeSelectorTerm A
core.v1.NodeSelectorRequirement;values=[ A
core.v1.NodeSelectorTerm;matchExpressions=[.NodeSelectorRequirement A;matchFields=[.NodeSelectorRequirement A
core.v1.NodeSpec;podCIDRs=[ m S;taints=[ A
core.v1.NodeStatus;addresses=[ m:type M:type;conditions=[ m:type M:type;images=[.ContainerImage A;runtimeHandlers=[ A;volumesAttached=[ A;volumesInUse=[ A
core.v1.PersistentVolume;spec=.PersistentVolumeSpec
core.v1.PersistentVolumeClaim;spec=.PersistentVolumeClaimSpec;status=.PersistentVolumeClaimStatus
core.v1.PersistentVolumeClaimSpec;accessModes=[ A;dataSource= A;selector=meta.v1.LabelSelector A
core.v1.PersistentVolumeClaimStatus;accessModes=[ A;conditions=[ m:type M:type
core.v1.PersistentVolumeClaimTemplate;spec=.PersistentVolumeClaimSpec
core.v1.PersistentVolumeSpec;accessModes=[ A;cephfs=.CephFSPersistentVolumeSource;cinder=.CinderPersistentVolumeSource;claimRef= A;csi=.CSIPersistentVolumeSource;fc=.FCVolumeSource;flexVolume=.FlexPersistentVolumeSource;iscsi=.ISCSIPersistentVolumeSource;mountOptions=[ A;nodeAffinity=.VolumeNodeAffinity;rbd=.RBDPersistentVolumeSource;scaleIO=.ScaleIOPersistentVolumeSource;storageos=.StorageOSPersistentVolumeSource
core.v1.Pod;spec=.PodSpec;status=.PodStatus
core.v1.PodAffinity;preferredDuringSchedulingIgnoredDuringExecution=[.WeightedPodAffinityTerm A;requiredDuringSchedulingIgnoredDuringExecution=[.PodAffinityTerm A
core.v1.PodAffinityTerm;labelSelector=meta.v1.LabelSelector A;matchLabelKeys=[ A;mismatchLabelKeys=[ A;namespaceSelector=meta.v1.LabelSelector A;namespaces=[ A
core.v1.PodAntiAffinity;preferredDuringSchedulingIgnoredDuringExecution=[.WeightedPodAffinityTerm A;requiredDuringSchedulingIgnoredDuringExecution=[.PodAffinityTerm A
core.v1.PodDNSConfig;nameservers=[ A;options=[ A;searches=[ A
core.v1.PodExtendedResourceClaimStatus;requestMappings=[ A
core.v1.PodSecurityContext;supplementalGroups=[ A;sysctls=[ A
core.v1.PodSpec;affinity=.Affinity;containers=[.Container m:name M:name;dnsConfig=.PodDNSConfig;ephemeralContainers=[.EphemeralContainer m:name M:name;hostAliases=[.HostAlias m:ip M:ip;imagePullSecrets=[ m:name M:name;initContainers=[.Container m:name M:name;nodeSelector={ A;readinessGates=[ A;resourceClaims=[ mk:name M:name;resources=.ResourceRequirements;schedulingGates=[ m:name M:name;securityContext=.PodSecurityContext;tolerations=[ A;topologySpreadConstraints=[.TopologySpreadConstraint m:topologyKey M:topologyKey,whenUnsatisfiable;volumes=[.Volume mk:name M:name
core.v1.PodStatus;conditions=[ m:type M:type;containerStatuses=[.ContainerStatus A;ephemeralContainerStatuses=[.ContainerStatus A;extendedResourceClaimStatus=.PodExtendedResourceClaimStatus;hostIPs=[ m:ip A;initContainerStatuses=[.ContainerStatus A;podIPs=[ m:ip M:ip;resourceClaimStatuses=[ mk:name M:name
core.v1.PodTemplate;template=.PodTemplateSpec
core.v1.PodTemplateSpec;spec=.PodSpec
core.v1.PreferredSchedulingTerm;preference=.NodeSelectorTerm A
core.v1.Probe;exec=.ExecAction;httpGet=.HTTPGetAction
core.v1.ProjectedVolumeSource;sources=[.VolumeProjection A
core.v1.RBDPersistentVolumeSource;monitors=[ A;secretRef= A
core.v1.RBDVolumeSource;monitors=[ A;secretRef= A
core.v1.ReplicationController;spec=.ReplicationControllerSpec;status=.ReplicationControllerStatus
core.v1.ReplicationControllerSpec;selector={ A;template=.PodTemplateSpec
core.v1.ReplicationControllerStatus;conditions=[ m:type M:type
core.v1.ResourceQuota;spec=.ResourceQuotaSpec
core.v1.ResourceQuotaSpec;scopeSelector=.ScopeSelector A;scopes=[ A
core.v1.ResourceRequirements;claims=[ M:name
core.v1.ResourceStatus;resources=[ M:resourceID
core.v1.ScaleIOPersistentVolumeSource;secretRef= A
core.v1.ScaleIOVolumeSource;secretRef= A
core.v1.ScopeSelector;matchExpressions=[.ScopedResourceSelectorRequirement A
core.v1.ScopedResourceSelectorRequirement;values=[ A
core.v1.SecretProjection;items=[ A
core.v1.SecretVolumeSource;items=[ A
core.v1.SecurityContext;capabilities=.Capabilities
core.v1.Service;spec=.ServiceSpec;status=.ServiceStatus
core.v1.ServiceAccount;imagePullSecrets=[ A;secrets=[ m:name M:name
core.v1.ServiceSpec;clusterIPs=[ A;externalIPs=[ A;ipFamilies=[ A;loadBalancerSourceRanges=[ A;ports=[ m:port M:port,protocol;selector={ A
core.v1.ServiceStatus;conditions=[ m:type M:type;loadBalancer=.LoadBalancerStatus
core.v1.StorageOSPersistentVolumeSource;secretRef= A
core.v1.StorageOSVolumeSource;secretRef= A
core.v1.TopologySelectorLabelRequirement;values=[ A
core.v1.TopologySelectorTerm;matchLabelExpressions=[.TopologySelectorLabelRequirement A
core.v1.TopologySpreadConstraint;labelSelector=meta.v1.LabelSelector A;matchLabelKeys=[ A
core.v1.Volume;cephfs=.CephFSVolumeSource;cinder=.CinderVolumeSource;configMap=.ConfigMapVolumeSource;csi=.CSIVolumeSource;downwardAPI=.DownwardAPIVolumeSource;ephemeral=.EphemeralVolumeSource;fc=.FCVolumeSource;flexVolume=.FlexVolumeSource;iscsi=.ISCSIVolumeSource;projected=.ProjectedVolumeSource;rbd=.RBDVolumeSource;scaleIO=.ScaleIOVolumeSource;secret=.SecretVolumeSource;storageos=.StorageOSVolumeSource
core.v1.VolumeNodeAffinity;required=.NodeSelector A
core.v1.VolumeProjection;clusterTrustBundle=.ClusterTrustBundleProjection;configMap=.ConfigMapProjection;downwardAPI=.DownwardAPIProjection;secret=.SecretProjection
core.v1.WeightedPodAffinityTerm;podAffinityTerm=.PodAffinityTerm
discovery.v1.Endpoint;addresses=[ S;hints=.EndpointHints;targetRef= A
discovery.v1.EndpointHints;forNodes=[ A;forZones=[ A
discovery.v1.EndpointSlice;endpoints=[.Endpoint A;ports=[ A
events.v1.Event;regarding= A;related= A
flowcontrol.v1.FlowSchema;spec=.FlowSchemaSpec;status=.FlowSchemaStatus
flowcontrol.v1.FlowSchemaSpec;rules=[.PolicyRulesWithSubjects A
flowcontrol.v1.FlowSchemaStatus;conditions=[ m:type M:type
flowcontrol.v1.NonResourcePolicyRule;nonResourceURLs=[ S;verbs=[ S
flowcontrol.v1.PolicyRulesWithSubjects;nonResourceRules=[.NonResourcePolicyRule A;resourceRules=[.ResourcePolicyRule A;subjects=[ A
flowcontrol.v1.PriorityLevelConfiguration;status=.PriorityLevelConfigurationStatus
flowcontrol.v1.PriorityLevelConfigurationStatus;conditions=[ m:type M:type
flowcontrol.v1.ResourcePolicyRule;apiGroups=[ S;namespaces=[ S;resources=[ S;verbs=[ S
meta.v1.DeleteOptions;dryRun=[ A
meta.v1.FieldSelectorRequirement;values=[ A
meta.v1.LabelSelector;matchExpressions=[.LabelSelectorRequirement A
meta.v1.LabelSelectorRequirement;values=[ A
meta.v1.ObjectMeta;finalizers=[ m S;managedFields=[ A;ownerReferences=[ m:uid M:uid
meta.v1.Status;details=.StatusDetails A
meta.v1.StatusDetails;causes=[ A
networking.v1.HTTPIngressPath;backend=.IngressBackend
networking.v1.HTTPIngressRuleValue;paths=[.HTTPIngressPath A
networking.v1.IPBlock;except=[ A
networking.v1.Ingress;spec=.IngressSpec;status=.IngressStatus
networking.v1.IngressBackend;resource= A;service=.IngressServiceBackend
networking.v1.IngressLoadBalancerIngress;ports=[ A
networking.v1.IngressLoadBalancerStatus;ingress=[.IngressLoadBalancerIngress A
networking.v1.IngressRule;http=.HTTPIngressRuleValue
networking.v1.IngressServiceBackend;port= A
networking.v1.IngressSpec;defaultBackend=.IngressBackend;rules=[.IngressRule A;tls=[.IngressTLS A
networking.v1.IngressStatus;loadBalancer=.IngressLoadBalancerStatus
networking.v1.IngressTLS;hosts=[ A
networking.v1.NetworkPolicy;spec=.NetworkPolicySpec
networking.v1.NetworkPolicyEgressRule;ports=[ A;to=[.NetworkPolicyPeer A
networking.v1.NetworkPolicyIngressRule;from=[.NetworkPolicyPeer A;ports=[ A
networking.v1.NetworkPolicyPeer;ipBlock=.IPBlock;namespaceSelector=meta.v1.LabelSelector A;podSelector=meta.v1.LabelSelector A
networking.v1.NetworkPolicySpec;egress=[.NetworkPolicyEgressRule A;ingress=[.NetworkPolicyIngressRule A;podSelector=meta.v1.LabelSelector A;policyTypes=[ A
networking.v1.ServiceCIDR;spec=.ServiceCIDRSpec;status=.ServiceCIDRStatus
networking.v1.ServiceCIDRSpec;cidrs=[ A
networking.v1.ServiceCIDRStatus;conditions=[ m:type M:type
networking.v1beta1.ServiceCIDR;spec=.ServiceCIDRSpec;status=.ServiceCIDRStatus
networking.v1beta1.ServiceCIDRSpec;cidrs=[ A
networking.v1beta1.ServiceCIDRStatus;conditions=[ m:type M:type
node.v1.RuntimeClass;scheduling=.Scheduling
node.v1.Scheduling;nodeSelector={ A;tolerations=[ A
policy.v1.Eviction;deleteOptions=meta.v1.DeleteOptions
policy.v1.PodDisruptionBudget;spec=.PodDisruptionBudgetSpec;status=.PodDisruptionBudgetStatus
policy.v1.PodDisruptionBudgetSpec;selector=meta.v1.LabelSelector r A
policy.v1.PodDisruptionBudgetStatus;conditions=[ m:type M:type
rbac.v1.AggregationRule;clusterRoleSelectors=[meta.v1.LabelSelector A
rbac.v1.ClusterRole;aggregationRule=.AggregationRule;rules=[.PolicyRule A
rbac.v1.ClusterRoleBinding;roleRef= A;subjects=[ A
rbac.v1.PolicyRule;apiGroups=[ A;nonResourceURLs=[ A;resourceNames=[ A;resources=[ A;verbs=[ A
rbac.v1.Role;rules=[.PolicyRule A
rbac.v1.RoleBinding;roleRef= A;subjects=[ A
resource.v1.AllocatedDeviceStatus;conditions=[ M:type;networkData=.NetworkDeviceData
resource.v1.AllocationResult;devices=.DeviceAllocationResult;nodeSelector=core.v1.NodeSelector A
resource.v1.CapacityRequestPolicy;validValues=[ A
resource.v1.Device;bindingConditions=[ A;bindingFailureConditions=[ A;capacity={.DeviceCapacity;consumesCounters=[ A;nodeSelector=core.v1.NodeSelector A;taints=[ A
resource.v1.DeviceAllocationConfiguration;requests=[ A
resource.v1.DeviceAllocationResult;config=[.DeviceAllocationConfiguration A;results=[.DeviceRequestAllocationResult A
resource.v1.DeviceCapacity;requestPolicy=.CapacityRequestPolicy
resource.v1.DeviceClaim;config=[.DeviceClaimConfiguration A;constraints=[.DeviceConstraint A;requests=[.DeviceRequest A
resource.v1.DeviceClaimConfiguration;requests=[ A
resource.v1.DeviceClass;spec=.DeviceClassSpec
resource.v1.DeviceClassSpec;config=[ A;selectors=[ A
resource.v1.DeviceConstraint;requests=[ A
resource.v1.DeviceRequest;exactly=.ExactDeviceRequest;firstAvailable=[.DeviceSubRequest A
resource.v1.DeviceRequestAllocationResult;bindingConditions=[ A;bindingFailureConditions=[ A;tolerations=[ A
resource.v1.DeviceSubRequest;selectors=[ A;tolerations=[ A
resource.v1.ExactDeviceRequest;selectors=[ A;tolerations=[ A
resource.v1.NetworkDeviceData;ips=[ A
resource.v1.ResourceClaim;spec=.ResourceClaimSpec;status=.ResourceClaimStatus
resource.v1.ResourceClaimSpec;devices=.DeviceClaim
resource.v1.ResourceClaimStatus;allocation=.AllocationResult;devices=[.AllocatedDeviceStatus M:driver,device,pool,shareID;reservedFor=[ m:uid M:uid
resource.v1.ResourceClaimTemplate;spec=.ResourceClaimTemplateSpec
resource.v1.ResourceClaimTemplateSpec;spec=.ResourceClaimSpec
resource.v1.ResourceSlice;spec=.ResourceSliceSpec
resource.v1.ResourceSliceSpec;devices=[.Device A;nodeSelector=core.v1.NodeSelector A;sharedCounters=[ A
resource.v1alpha3.DeviceTaintRule;spec=.DeviceTaintRuleSpec
resource.v1alpha3.DeviceTaintRuleSpec;deviceSelector=.DeviceTaintSelector
resource.v1alpha3.DeviceTaintSelector;selectors=[ A
resource.v1beta1.AllocatedDeviceStatus;conditions=[ M:type;networkData=.NetworkDeviceData
resource.v1beta1.AllocationResult;devices=.DeviceAllocationResult;nodeSelector=core.v1.NodeSelector A
resource.v1beta1.BasicDevice;bindingConditions=[ A;bindingFailureConditions=[ A;capacity={.DeviceCapacity;consumesCounters=[ A;nodeSelector=core.v1.NodeSelector A;taints=[ A
resource.v1beta1.CapacityRequestPolicy;validValues=[ A
resource.v1beta1.Device;basic=.BasicDevice
resource.v1beta1.DeviceAllocationConfiguration;requests=[ A
resource.v1beta1.DeviceAllocationResult;config=[.DeviceAllocationConfiguration A;results=[.DeviceRequestAllocationResult A
resource.v1beta1.DeviceCapacity;requestPolicy=.CapacityRequestPolicy
resource.v1beta1.DeviceClaim;config=[.DeviceClaimConfiguration A;constraints=[.DeviceConstraint A;requests=[.DeviceRequest A
resource.v1beta1.DeviceClaimConfiguration;requests=[ A
resource.v1beta1.DeviceClass;spec=.DeviceClassSpec
resource.v1beta1.DeviceClassSpec;config=[ A;selectors=[ A
resource.v1beta1.DeviceConstraint;requests=[ A
resource.v1beta1.DeviceRequest;firstAvailable=[.DeviceSubRequest A;selectors=[ A;tolerations=[ A
resource.v1beta1.DeviceRequestAllocationResult;bindingConditions=[ A;bindingFailureConditions=[ A;tolerations=[ A
resource.v1beta1.DeviceSubRequest;selectors=[ A;tolerations=[ A
resource.v1beta1.NetworkDeviceData;ips=[ A
resource.v1beta1.ResourceClaim;spec=.ResourceClaimSpec;status=.ResourceClaimStatus
resource.v1beta1.ResourceClaimSpec;devices=.DeviceClaim
resource.v1beta1.ResourceClaimStatus;allocation=.AllocationResult;devices=[.AllocatedDeviceStatus M:driver,device,pool,shareID;reservedFor=[ m:uid M:uid
resource.v1beta1.ResourceClaimTemplate;spec=.ResourceClaimTemplateSpec
resource.v1beta1.ResourceClaimTemplateSpec;spec=.ResourceClaimSpec
resource.v1beta1.ResourceSlice;spec=.ResourceSliceSpec
resource.v1beta1.ResourceSliceSpec;devices=[.Device A;nodeSelector=core.v1.NodeSelector A;sharedCounters=[ A
resource.v1beta2.AllocatedDeviceStatus;conditions=[ M:type;networkData=.NetworkDeviceData
resource.v1beta2.AllocationResult;devices=.DeviceAllocationResult;nodeSelector=core.v1.NodeSelector A
resource.v1beta2.CapacityRequestPolicy;validValues=[ A
resource.v1beta2.Device;bindingConditions=[ A;bindingFailureConditions=[ A;capacity={.DeviceCapacity;consumesCounters=[ A;nodeSelector=core.v1.NodeSelector A;taints=[ A
resource.v1beta2.DeviceAllocationConfiguration;requests=[ A
resource.v1beta2.DeviceAllocationResult;config=[.DeviceAllocationConfiguration A;results=[.DeviceRequestAllocationResult A
resource.v1beta2.DeviceCapacity;requestPolicy=.CapacityRequestPolicy
resource.v1beta2.DeviceClaim;config=[.DeviceClaimConfiguration A;constraints=[.DeviceConstraint A;requests=[.DeviceRequest A
resource.v1beta2.DeviceClaimConfiguration;requests=[ A
resource.v1beta2.DeviceClass;spec=.DeviceClassSpec
resource.v1beta2.DeviceClassSpec;config=[ A;selectors=[ A
resource.v1beta2.DeviceConstraint;requests=[ A
resource.v1beta2.DeviceRequest;exactly=.ExactDeviceRequest;firstAvailable=[.DeviceSubRequest A
resource.v1beta2.DeviceRequestAllocationResult;bindingConditions=[ A;bindingFailureConditions=[ A;tolerations=[ A
resource.v1beta2.DeviceSubRequest;selectors=[ A;tolerations=[ A
resource.v1beta2.ExactDeviceRequest;selectors=[ A;tolerations=[ A
resource.v1beta2.NetworkDeviceData;ips=[ A
resource.v1beta2.ResourceClaim;spec=.ResourceClaimSpec;status=.ResourceClaimStatus
resource.v1beta2.ResourceClaimSpec;devices=.DeviceClaim
resource.v1beta2.ResourceClaimStatus;allocation=.AllocationResult;devices=[.AllocatedDeviceStatus M:driver,device,pool,shareID;reservedFor=[ m:uid M:uid
resource.v1beta2.ResourceClaimTemplate;spec=.ResourceClaimTemplateSpec
resource.v1beta2.ResourceClaimTemplateSpec;spec=.ResourceClaimSpec
resource.v1beta2.ResourceSlice;spec=.ResourceSliceSpec
resource.v1beta2.ResourceSliceSpec;devices=[.Device A;nodeSelector=core.v1.NodeSelector A;sharedCounters=[ A
storage.v1.CSIDriver;spec=.CSIDriverSpec
storage.v1.CSIDriverSpec;tokenRequests=[ A;volumeLifecycleModes=[ S
storage.v1.CSINode;spec=.CSINodeSpec
storage.v1.CSINodeDriver;topologyKeys=[ A
storage.v1.CSINodeSpec;drivers=[.CSINodeDriver m:name M:name
storage.v1.CSIStorageCapacity;nodeTopology=meta.v1.LabelSelector A
storage.v1.StorageClass;allowedTopologies=[core.v1.TopologySelectorTerm A;mountOptions=[ A
storage.v1.VolumeAttachment;spec=.VolumeAttachmentSpec
storage.v1.VolumeAttachmentSource;inlineVolumeSpec=core.v1.PersistentVolumeSpec
storage.v1.VolumeAttachmentSpec;source=.VolumeAttachmentSource
storagemigration.v1alpha1.StorageVersionMigration;status=.StorageVersionMigrationStatus
storagemigration.v1alpha1.StorageVersionMigrationStatus;conditions=[ m:type M:type
`;
