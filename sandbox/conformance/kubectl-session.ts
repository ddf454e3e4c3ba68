/** What the kubectl session works on, and its lines. */

const labels = 'labels: {app: web}';

export const files: Readonly<Record<string, string>> = {
  'all.yaml': `
apiVersion: v1
kind: ConfigMap
metadata: {name: settings, ${labels}}
data: {level: info}
---
apiVersion: v1
kind: Secret
metadata: {name: key, ${labels}}
stringData: {password: s3cret}
---
apiVersion: v1
kind: Service
metadata: {name: web, ${labels}}
spec:
  selector: {app: web}
  ports: [{name: http, port: 80, targetPort: http}, {name: admin, port: 8080}]
---
apiVersion: apps/v1
kind: Deployment
metadata: {name: web, ${labels}}
spec:
  replicas: 0
  selector: {matchLabels: {app: web}}
  template:
    metadata: {${labels}}
    spec:
      containers:
      - name: web
        image: example.com/web:1
        ports: [{name: http, containerPort: 8080}]
        env: [{name: LEVEL, valueFrom: {configMapKeyRef: {name: settings, key: level}}}]
        resources: {limits: {cpu: "1", memory: 1Gi}}
        readinessProbe: {httpGet: {path: /ready, port: http}}
---
apiVersion: networking.k8s.io/v1
kind: Ingress
metadata: {name: web, ${labels}}
spec:
  rules: [{host: web.example.com, http: {paths: [{path: /, pathType: Prefix, backend: {service: {name: web, port: {name: http}}}}]}}]
---
apiVersion: rbac.authorization.k8s.io/v1
kind: Role
metadata: {name: reader, ${labels}}
rules: [{apiGroups: [""], resources: [pods], verbs: [get, list]}]
---
apiVersion: rbac.authorization.k8s.io/v1
kind: RoleBinding
metadata: {name: reader, ${labels}}
roleRef: {apiGroup: rbac.authorization.k8s.io, kind: Role, name: reader}
subjects: [{kind: ServiceAccount, name: default}]
`,
  'changed.yaml': `
apiVersion: v1
kind: ConfigMap
metadata: {name: settings, ${labels}}
data: {level: debug, other: one}
`,
  'typo.yaml': `
apiVersion: v1
kind: ConfigMap
metadata: {name: typo}
dta: {level: debug}
`,
  'invalid.yaml': `
apiVersion: apps/v1
kind: Deployment
metadata: {name: Invalid_Name}
spec: {selector: {matchLabels: {a: b}}, template: {metadata: {labels: {a: c}}, spec: {containers: []}}}
`,
  'crd.yaml': `
apiVersion: apiextensions.k8s.io/v1
kind: CustomResourceDefinition
metadata: {name: machines.sessions.example.com}
spec:
  group: sessions.example.com
  scope: Namespaced
  names: {kind: Machine, plural: machines, singular: machine, shortNames: [mc], listKind: MachineList}
  versions:
  - name: v1
    served: true
    storage: true
    subresources: {status: {}}
    additionalPrinterColumns:
    - {name: Size, type: integer, jsonPath: .spec.size, description: How large}
    - {name: Age, type: date, jsonPath: .metadata.creationTimestamp}
    schema:
      openAPIV3Schema:
        type: object
        description: A machine of ours
        properties:
          spec:
            type: object
            required: [size]
            properties: {size: {type: integer, minimum: 1, description: How large it is}, mode: {type: string, default: fast, enum: [fast, slow]}}
          status: {type: object, x-kubernetes-preserve-unknown-fields: true}
`,
  'machine.yaml': `
apiVersion: sessions.example.com/v1
kind: Machine
metadata: {name: one}
spec: {size: 3}
`,
  'machine-wrong.yaml': `
apiVersion: sessions.example.com/v1
kind: Machine
metadata: {name: two}
spec: {size: 0}
`,
};

export const session: readonly string[] = [
  'apply --dry-run=server -f all.yaml',
  'diff -f changed.yaml',
  'apply -f all.yaml',
  'apply -f all.yaml',
  'get configmap,secret,service,ingress,role,rolebinding -l app=web',
  'get configmap,secret,service,ingress,role,rolebinding -l app=web -o wide',
  'get configmap settings -o yaml',
  'get secret key -o yaml',
  'get service web -o yaml',
  'get service web -o jsonpath={.spec.ports[*].targetPort}',
  'get ingress web -o yaml',
  'get role reader -o yaml',
  'get rolebinding reader -o yaml',
  'get deployment web -o jsonpath={.spec}',
  'get deployment web -o name',
  'describe configmap settings',
  'describe secret key',
  'describe role reader',
  'describe rolebinding reader',
  'diff -f changed.yaml',
  'apply -f changed.yaml',
  'get configmap settings -o yaml --show-managed-fields',
  'label configmap settings tier=low',
  'label configmap settings tier=high',
  'annotate configmap settings note=x',
  'get configmap -l tier=low -o name',
  'get configmap -l tier!=high,app -o name',
  'get configmap --field-selector metadata.name=settings -o name',
  'patch configmap settings --type merge -p {"data":{"level":"trace"}}',
  'patch configmap settings --type json -p [{"op":"remove","path":"/data/other"}]',
  'patch deployment web -p {"spec":{"template":{"spec":{"containers":[{"name":"web","image":"example.com/web:2"}]}}}}',
  'get deployment web -o jsonpath={.spec.template.spec.containers[*].image}',
  'set image deployment/web web=example.com/web:3',
  'set env deployment/web LEVEL- COLOR=blue',
  'get deployment web -o jsonpath={.spec.template.spec.containers[0].env}',
  'scale deployment web --replicas=0',
  'apply --server-side -f changed.yaml',
  'apply --server-side --force-conflicts -f changed.yaml',
  'apply --server-side --field-manager=other -f changed.yaml',
  'get configmap settings -o yaml',
  'apply -f typo.yaml',
  'apply --validate=warn -f typo.yaml',
  'apply -f invalid.yaml',
  'create configmap settings --from-literal=a=b',
  'create configmap more --from-literal=a=b --dry-run=server -o yaml',
  'create secret generic more --from-literal=a=b',
  'create serviceaccount robot',
  'create role writer --verb=create --resource=pods,deployments.apps',
  'create rolebinding writer --role=writer --serviceaccount=x:robot',
  'create deployment other --image=example.com/other:1 --replicas=0',
  'create ingress other --rule=a.example.com/=web:80',
  'expose deployment other --port=80',
  'get deployment other -o jsonpath={.spec}',
  'get nothing',
  'get configmap missing',
  'delete configmap missing',
  'delete configmap missing --ignore-not-found',
  'auth can-i create pods',
  'apply -f crd.yaml',
  'wait --for=condition=Established crd/machines.sessions.example.com',
  'apply -f machine.yaml',
  'apply -f machine-wrong.yaml',
  'get machines',
  'get mc one -o yaml',
  'get machine one -o jsonpath={.spec.mode}',
  'explain machine.spec',
  'patch machine one --type merge -p {"spec":{"size":"x"}}',
  'patch machine one --subresource status --type merge -p {"status":{"phase":"up"}}',
  'get machine one -o jsonpath={.status.phase}{.metadata.generation}',
  'apply --server-side -f machine.yaml',
  'delete -f machine.yaml',
  'get machines',
  'rollout history deployment web',
  'replace -f changed.yaml',
  'get configmap settings -o jsonpath={.data}',
  'delete -f all.yaml',
  'get configmap,secret,service,deployment,ingress,role,rolebinding -l app=web',
];
