/** Life cycles that releases go through. */
import { configMap, deployment, helm, hook, job, pod } from './scenario.ts';
import type { Scenario } from './scenario.ts';

const one = { 'templates/a.yaml': configMap('a', { k: '1' }) };
const two = {
  'templates/a.yaml': configMap('a', { k: '2' }),
  'templates/b.yaml': configMap('b', { k: '1' }),
};
const templated = {
  'values.yaml': 'x: default\nlist: [1, 2]\nnested: {a: 1, b: two}\n',
  'templates/a.yaml':
    'apiVersion: v1\nkind: ConfigMap\nmetadata: {name: a}\ndata:\n  x: {{ .Values.x | quote }}\n  n: {{ .Values.nested | toJson | quote }}\n  r: "{{ .Release.Revision }} {{ .Release.IsUpgrade }} {{ .Release.IsInstall }}"\n',
  'templates/NOTES.txt': 'x is {{ .Values.x }}\n',
};
const templatedNext = {
  ...templated,
  'values.yaml': 'x: later\nlist: [3]\nnested: {a: 2, c: new}\n',
};
/** The API server refuses a Service without ports. */
const invalid = {
  'templates/a.yaml': configMap('a', { k: '3' }),
  'templates/c.yaml': configMap('c', { k: '1' }),
  'templates/s.yaml': 'apiVersion: v1\nkind: Service\nmetadata: {name: s}\nspec: {ports: []}\n',
};
const crd = (version: string) => `apiVersion: apiextensions.k8s.io/v1
kind: CustomResourceDefinition
metadata: {name: widgets.life.example.com, labels: {made: "${version}"}}
spec:
  group: life.example.com
  names: {kind: Widget, plural: widgets, singular: widget, listKind: WidgetList}
  scope: Namespaced
  versions:
  - name: v1
    served: true
    storage: true
    schema: {openAPIV3Schema: {type: object, x-kubernetes-preserve-unknown-fields: true}}
`;
const widget = (spec: string) =>
  `apiVersion: life.example.com/v1\nkind: Widget\nmetadata: {name: w}\nspec: ${spec}\n`;
const keep = { 'helm.sh/resource-policy': 'keep' };
const inConfigMaps = { HELM_DRIVER: 'configmap' };
const bigText = Array.from({ length: 30_000 }, (_, at) =>
  Math.imul(at + 1, 2_654_435_761)
    .toString(36)
    .concat(Math.imul(at + 7, 40_503).toString(36)),
).join('\n');

