/** From the v1 kinds to the v2 kinds, object by object, and back. */
export { createCharts } from './charts.ts';
export { MigrateError } from './errors.ts';
export { gatherCluster, gatherFolder, readerOf } from './gather.ts';
export type { Gathered } from './gather.ts';
export { handOver, takeBack } from './hand-over.ts';
export { makePlan, releaseYaml, reportOf, yamlOf } from './plan.ts';
export type { ObjectReport, Plan } from './plan.ts';
export { createProver } from './prove.ts';
export type { Proof } from './prove.ts';
export type { PlannedRelease } from './releases.ts';
export { defaultSync } from './sync.ts';
export type { SyncSettings } from './sync.ts';
export { writeFiles } from './write.ts';
