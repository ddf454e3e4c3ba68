/** The controllers of the sandbox cluster: workloads run, services get addresses, claims get volumes. */
export type { Change, Cluster, Ref } from './cluster.ts';
export type { ControllerContext } from './context.ts';
export { exitCodeAnnotation, nodeName, readyAnnotation } from './kubelet.ts';
export { startControllers } from './run.ts';
export type { Controllers } from './run.ts';