export const scenarios: readonly Scenario[] = [
  {
    name: 'install, upgrade, history, uninstall',
    charts: { v1: one, v2: two },
    steps: [
      helm('install r {v1}'),
      helm('upgrade r {v2}'),
      helm('history r'),
      helm('list'),
      helm('status r'),
      helm('get all r'),
      helm('upgrade r {v1} --description "back again"'),
      helm('status r --show-desc'),
      helm('uninstall r'),
      helm('list --all'),
    ],
  },
  {
    name: 'outputs of a release in every form',
    charts: { v1: templated },
    steps: [
      helm('install r {v1} --set x=given,nested.b=3'),
      helm('get values r'),
      helm('get values r -o json'),
      helm('get values r --all -o yaml'),
      helm('get manifest r'),
      helm('get notes r'),
      helm('get hooks r'),
      helm('get metadata r'),
      helm('get metadata r -o json'),
      helm('history r -o yaml'),
      helm('history r -o json'),
      helm('list -o json'),
      helm('list -q'),
      helm('list --filter nothing'),
      helm('status r -o json'),
      helm('status r -o yaml'),
      helm(
        'get all r --template "{{ .Release.Name }} {{ .Release.Version }} {{ .Release.Info.Status }}"',
      ),
    ],
  },
  {
    name: 'names and errors',
    charts: { v1: one },
    steps: [
      helm('status nothing'),
      helm('upgrade nothing {v1}'),
      helm('rollback nothing'),
      helm('uninstall nothing'),
      helm('uninstall nothing --ignore-not-found'),
      helm('history nothing'),
      helm('test nothing'),
      helm('get values nothing'),
      helm('install Bad_Name {v1}'),
      helm('install r {v1}'),
      helm('install r {v1}'),
      helm('rollback r'),
      helm('rollback r 7'),
      helm('rollback r x'),
      helm('status r --revision 9'),
    ],
  },
  {
    name: 'upgrade --install',
    charts: { v1: one, v2: two },
    steps: [
      helm('upgrade r {v1} --install'),
      helm('upgrade r {v2} -i'),
      helm('uninstall r --keep-history'),
      helm('upgrade r {v2} --install'),
      helm('history r'),
    ],
  },
  {
    name: 'values: reset, reuse, reset then reuse',
    charts: { v1: templated, v2: templatedNext },
    steps: [
      helm('install r {v1} --set x=mine'),
      helm('upgrade r {v2}'),
      helm('upgrade r {v2} --set nested.a=5'),
      helm('upgrade r {v2} --reuse-values --set x=reused'),
      helm('upgrade r {v1} --reuse-values'),
      helm('upgrade r {v2} --reset-values'),
      helm('upgrade r {v1} --set nested.d=1'),
      helm('upgrade r {v2} --reset-then-reuse-values --set x=again'),
      helm('upgrade r {v2} --reset-then-reuse-values'),
      helm('get values r --all'),
      helm('upgrade r {v2} --set nested=null'),
      helm('upgrade r {v2} --reuse-values --set nested.z=1'),
    ],
  },
  {
    name: 'rollback',
    charts: { v1: one, v2: two },
    steps: [
      helm('install r {v1}'),
      helm('upgrade r {v2}'),
      helm('rollback r'),
      helm('rollback r 2'),
      helm('rollback r 2 --dry-run'),
      helm('rollback r 1 --force'),
      helm('history r'),
    ],
  },
  {
    name: 'uninstall --keep-history, then back',
    charts: { v1: one, v2: two },
    steps: [
      helm('install r {v1}'),
      helm('upgrade r {v2}'),
      helm('uninstall r --keep-history'),
      helm('list --uninstalled'),
      helm('status r'),
      helm('uninstall r --keep-history'),
      helm('rollback r 1'),
      helm('uninstall r --keep-history --description gone'),
      helm('install r {v2}'),
      helm('install r {v2} --replace'),
      helm('history r'),
      helm('uninstall r'),
    ],
  },
  {
    name: 'upgrade refused by the server',
    charts: { v1: one, bad: invalid, v2: two },
    steps: [
      helm('install r {v1}'),
      helm('upgrade r {bad}'),
      helm('history r'),
      helm('upgrade r {v2}'),
      helm('rollback r 1'),
    ],
  },
  {
    name: 'upgrade --atomic refused by the server',
    charts: { v1: one, bad: invalid },
    steps: [
      helm('install r {v1}'),
      helm('upgrade r {bad} --atomic --timeout 20s'),
      helm('history r'),
    ],
  },
  {
    name: 'upgrade --cleanup-on-fail',
    charts: { v1: one, bad: invalid },
    steps: [helm('install r {v1}'), helm('upgrade r {bad} --cleanup-on-fail'), helm('history r')],
  },
  {
    name: 'first install refused, then mended',
    charts: { v1: one, bad: invalid },
    steps: [
      helm('install r {bad}'),
      helm('history r'),
      helm('install r {v1}'),
      helm('upgrade r {v1}'),
      helm('history r'),
    ],
  },
  {
    name: 'install --atomic refused',
    charts: { bad: invalid, v1: one },
    steps: [
      helm('install r {bad} --atomic --timeout 20s'),
      helm('list --all'),
      helm('install r {v1} --atomic --timeout 20s'),
    ],
  },
  {
    name: 'failed release replaced',
    charts: { v1: one, bad: invalid },
    steps: [helm('install r {bad}'), helm('install r {v1} --replace'), helm('history r')],
  },
  {
    name: 'hooks with weights and delete policies',
    charts: {
      v1: {
        'templates/main.yaml': configMap('main', { k: '1' }),
        'templates/pre2.yaml': configMap('pre-b', { k: '2' }, hook('pre-install,pre-upgrade', 5)),
        'templates/pre1.yaml': configMap(
          'pre-a',
          { k: '1' },
          hook('pre-install', -3, 'hook-succeeded'),
        ),
        'templates/post.yaml': pod(
          'post',
          'ok',
          hook('post-install,post-upgrade', 1, 'before-hook-creation,hook-succeeded'),
        ),
        'templates/del.yaml': configMap('del', { k: '1' }, hook('pre-delete,post-delete')),
        'templates/roll.yaml': configMap('roll', { k: '1' }, hook('pre-rollback,post-rollback')),
      },
    },
    steps: [
      helm('install r {v1}'),
      helm('get hooks r'),
      helm('upgrade r {v1}'),
      helm('rollback r 1'),
      helm('upgrade r {v1} --no-hooks'),
      helm('uninstall r'),
    ],
  },
  {
    name: 'hook jobs',
    charts: {
      v1: {
        'templates/main.yaml': configMap('main', { k: '1' }),
        'templates/pre.yaml': job('pre', 'ok', hook('pre-install,pre-upgrade')),
        'templates/post.yaml': job('post', 'ok', hook('post-install', 0, 'hook-succeeded')),
      },
    },
    steps: [helm('install r {v1}'), helm('upgrade r {v1}'), helm('uninstall r')],
  },
  {
    name: 'failing pre-install hook',
    charts: {
      v1: {
        'templates/main.yaml': configMap('main', { k: '1' }),
        'templates/pre0.yaml': configMap(
          'before',
          { k: '1' },
          hook('pre-install', -1, 'hook-succeeded'),
        ),
        'templates/pre.yaml': pod('pre', 'fail', hook('pre-install', 0, 'hook-failed')),
      },
      v2: { 'templates/main.yaml': configMap('main', { k: '1' }) },
    },
    steps: [helm('install r {v1}'), helm('history r'), helm('upgrade r {v2}'), helm('uninstall r')],
  },
  {
    name: 'failing post-upgrade hook, atomic and not',
    charts: {
      v1: one,
      v2: { ...two, 'templates/post.yaml': job('post', 'fail', hook('post-upgrade')) },
    },
    steps: [
      helm('install r {v1}'),
      helm('upgrade r {v2} --timeout 20s'),
      helm('history r'),
      helm('upgrade r {v2} --atomic --timeout 20s'),
      helm('history r'),
    ],
  },
  {
    name: 'hook that never ends',
    charts: {
      v1: { ...one, 'templates/pre.yaml': pod('pre', 'never', hook('pre-install')) },
      v2: two,
    },
    steps: [helm('install r {v1} --timeout 2s'), helm('history r'), helm('upgrade r {v2}')],
  },
  {
    name: 'failing pre-delete hook',
    charts: { v1: { ...one, 'templates/pre.yaml': pod('pre', 'fail', hook('pre-delete')) } },
    steps: [
      helm('install r {v1}'),
      helm('uninstall r'),
      helm('history r'),
      helm('uninstall r --no-hooks'),
      helm('list --all'),
    ],
  },
  {
    name: 'tests',
    charts: {
      v1: {
        ...one,
        'templates/tests/good.yaml': pod('good', 'ok', hook('test')),
        'templates/tests/old.yaml': pod('old', 'ok', hook('test-success', 2, 'hook-succeeded')),
      },
      v2: { ...one, 'templates/tests/bad.yaml': pod('bad', 'fail', hook('test')) },
    },
    steps: [
      helm('install r {v1}'),
      helm('test r'),
      helm('status r'),
      helm('test r --filter name=good'),
      helm('test r --filter !name=good'),
      helm('upgrade r {v2}'),
      helm('test r'),
      helm('status r -o yaml'),
    ],
  },
  {
    name: 'CRDs are made once',
    crds: ['widgets.life.example.com'],
    charts: {
      v1: {
        'crds/widget.yaml': crd('one'),
        'templates/w.yaml': widget('{size: 1, tags: [a, b], deep: {x: 1, y: 2}}'),
      },
      v2: {
        'crds/widget.yaml': crd('two'),
        'templates/w.yaml': widget('{size: 2, tags: [c], deep: {x: 1}}'),
      },
    },
    steps: [
      helm('install r {v1}'),
      {
        edit: { apiVersion: 'life.example.com/v1', kind: 'Widget', name: 'w' },
        patch: { spec: { byHand: true, size: 9 } },
      },
      helm('upgrade r {v2}'),
      helm('upgrade r {v2}'),
      helm('rollback r 1'),
      helm('uninstall r'),
      helm('install r {v2}'),
      helm('uninstall r'),
      helm('install r {v2} --skip-crds'),
    ],
  },
  {
    name: 'kind that is not served',
    charts: { v1: { 'templates/w.yaml': widget('{size: 1}') }, v2: one },
    steps: [
      helm('install r {v1}'),
      helm('install r {v2}'),
      helm('upgrade r {v1}'),
      helm('history r'),
    ],
  },
  {
    name: 'objects that exist: refused, adopted',
    charts: { v1: one, v2: two },
    steps: [
      {
        create: {
          apiVersion: 'v1',
          kind: 'ConfigMap',
          metadata: { name: 'a', labels: { mine: 'yes' } },
          data: { k: 'hand', other: 'x' },
        },
      },
      helm('install r {v1}'),
      {
        edit: { apiVersion: 'v1', kind: 'ConfigMap', name: 'a' },
        patch: {
          metadata: {
            labels: { 'app.kubernetes.io/managed-by': 'Helm' },
            annotations: { 'meta.helm.sh/release-name': 'other' },
          },
        },
      },
      helm('install r {v1}'),
      {
        edit: { apiVersion: 'v1', kind: 'ConfigMap', name: 'a' },
        patch: {
          metadata: {
            annotations: {
              'meta.helm.sh/release-name': 'r',
              'meta.helm.sh/release-namespace': 'NS',
            },
          },
        },
      },
      helm('install r {v1}'),
      {
        create: {
          apiVersion: 'v1',
          kind: 'ConfigMap',
          metadata: { name: 'b' },
          data: { k: 'hand' },
        },
      },
      helm('upgrade r {v2}'),
      helm('upgrade r {v2} --take-ownership'),
      helm('uninstall r'),
    ],
  },
  {
    name: 'install --take-ownership',
    charts: { v1: { ...one, 'templates/d.yaml': deployment('d', 'example/a:1', 'never') } },
    steps: [
      {
        create: {
          apiVersion: 'v1',
          kind: 'ConfigMap',
          metadata: { name: 'a' },
          data: { k: 'hand', other: 'x' },
        },
      },
      helm('install r {v1} --take-ownership'),
      helm('uninstall r'),
    ],
  },
  {
    name: 'resource policy keep',
    charts: {
      v1: {
        'templates/a.yaml': configMap('a', { k: '1' }, keep),
        'templates/b.yaml': configMap('b', { k: '1' }),
        'templates/c.yaml': configMap('c', { k: '1' }, keep),
      },
      v2: {
        'templates/b.yaml': configMap('b', { k: '2' }),
        'templates/c.yaml': configMap('c', { k: '1' }, keep),
      },
    },
    steps: [
      helm('install r {v1}'),
      helm('upgrade r {v2}'),
      helm('uninstall r'),
      helm('install r {v1}'),
      helm('uninstall r --keep-history'),
    ],
  },
  {
    name: 'three ways: changes by hand in a Deployment',
    charts: {
      v1: { 'templates/d.yaml': deployment('d', 'example/a:1', 'never') },
      v2: {
        'templates/d.yaml': deployment(
          'd',
          'example/a:2',
          'never',
          '        args: [p, q]\n      - {name: side, image: example/side}\n',
        ),
      },
    },
    steps: [
      helm('install r {v1}'),
      {
        edit: { apiVersion: 'apps/v1', kind: 'Deployment', name: 'd' },
        patch: {
          metadata: { labels: { hand: 'yes' }, annotations: { note: 'x' } },
          spec: {
            replicas: 4,
            template: {
              spec: {
                nodeSelector: { disk: 'ssd' },
                containers: [
                  {
                    name: 'main',
                    image: 'example/hand',
                    env: [
                      { name: 'C', value: 'hand' },
                      { name: 'A', value: 'changed' },
                    ],
                  },
                  { name: 'injected', image: 'example/injected' },
                ],
              },
            },
          },
        },
      },
      helm('upgrade r {v1}'),
      helm('upgrade r {v2}'),
      helm('rollback r 1'),
      {
        edit: { apiVersion: 'apps/v1', kind: 'Deployment', name: 'd' },
        patch: {
          spec: { template: { spec: { containers: [{ name: 'main', image: 'example/b' }] } } },
        },
      },
      helm('rollback r 3'),
    ],
  },
  {
    name: 'three ways: Services, lists and maps',
    charts: {
      v1: {
        'templates/s.yaml':
          'apiVersion: v1\nkind: Service\nmetadata: {name: s, labels: {a: "1", b: "2"}}\nspec:\n  selector: {x: one}\n  ports: [{name: http, port: 80}, {name: more, port: 81}]\n',
        'templates/sa.yaml':
          'apiVersion: v1\nkind: ServiceAccount\nmetadata: {name: sa}\nsecrets: [{name: one}]\nimagePullSecrets: [{name: p1}]\n',
        'templates/role.yaml':
          'apiVersion: rbac.authorization.k8s.io/v1\nkind: Role\nmetadata: {name: ro}\nrules: [{apiGroups: [""], resources: [pods], verbs: [get]}]\n',
      },
      v2: {
        'templates/s.yaml':
          'apiVersion: v1\nkind: Service\nmetadata: {name: s, labels: {a: "1"}}\nspec:\n  selector: {x: two}\n  ports: [{name: more, port: 81, targetPort: 9}, {name: third, port: 82}]\n',
        'templates/sa.yaml':
          'apiVersion: v1\nkind: ServiceAccount\nmetadata: {name: sa}\nsecrets: [{name: two}]\n',
        'templates/role.yaml':
          'apiVersion: rbac.authorization.k8s.io/v1\nkind: Role\nmetadata: {name: ro}\nrules: [{apiGroups: [""], resources: [pods, services], verbs: [get, list]}]\n',
      },
    },
    steps: [
      helm('install r {v1}'),
      {
        edit: { apiVersion: 'v1', kind: 'Service', name: 's' },
        patch: {
          metadata: { labels: { b: 'hand', c: 'hand' } },
          spec: { sessionAffinity: 'ClientIP', selector: { x: 'hand', w: 'hand' } },
        },
      },
      {
        edit: { apiVersion: 'v1', kind: 'ServiceAccount', name: 'sa' },
        patch: { secrets: [{ name: 'one' }, { name: 'hand' }] },
      },
      helm('upgrade r {v2}'),
      helm('upgrade r {v2}'),
      helm('rollback r 1'),
    ],
  },
  {
    name: 'three ways: workloads of other kinds',
    charts: {
      v1: {
        'templates/ss.yaml': workload('StatefulSet', 'a:1', '  serviceName: s\n'),
        'templates/ds.yaml': workload('DaemonSet', 'a:1', ''),
        'templates/cj.yaml': cronJob('a:1'),
        'templates/in.yaml': ingress('one.example.com'),
        'templates/hpa.yaml': autoscaler(3),
      },
      v2: {
        'templates/ss.yaml': workload('StatefulSet', 'a:2', '  serviceName: s\n'),
        'templates/ds.yaml': workload('DaemonSet', 'a:2', '  minReadySeconds: 3\n'),
        'templates/cj.yaml': cronJob('a:2'),
        'templates/in.yaml': ingress('two.example.com'),
        'templates/hpa.yaml': autoscaler(5),
      },
    },
    steps: [
      helm('install r {v1}'),
      {
        edit: { apiVersion: 'networking.k8s.io/v1', kind: 'Ingress', name: 'in' },
        patch: { metadata: { annotations: { hand: 'yes' } }, spec: { ingressClassName: 'hand' } },
      },
      helm('upgrade r {v2}'),
      helm('rollback r'),
    ],
  },
  {
    name: 'object deleted by hand',
    charts: { v1: two, v2: { 'templates/b.yaml': configMap('b', { k: '9' }) } },
    steps: [
      helm('install r {v1}'),
      { remove: { apiVersion: 'v1', kind: 'ConfigMap', name: 'a' } },
      helm('upgrade r {v1}'),
      { remove: { apiVersion: 'v1', kind: 'ConfigMap', name: 'a' } },
      helm('upgrade r {v2}'),
      { remove: { apiVersion: 'v1', kind: 'ConfigMap', name: 'b' } },
      helm('uninstall r'),
    ],
  },
  {
    name: 'upgrade --force',
    charts: {
      v1: { 'templates/a.yaml': configMap('a', { k: '1', l: '1' }) },
      v2: { 'templates/a.yaml': configMap('a', { k: '2' }) },
    },
    steps: [
      helm('install r {v1}'),
      { edit: { apiVersion: 'v1', kind: 'ConfigMap', name: 'a' }, patch: { data: { hand: 'x' } } },
      helm('upgrade r {v2} --force'),
      helm('rollback r 1 --force'),
    ],
  },
  {
    name: 'immutable field, with and without force',
    charts: {
      v1: { 'templates/d.yaml': deployment('d', 'example/a:1', 'never') },
      v2: {
        'templates/d.yaml': deployment('d', 'example/a:1', 'never').replaceAll('app: d', 'app: e'),
        'templates/z.yaml': configMap('z', { k: '1' }),
      },
    },
    steps: [
      helm('install r {v1}'),
      helm('upgrade r {v2}'),
      helm('upgrade r {v2} --force'),
      helm('history r'),
    ],
  },
  {
    name: 'history limits',
    charts: { v1: one, v2: two, bad: invalid },
    steps: [
      helm('install r {v1}'),
      helm('upgrade r {v2} --history-max 2'),
      helm('upgrade r {v1} --history-max 2'),
      helm('upgrade r {v2} --history-max 2'),
      helm('upgrade r {bad} --history-max 2'),
      helm('upgrade r {bad} --history-max 2'),
      helm('history r'),
      helm('history r --max 1'),
      helm('rollback r --history-max 1'),
      helm('upgrade r {v1} --history-max 0'),
    ],
  },
  {
    name: 'dry runs change nothing',
    charts: { v1: templated, v2: templatedNext, bad: invalid },
    steps: [
      helm('install r {v1} --dry-run'),
      helm('install r {v1} --dry-run=server'),
      helm('install r {v1}'),
      helm('upgrade r {v2} --dry-run'),
      helm('upgrade r {v2} --dry-run=server -o json'),
      helm('upgrade r {bad} --dry-run=server'),
      helm('uninstall r --dry-run'),
      helm('uninstall nothing --dry-run'),
    ],
  },
  {
    name: 'lookup in templates',
    charts: {
      v1: {
        'templates/a.yaml':
          'apiVersion: v1\nkind: ConfigMap\nmetadata: {name: a}\ndata:\n  seen: {{ (lookup "v1" "ConfigMap" .Release.Namespace "seed").data.k | default "none" | quote }}\n  count: {{ len (lookup "v1" "ConfigMap" .Release.Namespace "").items | quote }}\n',
      },
    },
    steps: [
      helm('install r {v1} --dry-run=server'),
      {
        create: {
          apiVersion: 'v1',
          kind: 'ConfigMap',
          metadata: { name: 'seed' },
          data: { k: 'found' },
        },
      },
      helm('upgrade r {v1} --install'),
      helm('upgrade r {v1}'),
      helm('upgrade r {v1} --dry-run'),
    ],
  },
  {
    name: 'release of more than a MiB',
    charts: {
      v1: one,
      big: {
        ...one,
        'files/big.txt': bigText + bigText.toUpperCase() + bigText.split('').reverse().join(''),
      },
    },
    steps: [
      helm('install r {big}'),
      helm('list --all'),
      helm('install r {v1}'),
      helm('upgrade r {big}'),
      helm('history r'),
    ],
  },
  {
    name: 'pending revisions left by a cut-off operation',
    charts: { v1: one, v2: two },
    steps: [
      helm('install r {v1}'),
      { interrupt: { release: 'r', revision: 1, status: 'pending-install' } },
      helm('upgrade r {v2}'),
      helm('list'),
      helm('list --pending'),
      helm('rollback r 1'),
      { interrupt: { release: 'r', revision: 2, status: 'pending-upgrade' } },
      helm('upgrade r {v2}'),
      helm('rollback r 1'),
      helm('upgrade r {v2}'),
      { interrupt: { release: 'r', revision: 4, status: 'uninstalling' } },
      helm('upgrade r {v1}'),
      helm('uninstall r'),
    ],
  },
  {
    name: 'waiting for Deployments and Jobs',
    charts: {
      v1: { 'templates/d.yaml': deployment('d', 'example/a:1', 'ready') },
      v2: {
        'templates/d.yaml': deployment('d', 'example/a:2', 'ready'),
        'templates/j.yaml': job('j', 'ok'),
      },
      v3: { 'templates/d.yaml': deployment('d', 'example/a:3', 'never') },
    },
    steps: [
      helm('install r {v1} --wait --timeout 30s'),
      helm('upgrade r {v2} --wait --wait-for-jobs --timeout 30s'),
      helm('upgrade r {v3} --wait --timeout 3s'),
      helm('history r'),
      helm('upgrade r {v3} --atomic --timeout 3s'),
      helm('rollback r 2 --wait --timeout 30s'),
      helm('uninstall r --wait --timeout 30s'),
    ],
  },
  {
    name: 'labels of releases',
    charts: { v1: one },
    steps: [
      helm('install r {v1} --labels team=a,tier=b'),
      helm('list --selector team=a'),
      helm('list --selector team!=a'),
      helm('upgrade r {v1} --labels team=c,tier=null'),
      helm('list -l team'),
      helm('upgrade r {v1} --labels owner=me'),
      helm('rollback r 1'),
    ],
  },
  {
    name: 'namespaces in manifests, and made by install',
    charts: {
      v1: {
        'templates/a.yaml': configMap('a', { k: '1' }),
        'templates/cr.yaml':
          'apiVersion: rbac.authorization.k8s.io/v1\nkind: ClusterRole\nmetadata: {name: life-NAME}\nrules: []\n'.replace(
            'NAME',
            '{{ .Release.Name }}',
          ),
        'templates/list.yaml':
          'apiVersion: v1\nkind: List\nitems:\n- {apiVersion: v1, kind: ConfigMap, metadata: {name: l1}}\n- {apiVersion: v1, kind: ConfigMap, metadata: {name: l2}, data: {x: "1"}}\n',
      },
    },
    steps: [
      helm('install r {v1} --create-namespace'),
      helm('upgrade r {v1}'),
      helm('uninstall r'),
      helm('install r {v1} -n NS-new --create-namespace'),
      helm('list -n NS-new'),
      helm('uninstall r -n NS-new'),
    ],
  },
  {
    name: 'sub-charts, notes, library',
    charts: {
      v1: {
        'Chart.yaml':
          'apiVersion: v2\nname: top\nversion: 1.2.3\nappVersion: "7"\ndescription: about\nkeywords: [a, b]\nmaintainers: [{name: m, email: m@example.com}]\nannotations: {x: "y"}\ndependencies:\n- {name: sub, version: ">=0.1", alias: one, condition: one.enabled}\n- {name: sub, version: ">=0.1", alias: two, tags: [t]}\n',
        'values.yaml': 'one: {x: from-parent}\ntags: {t: true}\nglobal: {g: 1}\n',
        'templates/a.yaml': configMap('a', { k: '1' }),
        'charts/sub/Chart.yaml': 'apiVersion: v2\nname: sub\nversion: 0.1.0\n',
        'charts/sub/values.yaml': 'x: 1\nenabled: true\n',
        'charts/sub/templates/NOTES.txt': 'sub notes\n',
        'charts/sub/templates/s.yaml':
          'apiVersion: v1\nkind: ConfigMap\nmetadata: {name: "{{ .Chart.Name }}"}\ndata: {x: {{ .Values.x | quote }}, g: {{ .Values.global.g | quote }}}\n',
      },
    },
    steps: [
      helm('install r {v1}'),
      helm('upgrade r {v1} --set one.enabled=false --render-subchart-notes'),
      helm('upgrade r {v1} --set tags.t=false --hide-notes'),
      helm('get all r'),
      helm('get metadata r'),
    ],
  },
  {
    name: 'schema and broken manifests',
    charts: {
      v1: {
        ...templated,
        'values.schema.json':
          '{"type":"object","properties":{"x":{"type":"string"},"port":{"type":"integer","minimum":1}},"required":["x"]}',
      },
      broken: {
        'templates/a.yaml': 'apiVersion: v1\nkind: ConfigMap\nmetadata:\n  name: a\n data: {\n',
      },
      fails: { 'templates/a.yaml': '{{ fail "on purpose" }}\n' },
    },
    steps: [
      helm('install r {v1} --set port=0'),
      helm('install r {v1} --set port=0 --skip-schema-validation'),
      helm('upgrade r {v1} --set port=no'),
      helm('upgrade r {broken}'),
      helm('upgrade r {fails}'),
      helm('history r'),
    ],
  },
  {
    name: 'releases in ConfigMaps',
    charts: { v1: one, v2: two },
    steps: [
      helm('install r {v1}', inConfigMaps),
      helm('upgrade r {v2}', inConfigMaps),
      helm('list', inConfigMaps),
      helm('list --all'),
      helm('rollback r 1', inConfigMaps),
      helm('uninstall r --keep-history', inConfigMaps),
      helm('history r', inConfigMaps),
    ],
  },
  {
    name: 'odd manifests',
    charts: {
      nokind: { 'templates/a.yaml': 'metadata: {name: a}\n' },
      noversion: { 'templates/a.yaml': 'kind: ConfigMap\nmetadata: {name: a}\n' },
      noname: { 'templates/a.yaml': 'apiVersion: v1\nkind: ConfigMap\nmetadata: {}\n' },
      text: { 'templates/a.yaml': 'just text\n' },
      // helm creates objects of a kind at once: which of two differing ones
      // remained would be chance.
      same: {
        'templates/a.yaml': configMap('a', { k: '1' }),
        'templates/b.yaml': configMap('a', { k: '1' }),
      },
      twice: {
        'templates/a.yaml': configMap('a', { k: '1' }),
        'templates/b.yaml': configMap('a', { k: '2' }),
      },
      unknown: {
        'templates/a.yaml': 'apiVersion: v1\nkind: ConfigMap\nmetadata: {name: a}\nunknown: 1\n',
      },
      types: {
        'templates/a.yaml': 'apiVersion: v1\nkind: ConfigMap\nmetadata: {name: a}\ndata: {k: 1}\n',
      },
      labels: {
        'templates/a.yaml':
          'apiVersion: v1\nkind: ConfigMap\nmetadata: {name: a, labels: {x: 5}}\n',
      },
      empty: { 'templates/a.yaml': '# nothing\n' },
      nothing: { 'templates/NOTES.txt': 'only notes\n' },
      nulls: {
        'templates/a.yaml':
          'apiVersion: v1\nkind: ConfigMap\nmetadata: {name: a, annotations: null}\ndata: {k: "1", n: null}\n',
      },
      v1: one,
    },
    steps: [
      helm('install r {nokind}'),
      helm('install r {noversion}'),
      helm('install r {noname}'),
      helm('uninstall r'),
      helm('install r {text}'),
      helm('install r {same}'),
      helm('uninstall r'),
      helm('install r {unknown}'),
      helm('uninstall r'),
      helm('install r {types}'),
      helm('uninstall r'),
      helm('install r {labels}'),
      helm('uninstall r'),
      helm('install r {empty}'),
      helm('upgrade r {nothing}'),
      helm('upgrade r {v1}'),
      helm('upgrade r {nulls}'),
      helm('upgrade r {twice}'),
      helm('upgrade r {nokind}'),
      helm('upgrade r {empty}'),
      helm('uninstall r'),
    ],
  },
  {
    name: 'ways of removing',
    charts: { v1: { 'templates/d.yaml': deployment('d', 'example/a:1', 'never') } },
    steps: [
      helm('install r {v1}'),
      helm('uninstall r --cascade orphan'),
      helm('install q {v1} --take-ownership'),
      helm('uninstall q --cascade foreground --wait --timeout 30s'),
      helm('install r {v1}'),
      helm('uninstall r --cascade sideways'),
      helm('uninstall r nothing'),
    ],
  },
];

