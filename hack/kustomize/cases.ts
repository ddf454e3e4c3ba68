/** Kustomizations written for the golden file: what the random ones reach seldom or never. The build starts at `/app`. */

type Files = Readonly<Record<string, string>>;

const deployment = `apiVersion: apps/v1
kind: Deployment
metadata:
  name: web
spec:
  selector:
    matchLabels: {app: web}
  template:
    metadata:
      labels: {app: web}
    spec:
      containers:
      - name: main
        image: nginx:1.20
        args: ["--port", "$(PORT)"]
        envFrom:
        - configMapRef: {name: settings}
`;

const release = `apiVersion: helm.toolkit.fluxcd.io/v2
kind: HelmRelease
metadata:
  name: podinfo
spec:
  valuesFrom:
  - kind: ConfigMap
    name: podinfo-values
  - kind: Secret
    name: podinfo-secret
`;

const references = `nameReference:
- kind: ConfigMap
  version: v1
  fieldSpecs:
  - path: spec/valuesFrom/name
    kind: HelmRelease
- kind: Secret
  version: v1
  fieldSpecs:
  - path: spec/valuesFrom/name
    kind: HelmRelease
`;

const service = `apiVersion: v1
kind: Service
metadata:
  name: web
spec:
  ports:
  - port: 8080
`;

