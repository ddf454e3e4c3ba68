/** The sandbox's only node. */
import type { ControllerContext } from './context.ts';
import { writeStatus } from './context.ts';
import { timeText } from './fields.ts';
import { nodeName } from './kubelet.ts';

const kubeletVersion = 'v1.34.4';

export function ensureNode({ cluster, clock }: ControllerContext): void {
  const known = cluster.get({ apiVersion: 'v1', kind: 'Node', name: nodeName });
  const node =
    known ??
    cluster.create({
      apiVersion: 'v1',
      kind: 'Node',
      metadata: {
        name: nodeName,
        labels: {
          'kubernetes.io/arch': 'amd64',
          'kubernetes.io/hostname': nodeName,
          'kubernetes.io/os': 'linux',
          'node-role.kubernetes.io/control-plane': '',
        },
      },
      spec: { podCIDR: '10.244.0.0/16', podCIDRs: ['10.244.0.0/16'] },
    });
  if (known !== undefined) return;
  const resources = { cpu: '8', memory: '16Gi', pods: '10000', 'ephemeral-storage': '100Gi' };
  const at = timeText(clock.now());
  writeStatus(cluster, node, {
    addresses: [
      { type: 'InternalIP', address: '192.0.2.10' },
      { type: 'Hostname', address: nodeName },
    ],
    capacity: resources,
    allocatable: resources,
    conditions: [
      {
        type: 'Ready',
        status: 'True',
        reason: 'KubeletReady',
        message: 'the sandbox is ready',
        lastHeartbeatTime: at,
        lastTransitionTime: at,
      },
    ],
    nodeInfo: {
      architecture: 'amd64',
      bootID: '',
      containerRuntimeVersion: 'reflux://sandbox',
      kernelVersion: '',
      kubeProxyVersion: kubeletVersion,
      kubeletVersion,
      machineID: '',
      operatingSystem: 'linux',
      osImage: 'Reflux sandbox',
      systemUUID: '',
    },
  });
}