function workload(kind: string, image: string, more: string): string {
  return `apiVersion: apps/v1
kind: ${kind}
metadata: {name: ${kind.toLowerCase()}}
spec:
${more}  selector: {matchLabels: {app: ${kind.toLowerCase()}}}
  template:
    metadata: {labels: {app: ${kind.toLowerCase()}}}
    spec:
      containers: [{name: main, image: "example/${image}"}]
      volumes: [{name: data, emptyDir: {}}]
`;
}

function cronJob(image: string): string {
  return `apiVersion: batch/v1
kind: CronJob
metadata: {name: cj}
spec:
  schedule: "0 0 1 1 *"
  jobTemplate: {spec: {template: {spec: {restartPolicy: Never, containers: [{name: main, image: "example/${image}"}]}}}}
`;
}

function ingress(host: string): string {
  return `apiVersion: networking.k8s.io/v1
kind: Ingress
metadata: {name: in}
spec:
  rules: [{host: ${host}, http: {paths: [{path: /, pathType: Prefix, backend: {service: {name: s, port: {number: 80}}}}]}}]
  tls: [{hosts: [${host}], secretName: t}]
`;
}

function autoscaler(most: number): string {
  return `apiVersion: autoscaling/v2
kind: HorizontalPodAutoscaler
metadata: {name: hpa}
spec:
  scaleTargetRef: {apiVersion: apps/v1, kind: StatefulSet, name: statefulset}
  maxReplicas: ${most}
  metrics: [{type: Resource, resource: {name: cpu, target: {type: Utilization, averageUtilization: 80}}}]
`;
}