export const cases: Readonly<Record<string, Files>> = {
  'values of a HelmRelease roll over with their content': {
    'app/kustomization.yaml': `namespace: podinfo
resources: [release.yaml]
configMapGenerator:
- name: podinfo-values
  files: [values.yaml=my-values.yaml]
secretGenerator:
- name: podinfo-secret
  literals: [password=1234]
configurations: [kustomizeconfig.yaml]
`,
    'app/release.yaml': release,
    'app/my-values.yaml': 'replicaCount: 2\nui:\n  color: "#34577c"\n',
    'app/kustomizeconfig.yaml': references,
  },
  'a component patches what came before it': {
    'app/kustomization.yaml': 'resources: [../base]\ncomponents: [../tls]\nnamePrefix: prod-\n',
    'base/kustomization.yaml': 'resources: [web.yaml]\nconfigMapGenerator:\n- name: settings\n',
    'base/web.yaml': deployment,
    'tls/kustomization.yaml': `apiVersion: kustomize.config.k8s.io/v1alpha1
kind: Component
configMapGenerator:
- name: settings
  behavior: merge
  literals: [tls=on]
patches:
- patch: |
    - op: add
      path: /spec/template/spec/containers/0/args/-
      value: --tls
  target: {kind: Deployment}
`,
  },
  'vars, with their type where they stand alone': {
    'app/kustomization.yaml': `resources: [web.yaml, service.yaml]
nameSuffix: -v1
vars:
- name: PORT
  objref: {apiVersion: v1, kind: Service, name: web}
  fieldref: {fieldPath: 'spec.ports[0].port'}
- name: NAME
  objref: {apiVersion: v1, kind: Service, name: web}
commonAnnotations:
  at: http://$(NAME):$(PORT)/$$(x)/$(NONE)
`,
    'app/web.yaml': deployment,
    'app/service.yaml': service,
  },
  'former fields': {
    'app/kustomization.yaml': `bases: [../base]
imageTags:
- name: nginx
  newTag: "2"
patchesStrategicMerge:
- patch.yaml
- |-
  apiVersion: apps/v1
  kind: Deployment
  metadata: {name: web}
  spec: {replicas: 3}
patchesJson6902:
- target: {group: apps, version: v1, kind: Deployment, name: web}
  path: json.yaml
`,
    'app/patch.yaml':
      'apiVersion: apps/v1\nkind: Deployment\nmetadata: {name: web}\nspec: {paused: true}\n',
    'app/json.yaml': '- {op: replace, path: /spec/replicas, value: 4}\n',
    'base/kustomization.yaml': 'resources: [web.yaml]\n',
    'base/web.yaml': deployment,
  },
  'anchors, merges and lists': {
    'app/kustomization.yaml': 'resources: [all.yaml]\n',
    'app/all.yaml': `apiVersion: v1
kind: ConfigMapList
items:
- apiVersion: v1
  kind: ConfigMap
  metadata: {name: listed, annotations: {when: 2021-01-01, n: 010}}
  data: {a: "1"}
---
apiVersion: v1
kind: ConfigMap
metadata:
  name: merged
x: &x {a: 1, b: 2}
y:
  <<: *x
  b: 3
z: *x
dates: [2021-01-01, 2001-12-14t21:59:43.10-05:00, 1_000, 0o17, 0x1f, 1e3, .5]
`,
  },
  'builtin transformers and generators as plugins': {
    'app/kustomization.yaml': `resources: [web.yaml]
transformers:
- |-
  apiVersion: builtin
  kind: PrefixSuffixTransformer
  metadata: {name: x}
  prefix: a-
  suffix: -z
  fieldSpecs:
  - path: metadata/name
- labels.yaml
generators:
- |-
  apiVersion: builtin
  kind: SecretGenerator
  metadata: {name: made}
  literals: [a=b]
`,
    'app/labels.yaml': `apiVersion: builtin
kind: LabelTransformer
metadata: {name: y}
labels: {l: "1"}
fieldSpecs:
- {path: metadata/labels, create: true}
`,
    'app/web.yaml': deployment,
  },
  'replacements from a file, with rejects and wildcards': {
    'app/kustomization.yaml':
      'resources: [web.yaml, service.yaml]\nreplacements:\n- path: r.yaml\n',
    'app/web.yaml': deployment,
    'app/service.yaml': service,
    'app/r.yaml': `- source: {kind: Service, fieldPath: spec.ports.0.port}
  targets:
  - select: {kind: Deployment}
    reject: [{name: other}]
    fieldPaths:
    - spec.template.spec.containers.*.ports.0.containerPort
    - metadata.annotations.[example.com/port]
    options: {create: true}
- sourceValue: "1.21"
  targets:
  - select: {kind: Deployment}
    fieldPaths: ['spec.template.spec.containers.[name=main].image']
    options: {delimiter: ':', index: 1}
`,
  },
  'open API of a custom kind': {
    'app/kustomization.yaml': `resources: [thing.yaml]
openapi: {path: schema.json}
patches:
- patch: |
    apiVersion: example.com/v1
    kind: Thing
    metadata: {name: t}
    spec: {parts: [{id: a, size: 2}]}
`,
    'app/thing.yaml': `apiVersion: example.com/v1
kind: Thing
metadata: {name: t}
spec:
  parts: [{id: a, color: red}, {id: b}]
`,
    'app/schema.json': JSON.stringify({
      definitions: {
        Thing: {
          'x-kubernetes-group-version-kind': [
            { group: 'example.com', version: 'v1', kind: 'Thing' },
          ],
          properties: { spec: { $ref: '#/definitions/Spec' } },
        },
        Spec: {
          properties: {
            parts: {
              type: 'array',
              items: { type: 'object' },
              'x-kubernetes-patch-strategy': 'merge',
              'x-kubernetes-patch-merge-key': 'id',
            },
          },
        },
      },
    }),
  },
  'crds mark references': {
    'app/kustomization.yaml': `resources: [bee.yaml]
crds: [crds.json]
namePrefix: p-
secretGenerator:
- name: key
  literals: [k=v]
`,
    'app/bee.yaml':
      'apiVersion: example.com/v1\nkind: Bee\nmetadata: {name: b}\nspec: {keyRef: {name: key}}\n',
    'app/crds.json': JSON.stringify({
      'example.com/v1.Bee': {
        Schema: {
          properties: {
            apiVersion: { type: 'string' },
            kind: { type: 'string' },
            metadata: {},
            spec: { $ref: 'Spec' },
          },
        },
      },
      Spec: {
        Schema: {
          properties: {
            keyRef: {
              'x-kubernetes-object-ref-api-version': 'v1',
              'x-kubernetes-object-ref-kind': 'Secret',
            },
          },
        },
      },
    }),
  },
  'origins and transformations': {
    'app/kustomization.yaml': `resources: [../base]
buildMetadata: [originAnnotations, transformerAnnotations, managedByLabel]
namePrefix: x-
sortOptions: {order: fifo}
`,
    'base/kustomization.yaml': 'resources: [web.yaml]\nconfigMapGenerator:\n- name: settings\n',
    'base/web.yaml': deployment,
  },
  'a local object does not leave the build': {
    'app/kustomization.yaml': 'resources: [local.yaml, service.yaml]\n',
    'app/local.yaml':
      'apiVersion: v1\nkind: ConfigMap\nmetadata:\n  name: l\n  annotations: {config.kubernetes.io/local-config: "true"}\n',
    'app/service.yaml': service,
  },
  'an unknown field': { 'app/kustomization.yaml': 'resource: [a.yaml]\n' },
  'a wrong type': { 'app/kustomization.yaml': 'resources: a.yaml\nimages: [{newTag: 1.5}]\n' },
  'nothing in the file': { 'app/kustomization.yaml': 'kind: Kustomization\n' },
  'a wrong kind': { 'app/kustomization.yaml': 'kind: Thing\nresources: []\n' },
  'no file at all': { 'app/readme.md': '' },
  'a missing resource': { 'app/kustomization.yaml': 'resources: [gone.yaml]\n' },
  'a file outside': {
    'app/kustomization.yaml': 'resources: [../web.yaml]\n',
    'web.yaml': deployment,
  },
  'a folder that names itself': { 'app/kustomization.yaml': 'resources: [../app]\n' },
  'two objects of one name': {
    'app/kustomization.yaml': 'resources: [a.yaml, b.yaml]\n',
    'app/a.yaml': service,
    'app/b.yaml': service,
  },
  'text that is no YAML': {
    'app/kustomization.yaml': 'resources: [bad.yaml]\n',
    'app/bad.yaml': 'apiVersion: v1\nkind: Service\n metadata: x\n',
  },
  'an object without a name': {
    'app/kustomization.yaml': 'resources: [bad.yaml]\n',
    'app/bad.yaml': 'apiVersion: v1\nkind: Service\nmetadata: {labels: {a: b}}\n',
  },
  'a patch for nothing': {
    'app/kustomization.yaml':
      'resources: [a.yaml]\npatches:\n- patch: |\n    apiVersion: v1\n    kind: Service\n    metadata: {name: other}\n',
    'app/a.yaml': service,
  },
  'a path that a JSON patch misses': {
    'app/kustomization.yaml':
      'resources: [a.yaml]\npatches:\n- target: {kind: Service}\n  patch: |\n    - {op: remove, path: /spec/none}\n',
    'app/a.yaml': service,
  },
};
