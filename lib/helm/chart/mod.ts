/** Charts: loading from files in memory, dependencies, values, rendering. Pure. */
export type { Chart, ChartDependency, ChartFile, ChartLock, ChartMetadata } from './chart.ts';
export { coalesceValues } from './coalesce.ts';
export { defaultCapabilities, helmVersion, parseKubeVersion } from './default-capabilities.ts';
export type { Capabilities } from './default-capabilities.ts';
export { inRange, processDependencies } from './dependencies.ts';
export { HelmError } from './errors.ts';
export type { HelmReason } from './errors.ts';
export { parseIgnore } from './ignore.ts';
export type { IgnoreRules } from './ignore.ts';
export { installOrder, uninstallOrder } from './kind-order.ts';
export { loadChart } from './load.ts';
export type { LoadOptions } from './load.ts';
export { sortManifests, splitManifests } from './manifest.ts';
export type { Manifest, RenderedHook } from './manifest.ts';
export { setFileValues, setValues } from './strvals.ts';
export type { SetKind } from './strvals.ts';
export { mergeTables, overlayValues } from './tables.ts';
