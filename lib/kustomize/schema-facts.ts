/** How lists of built-in kinds merge and which kinds have no namespace, as kustomize 5.7.1 (kyaml 0.20.1, Kubernetes v1.21.2) knows them. Read by schema.ts, which explains the format. Written by hack/kustomize/facts. */

export const kindFacts = `
admission.k8s.io/v1 DeleteOptions WatchEvent
admission.k8s.io/v1beta1 DeleteOptions WatchEvent
admissionregistration.k8s.io/v1 -MutatingWebhookConfiguration=admissionregistration.v1.MutatingWebhookConfiguration -ValidatingWebhookConfiguration=admissionregistration.v1.ValidatingWebhookConfiguration DeleteOptions MutatingWebhookConfigurationList=admissionregistration.v1.MutatingWebhookConfigurationList ValidatingWebhookConfigurationList=admissionregistration.v1.ValidatingWebhookConfigurationList WatchEvent
admissionregistration.k8s.io/v1beta1 -MutatingWebhookConfiguration=admissionregistration.v1beta1.MutatingWebhookConfiguration -ValidatingWebhookConfiguration=admissionregistration.v1beta1.ValidatingWebhookConfiguration DeleteOptions MutatingWebhookConfigurationList=admissionregistration.v1beta1.MutatingWebhookConfigurationList ValidatingWebhookConfigurationList=admissionregistration.v1beta1.ValidatingWebhookConfigurationList WatchEvent
apiextensions.k8s.io/v1 -CustomResourceDefinition=apiextensions.v1.CustomResourceDefinition CustomResourceDefinitionList=apiextensions.v1.CustomResourceDefinitionList DeleteOptions WatchEvent
apiextensions.k8s.io/v1beta1 -CustomResourceDefinition=apiextensions.v1beta1.CustomResourceDefinition CustomResourceDefinitionList=apiextensions.v1beta1.CustomResourceDefinitionList DeleteOptions WatchEvent
apiregistration.k8s.io/v1 -APIService=apiregistration.v1.APIService APIServiceList=apiregistration.v1.APIServiceList DeleteOptions WatchEvent
apiregistration.k8s.io/v1beta1 -APIService=apiregistration.v1beta1.APIService APIServiceList=apiregistration.v1beta1.APIServiceList DeleteOptions WatchEvent
apps/v1 ControllerRevision=apps.v1.ControllerRevision ControllerRevisionList=apps.v1.ControllerRevisionList DaemonSet=apps.v1.DaemonSet DaemonSetList=apps.v1.DaemonSetList DeleteOptions Deployment=apps.v1.Deployment DeploymentList=apps.v1.DeploymentList ReplicaSet=apps.v1.ReplicaSet ReplicaSetList=apps.v1.ReplicaSetList StatefulSet=apps.v1.StatefulSet StatefulSetList=apps.v1.StatefulSetList WatchEvent
apps/v1beta1 DeleteOptions WatchEvent
apps/v1beta2 DeleteOptions WatchEvent
authentication.k8s.io/v1 DeleteOptions TokenRequest=authentication.v1.TokenRequest TokenReview=authentication.v1.TokenReview WatchEvent
authentication.k8s.io/v1beta1 DeleteOptions TokenReview=authentication.v1beta1.TokenReview WatchEvent
authorization.k8s.io/v1 DeleteOptions LocalSubjectAccessReview=authorization.v1.LocalSubjectAccessReview SelfSubjectAccessReview=authorization.v1.SelfSubjectAccessReview SelfSubjectRulesReview=authorization.v1.SelfSubjectRulesReview SubjectAccessReview=authorization.v1.SubjectAccessReview WatchEvent
authorization.k8s.io/v1beta1 DeleteOptions LocalSubjectAccessReview=authorization.v1beta1.LocalSubjectAccessReview SelfSubjectAccessReview=authorization.v1beta1.SelfSubjectAccessReview SelfSubjectRulesReview=authorization.v1beta1.SelfSubjectRulesReview SubjectAccessReview=authorization.v1beta1.SubjectAccessReview WatchEvent
autoscaling/v1 DeleteOptions HorizontalPodAutoscaler=autoscaling.v1.HorizontalPodAutoscaler HorizontalPodAutoscalerList=autoscaling.v1.HorizontalPodAutoscalerList Scale=autoscaling.v1.Scale WatchEvent
autoscaling/v2beta1 DeleteOptions HorizontalPodAutoscaler=autoscaling.v2beta1.HorizontalPodAutoscaler HorizontalPodAutoscalerList=autoscaling.v2beta1.HorizontalPodAutoscalerList WatchEvent
autoscaling/v2beta2 DeleteOptions HorizontalPodAutoscaler=autoscaling.v2beta2.HorizontalPodAutoscaler HorizontalPodAutoscalerList=autoscaling.v2beta2.HorizontalPodAutoscalerList WatchEvent
batch/v1 CronJob=batch.v1.CronJob CronJobList=batch.v1.CronJobList DeleteOptions Job=batch.v1.Job JobList=batch.v1.JobList WatchEvent
batch/v1beta1 CronJob=batch.v1beta1.CronJob CronJobList=batch.v1beta1.CronJobList DeleteOptions WatchEvent
certificates.k8s.io/v1 -CertificateSigningRequest=certificates.v1.CertificateSigningRequest CertificateSigningRequestList=certificates.v1.CertificateSigningRequestList DeleteOptions WatchEvent
certificates.k8s.io/v1beta1 -CertificateSigningRequest=certificates.v1beta1.CertificateSigningRequest CertificateSigningRequestList=certificates.v1beta1.CertificateSigningRequestList DeleteOptions WatchEvent
coordination.k8s.io/v1 DeleteOptions Lease=coordination.v1.Lease LeaseList=coordination.v1.LeaseList WatchEvent
coordination.k8s.io/v1beta1 DeleteOptions Lease=coordination.v1beta1.Lease LeaseList=coordination.v1beta1.LeaseList WatchEvent
discovery.k8s.io/v1 DeleteOptions EndpointSlice=discovery.v1.EndpointSlice EndpointSliceList=discovery.v1.EndpointSliceList WatchEvent
discovery.k8s.io/v1beta1 DeleteOptions EndpointSlice=discovery.v1beta1.EndpointSlice EndpointSliceList=discovery.v1beta1.EndpointSliceList WatchEvent
events.k8s.io/v1 DeleteOptions Event=events.v1.Event EventList=events.v1.EventList WatchEvent
events.k8s.io/v1beta1 DeleteOptions Event=events.v1beta1.Event EventList=events.v1beta1.EventList WatchEvent
extensions/v1beta1 DeleteOptions Ingress=extensions.v1beta1.Ingress IngressList=extensions.v1beta1.IngressList WatchEvent
flowcontrol.apiserver.k8s.io/v1alpha1 DeleteOptions WatchEvent
flowcontrol.apiserver.k8s.io/v1beta1 -FlowSchema=flowcontrol.v1beta1.FlowSchema -PriorityLevelConfiguration=flowcontrol.v1beta1.PriorityLevelConfiguration DeleteOptions FlowSchemaList=flowcontrol.v1beta1.FlowSchemaList PriorityLevelConfigurationList=flowcontrol.v1beta1.PriorityLevelConfigurationList WatchEvent
imagepolicy.k8s.io/v1alpha1 DeleteOptions WatchEvent
internal.apiserver.k8s.io/v1alpha1 DeleteOptions WatchEvent
kustomize.config.k8s.io/v1beta1 ConfigMapArgs GeneratorArgs Kustomization=apps.v1.Kustomization KvPairSources SecretArgs
networking.k8s.io/v1 -IngressClass=networking.v1.IngressClass DeleteOptions Ingress=networking.v1.Ingress IngressClassList=networking.v1.IngressClassList IngressList=networking.v1.IngressList NetworkPolicy=networking.v1.NetworkPolicy NetworkPolicyList=networking.v1.NetworkPolicyList WatchEvent
networking.k8s.io/v1beta1 -IngressClass=networking.v1beta1.IngressClass DeleteOptions Ingress=networking.v1beta1.Ingress IngressClassList=networking.v1beta1.IngressClassList IngressList=networking.v1beta1.IngressList WatchEvent
node.k8s.io/v1 -RuntimeClass=node.v1.RuntimeClass DeleteOptions RuntimeClassList=node.v1.RuntimeClassList WatchEvent
node.k8s.io/v1alpha1 DeleteOptions WatchEvent
node.k8s.io/v1beta1 -RuntimeClass=node.v1beta1.RuntimeClass DeleteOptions RuntimeClassList=node.v1beta1.RuntimeClassList WatchEvent
policy/v1 DeleteOptions PodDisruptionBudget=policy.v1.PodDisruptionBudget PodDisruptionBudgetList=policy.v1.PodDisruptionBudgetList WatchEvent
policy/v1beta1 -PodSecurityPolicy=policy.v1beta1.PodSecurityPolicy DeleteOptions Eviction=policy.v1beta1.Eviction PodDisruptionBudget=policy.v1beta1.PodDisruptionBudget PodDisruptionBudgetList=policy.v1beta1.PodDisruptionBudgetList PodSecurityPolicyList=policy.v1beta1.PodSecurityPolicyList WatchEvent
rbac.authorization.k8s.io/v1 -ClusterRole=rbac.v1.ClusterRole -ClusterRoleBinding=rbac.v1.ClusterRoleBinding ClusterRoleBindingList=rbac.v1.ClusterRoleBindingList ClusterRoleList=rbac.v1.ClusterRoleList DeleteOptions Role=rbac.v1.Role RoleBinding=rbac.v1.RoleBinding RoleBindingList=rbac.v1.RoleBindingList RoleList=rbac.v1.RoleList WatchEvent
rbac.authorization.k8s.io/v1alpha1 DeleteOptions WatchEvent
rbac.authorization.k8s.io/v1beta1 -ClusterRole=rbac.v1beta1.ClusterRole -ClusterRoleBinding=rbac.v1beta1.ClusterRoleBinding ClusterRoleBindingList=rbac.v1beta1.ClusterRoleBindingList ClusterRoleList=rbac.v1beta1.ClusterRoleList DeleteOptions Role=rbac.v1beta1.Role RoleBinding=rbac.v1beta1.RoleBinding RoleBindingList=rbac.v1beta1.RoleBindingList RoleList=rbac.v1beta1.RoleList WatchEvent
scheduling.k8s.io/v1 -PriorityClass=scheduling.v1.PriorityClass DeleteOptions PriorityClassList=scheduling.v1.PriorityClassList WatchEvent
scheduling.k8s.io/v1alpha1 DeleteOptions WatchEvent
scheduling.k8s.io/v1beta1 -PriorityClass=scheduling.v1beta1.PriorityClass DeleteOptions PriorityClassList=scheduling.v1beta1.PriorityClassList WatchEvent
storage.k8s.io/v1 -CSIDriver=storage.v1.CSIDriver -CSINode=storage.v1.CSINode -StorageClass=storage.v1.StorageClass -VolumeAttachment=storage.v1.VolumeAttachment CSIDriverList=storage.v1.CSIDriverList CSINodeList=storage.v1.CSINodeList DeleteOptions StorageClassList=storage.v1.StorageClassList VolumeAttachmentList=storage.v1.VolumeAttachmentList WatchEvent
storage.k8s.io/v1alpha1 DeleteOptions WatchEvent
storage.k8s.io/v1beta1 -CSIDriver=storage.v1beta1.CSIDriver -CSINode=storage.v1beta1.CSINode -StorageClass=storage.v1beta1.StorageClass -VolumeAttachment=storage.v1beta1.VolumeAttachment CSIDriverList=storage.v1beta1.CSIDriverList CSINodeList=storage.v1beta1.CSINodeList CSIStorageCapacity=storage.v1beta1.CSIStorageCapacity CSIStorageCapacityList=storage.v1beta1.CSIStorageCapacityList DeleteOptions StorageClassList=storage.v1beta1.StorageClassList VolumeAttachmentList=storage.v1beta1.VolumeAttachmentList WatchEvent
v1 -ComponentStatus=core.v1.ComponentStatus -Namespace=core.v1.Namespace -Node=core.v1.Node -PersistentVolume=core.v1.PersistentVolume APIGroup APIGroupList APIResourceList APIVersions Binding=core.v1.Binding ComponentStatusList=core.v1.ComponentStatusList ConfigMap=core.v1.ConfigMap ConfigMapList=core.v1.ConfigMapList DeleteOptions Endpoints=core.v1.Endpoints EndpointsList=core.v1.EndpointsList Event=core.v1.Event EventList=core.v1.EventList LimitRange=core.v1.LimitRange LimitRangeList=core.v1.LimitRangeList NamespaceList=core.v1.NamespaceList NodeList=core.v1.NodeList PersistentVolumeClaim=core.v1.PersistentVolumeClaim PersistentVolumeClaimList=core.v1.PersistentVolumeClaimList PersistentVolumeList=core.v1.PersistentVolumeList Pod=core.v1.Pod PodList=core.v1.PodList PodTemplate=core.v1.PodTemplate PodTemplateList=core.v1.PodTemplateList ReplicationController=core.v1.ReplicationController ReplicationControllerList=core.v1.ReplicationControllerList ResourceQuota=core.v1.ResourceQuota ResourceQuotaList=core.v1.ResourceQuotaList Secret=core.v1.Secret SecretList=core.v1.SecretList Service=core.v1.Service ServiceAccount=core.v1.ServiceAccount ServiceAccountList=core.v1.ServiceAccountList ServiceList=core.v1.ServiceList Status WatchEvent
`;

export const typeFacts = `
admissionregistration.v1.MutatingWebhookConfiguration;metadata=meta.v1.ObjectMeta;webhooks=[ m:name
admissionregistration.v1.MutatingWebhookConfigurationList;items=[admissionregistration.v1.MutatingWebhookConfiguration
admissionregistration.v1.ValidatingWebhookConfiguration;metadata=meta.v1.ObjectMeta;webhooks=[ m:name
admissionregistration.v1.ValidatingWebhookConfigurationList;items=[admissionregistration.v1.ValidatingWebhookConfiguration
admissionregistration.v1beta1.MutatingWebhookConfiguration;metadata=meta.v1.ObjectMeta;webhooks=[ m:name
admissionregistration.v1beta1.MutatingWebhookConfigurationList;items=[admissionregistration.v1beta1.MutatingWebhookConfiguration
admissionregistration.v1beta1.ValidatingWebhookConfiguration;metadata=meta.v1.ObjectMeta;webhooks=[ m:name
admissionregistration.v1beta1.ValidatingWebhookConfigurationList;items=[admissionregistration.v1beta1.ValidatingWebhookConfiguration
apps.v1.ControllerRevision;metadata=meta.v1.ObjectMeta
apps.v1.ControllerRevisionList;items=[apps.v1.ControllerRevision
apps.v1.DaemonSet;metadata=meta.v1.ObjectMeta;spec=apps.v1.DaemonSetSpec;status=apps.v1.DaemonSetStatus
apps.v1.DaemonSetList;items=[apps.v1.DaemonSet
apps.v1.DaemonSetSpec;template=core.v1.PodTemplateSpec
apps.v1.DaemonSetStatus;conditions=[ m:type
apps.v1.Deployment;metadata=meta.v1.ObjectMeta;spec=apps.v1.DeploymentSpec;status=apps.v1.DeploymentStatus
apps.v1.DeploymentList;items=[apps.v1.Deployment
apps.v1.DeploymentSpec;template=core.v1.PodTemplateSpec
apps.v1.DeploymentStatus;conditions=[ m:type
apps.v1.Kustomization;configMapGenerator=[ m:name;secretGenerator=[ m:name
apps.v1.ReplicaSet;metadata=meta.v1.ObjectMeta;spec=apps.v1.ReplicaSetSpec;status=apps.v1.ReplicaSetStatus
apps.v1.ReplicaSetList;items=[apps.v1.ReplicaSet
apps.v1.ReplicaSetSpec;template=core.v1.PodTemplateSpec
apps.v1.ReplicaSetStatus;conditions=[ m:type
apps.v1.StatefulSet;metadata=meta.v1.ObjectMeta;spec=apps.v1.StatefulSetSpec;status=apps.v1.StatefulSetStatus
apps.v1.StatefulSetList;items=[apps.v1.StatefulSet
apps.v1.StatefulSetSpec;template=core.v1.PodTemplateSpec;volumeClaimTemplates=[core.v1.PersistentVolumeClaim
apps.v1.StatefulSetStatus;conditions=[ m:type
authentication.v1.TokenRequest;metadata=meta.v1.ObjectMeta
authentication.v1.TokenReview;metadata=meta.v1.ObjectMeta
authentication.v1beta1.TokenReview;metadata=meta.v1.ObjectMeta
authorization.v1.LocalSubjectAccessReview;metadata=meta.v1.ObjectMeta
authorization.v1.SelfSubjectAccessReview;metadata=meta.v1.ObjectMeta
authorization.v1.SelfSubjectRulesReview;metadata=meta.v1.ObjectMeta
authorization.v1.SubjectAccessReview;metadata=meta.v1.ObjectMeta
authorization.v1beta1.LocalSubjectAccessReview;metadata=meta.v1.ObjectMeta
authorization.v1beta1.SelfSubjectAccessReview;metadata=meta.v1.ObjectMeta
authorization.v1beta1.SelfSubjectRulesReview;metadata=meta.v1.ObjectMeta
authorization.v1beta1.SubjectAccessReview;metadata=meta.v1.ObjectMeta
autoscaling.v1.HorizontalPodAutoscaler;metadata=meta.v1.ObjectMeta
autoscaling.v1.HorizontalPodAutoscalerList;items=[autoscaling.v1.HorizontalPodAutoscaler
autoscaling.v1.Scale;metadata=meta.v1.ObjectMeta
autoscaling.v2beta1.HorizontalPodAutoscaler;metadata=meta.v1.ObjectMeta
autoscaling.v2beta1.HorizontalPodAutoscalerList;items=[autoscaling.v2beta1.HorizontalPodAutoscaler
autoscaling.v2beta2.HorizontalPodAutoscaler;metadata=meta.v1.ObjectMeta
autoscaling.v2beta2.HorizontalPodAutoscalerList;items=[autoscaling.v2beta2.HorizontalPodAutoscaler
batch.v1.CronJob;metadata=meta.v1.ObjectMeta;spec=batch.v1.CronJobSpec
batch.v1.CronJobList;items=[batch.v1.CronJob
batch.v1.CronJobSpec;jobTemplate=batch.v1.JobTemplateSpec
batch.v1.Job;metadata=meta.v1.ObjectMeta;spec=batch.v1.JobSpec;status=batch.v1.JobStatus
batch.v1.JobList;items=[batch.v1.Job
batch.v1.JobSpec;template=core.v1.PodTemplateSpec
batch.v1.JobStatus;conditions=[ m:type
batch.v1.JobTemplateSpec;metadata=meta.v1.ObjectMeta;spec=batch.v1.JobSpec
batch.v1beta1.CronJob;metadata=meta.v1.ObjectMeta;spec=batch.v1beta1.CronJobSpec
batch.v1beta1.CronJobList;items=[batch.v1beta1.CronJob
batch.v1beta1.CronJobSpec;jobTemplate=batch.v1beta1.JobTemplateSpec
batch.v1beta1.JobTemplateSpec;metadata=meta.v1.ObjectMeta;spec=batch.v1.JobSpec
certificates.v1.CertificateSigningRequest;metadata=meta.v1.ObjectMeta
certificates.v1.CertificateSigningRequestList;items=[certificates.v1.CertificateSigningRequest
certificates.v1beta1.CertificateSigningRequest;metadata=meta.v1.ObjectMeta
certificates.v1beta1.CertificateSigningRequestList;items=[certificates.v1beta1.CertificateSigningRequest
coordination.v1.Lease;metadata=meta.v1.ObjectMeta
coordination.v1.LeaseList;items=[coordination.v1.Lease
coordination.v1beta1.Lease;metadata=meta.v1.ObjectMeta
coordination.v1beta1.LeaseList;items=[coordination.v1beta1.Lease
core.v1.Binding;metadata=meta.v1.ObjectMeta
core.v1.ComponentStatus;conditions=[ m:type;metadata=meta.v1.ObjectMeta
core.v1.ComponentStatusList;items=[core.v1.ComponentStatus
core.v1.ConfigMap;metadata=meta.v1.ObjectMeta
core.v1.ConfigMapList;items=[core.v1.ConfigMap
core.v1.Container;env=[ m:name;ports=[ m:containerPort,protocol;volumeDevices=[ m:devicePath;volumeMounts=[ m:mountPath
core.v1.Endpoints;metadata=meta.v1.ObjectMeta
core.v1.EndpointsList;items=[core.v1.Endpoints
core.v1.EphemeralContainer;env=[ m:name;volumeDevices=[ m:devicePath;volumeMounts=[ m:mountPath
core.v1.EphemeralVolumeSource;volumeClaimTemplate=core.v1.PersistentVolumeClaimTemplate
core.v1.Event;metadata=meta.v1.ObjectMeta
core.v1.EventList;items=[core.v1.Event
core.v1.LimitRange;metadata=meta.v1.ObjectMeta
core.v1.LimitRangeList;items=[core.v1.LimitRange
core.v1.Namespace;metadata=meta.v1.ObjectMeta;status=core.v1.NamespaceStatus
core.v1.NamespaceList;items=[core.v1.Namespace
core.v1.NamespaceStatus;conditions=[ m:type
core.v1.Node;metadata=meta.v1.ObjectMeta;spec=core.v1.NodeSpec;status=core.v1.NodeStatus
core.v1.NodeList;items=[core.v1.Node
core.v1.NodeSpec;podCIDRs=[ m:
core.v1.NodeStatus;addresses=[ m:type;conditions=[ m:type
core.v1.PersistentVolume;metadata=meta.v1.ObjectMeta
core.v1.PersistentVolumeClaim;metadata=meta.v1.ObjectMeta;status=core.v1.PersistentVolumeClaimStatus
core.v1.PersistentVolumeClaimList;items=[core.v1.PersistentVolumeClaim
core.v1.PersistentVolumeClaimStatus;conditions=[ m:type
core.v1.PersistentVolumeClaimTemplate;metadata=meta.v1.ObjectMeta
core.v1.PersistentVolumeList;items=[core.v1.PersistentVolume
core.v1.Pod;metadata=meta.v1.ObjectMeta;spec=core.v1.PodSpec;status=core.v1.PodStatus
core.v1.PodList;items=[core.v1.Pod
core.v1.PodSpec;containers=[core.v1.Container m:name;ephemeralContainers=[core.v1.EphemeralContainer m:name;hostAliases=[ m:ip;imagePullSecrets=[ m:name;initContainers=[core.v1.Container m:name;topologySpreadConstraints=[ m:topologyKey,whenUnsatisfiable;volumes=[core.v1.Volume m:name
core.v1.PodStatus;conditions=[ m:type;podIPs=[ m:ip
core.v1.PodTemplate;metadata=meta.v1.ObjectMeta;template=core.v1.PodTemplateSpec
core.v1.PodTemplateList;items=[core.v1.PodTemplate
core.v1.PodTemplateSpec;metadata=meta.v1.ObjectMeta;spec=core.v1.PodSpec
core.v1.ReplicationController;metadata=meta.v1.ObjectMeta;spec=core.v1.ReplicationControllerSpec;status=core.v1.ReplicationControllerStatus
core.v1.ReplicationControllerList;items=[core.v1.ReplicationController
core.v1.ReplicationControllerSpec;template=core.v1.PodTemplateSpec
core.v1.ReplicationControllerStatus;conditions=[ m:type
core.v1.ResourceQuota;metadata=meta.v1.ObjectMeta
core.v1.ResourceQuotaList;items=[core.v1.ResourceQuota
core.v1.Secret;metadata=meta.v1.ObjectMeta
core.v1.SecretList;items=[core.v1.Secret
core.v1.Service;metadata=meta.v1.ObjectMeta;spec=core.v1.ServiceSpec;status=core.v1.ServiceStatus
core.v1.ServiceAccount;metadata=meta.v1.ObjectMeta;secrets=[ m:name
core.v1.ServiceAccountList;items=[core.v1.ServiceAccount
core.v1.ServiceList;items=[core.v1.Service
core.v1.ServiceSpec;ports=[ m:port,protocol
core.v1.ServiceStatus;conditions=[ m:type
core.v1.Volume;ephemeral=core.v1.EphemeralVolumeSource
discovery.v1.EndpointSlice;metadata=meta.v1.ObjectMeta
discovery.v1.EndpointSliceList;items=[discovery.v1.EndpointSlice
discovery.v1beta1.EndpointSlice;metadata=meta.v1.ObjectMeta
discovery.v1beta1.EndpointSliceList;items=[discovery.v1beta1.EndpointSlice
events.v1.Event;metadata=meta.v1.ObjectMeta
events.v1.EventList;items=[events.v1.Event
events.v1beta1.Event;metadata=meta.v1.ObjectMeta
events.v1beta1.EventList;items=[events.v1beta1.Event
extensions.v1beta1.Ingress;metadata=meta.v1.ObjectMeta
extensions.v1beta1.IngressList;items=[extensions.v1beta1.Ingress
flowcontrol.v1beta1.FlowSchema;metadata=meta.v1.ObjectMeta
flowcontrol.v1beta1.FlowSchemaList;items=[flowcontrol.v1beta1.FlowSchema
flowcontrol.v1beta1.PriorityLevelConfiguration;metadata=meta.v1.ObjectMeta
flowcontrol.v1beta1.PriorityLevelConfigurationList;items=[flowcontrol.v1beta1.PriorityLevelConfiguration
networking.v1.Ingress;metadata=meta.v1.ObjectMeta
networking.v1.IngressClass;metadata=meta.v1.ObjectMeta
networking.v1.IngressClassList;items=[networking.v1.IngressClass
networking.v1.IngressList;items=[networking.v1.Ingress
networking.v1.NetworkPolicy;metadata=meta.v1.ObjectMeta
networking.v1.NetworkPolicyList;items=[networking.v1.NetworkPolicy
networking.v1beta1.Ingress;metadata=meta.v1.ObjectMeta
networking.v1beta1.IngressClass;metadata=meta.v1.ObjectMeta
networking.v1beta1.IngressClassList;items=[networking.v1beta1.IngressClass
networking.v1beta1.IngressList;items=[networking.v1beta1.Ingress
node.v1.RuntimeClass;metadata=meta.v1.ObjectMeta
node.v1.RuntimeClassList;items=[node.v1.RuntimeClass
node.v1beta1.RuntimeClass;metadata=meta.v1.ObjectMeta
node.v1beta1.RuntimeClassList;items=[node.v1beta1.RuntimeClass
policy.v1.PodDisruptionBudget;metadata=meta.v1.ObjectMeta;status=policy.v1.PodDisruptionBudgetStatus
policy.v1.PodDisruptionBudgetList;items=[policy.v1.PodDisruptionBudget
policy.v1.PodDisruptionBudgetStatus;conditions=[ m:type
policy.v1beta1.Eviction;metadata=meta.v1.ObjectMeta
policy.v1beta1.PodDisruptionBudget;metadata=meta.v1.ObjectMeta;status=policy.v1beta1.PodDisruptionBudgetStatus
policy.v1beta1.PodDisruptionBudgetList;items=[policy.v1beta1.PodDisruptionBudget
policy.v1beta1.PodDisruptionBudgetStatus;conditions=[ m:type
policy.v1beta1.PodSecurityPolicy;metadata=meta.v1.ObjectMeta
policy.v1beta1.PodSecurityPolicyList;items=[policy.v1beta1.PodSecurityPolicy
rbac.v1.ClusterRole;metadata=meta.v1.ObjectMeta
rbac.v1.ClusterRoleBinding;metadata=meta.v1.ObjectMeta
rbac.v1.ClusterRoleBindingList;items=[rbac.v1.ClusterRoleBinding
rbac.v1.ClusterRoleList;items=[rbac.v1.ClusterRole
rbac.v1.Role;metadata=meta.v1.ObjectMeta
rbac.v1.RoleBinding;metadata=meta.v1.ObjectMeta
rbac.v1.RoleBindingList;items=[rbac.v1.RoleBinding
rbac.v1.RoleList;items=[rbac.v1.Role
rbac.v1beta1.ClusterRole;metadata=meta.v1.ObjectMeta
rbac.v1beta1.ClusterRoleBinding;metadata=meta.v1.ObjectMeta
rbac.v1beta1.ClusterRoleBindingList;items=[rbac.v1beta1.ClusterRoleBinding
rbac.v1beta1.ClusterRoleList;items=[rbac.v1beta1.ClusterRole
rbac.v1beta1.Role;metadata=meta.v1.ObjectMeta
rbac.v1beta1.RoleBinding;metadata=meta.v1.ObjectMeta
rbac.v1beta1.RoleBindingList;items=[rbac.v1beta1.RoleBinding
rbac.v1beta1.RoleList;items=[rbac.v1beta1.Role
scheduling.v1.PriorityClass;metadata=meta.v1.ObjectMeta
scheduling.v1.PriorityClassList;items=[scheduling.v1.PriorityClass
scheduling.v1beta1.PriorityClass;metadata=meta.v1.ObjectMeta
scheduling.v1beta1.PriorityClassList;items=[scheduling.v1beta1.PriorityClass
storage.v1.CSIDriver;metadata=meta.v1.ObjectMeta
storage.v1.CSIDriverList;items=[storage.v1.CSIDriver
storage.v1.CSINode;metadata=meta.v1.ObjectMeta;spec=storage.v1.CSINodeSpec
storage.v1.CSINodeList;items=[storage.v1.CSINode
storage.v1.CSINodeSpec;drivers=[ m:name
storage.v1.StorageClass;metadata=meta.v1.ObjectMeta
storage.v1.StorageClassList;items=[storage.v1.StorageClass
storage.v1.VolumeAttachment;metadata=meta.v1.ObjectMeta
storage.v1.VolumeAttachmentList;items=[storage.v1.VolumeAttachment
storage.v1beta1.CSIDriver;metadata=meta.v1.ObjectMeta
storage.v1beta1.CSIDriverList;items=[storage.v1beta1.CSIDriver
storage.v1beta1.CSINode;metadata=meta.v1.ObjectMeta;spec=storage.v1beta1.CSINodeSpec
storage.v1beta1.CSINodeList;items=[storage.v1beta1.CSINode
storage.v1beta1.CSINodeSpec;drivers=[ m:name
storage.v1beta1.CSIStorageCapacity;metadata=meta.v1.ObjectMeta
storage.v1beta1.CSIStorageCapacityList;items=[storage.v1beta1.CSIStorageCapacity
storage.v1beta1.StorageClass;metadata=meta.v1.ObjectMeta
storage.v1beta1.StorageClassList;items=[storage.v1beta1.StorageClass
storage.v1beta1.VolumeAttachment;metadata=meta.v1.ObjectMeta
storage.v1beta1.VolumeAttachmentList;items=[storage.v1beta1.VolumeAttachment
apiextensions.v1.CustomResourceDefinition;metadata=meta.v1.ObjectMeta
apiextensions.v1.CustomResourceDefinitionList;items=[apiextensions.v1.CustomResourceDefinition
apiextensions.v1beta1.CustomResourceDefinition;metadata=meta.v1.ObjectMeta
apiextensions.v1beta1.CustomResourceDefinitionList;items=[apiextensions.v1beta1.CustomResourceDefinition
meta.v1.ObjectMeta;finalizers=[ m:;ownerReferences=[ m:uid
apiregistration.v1.APIService;metadata=meta.v1.ObjectMeta;status=apiregistration.v1.APIServiceStatus
apiregistration.v1.APIServiceList;items=[apiregistration.v1.APIService
apiregistration.v1.APIServiceStatus;conditions=[ m:type
apiregistration.v1beta1.APIService;metadata=meta.v1.ObjectMeta;status=apiregistration.v1beta1.APIServiceStatus
apiregistration.v1beta1.APIServiceList;items=[apiregistration.v1beta1.APIService
apiregistration.v1beta1.APIServiceStatus;conditions=[ m:type
`;
