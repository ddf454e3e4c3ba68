/** Charts: loading from files in memory, dependencies, values, rendering. Pure. */
export type { Chart, ChartDependency, ChartFile, ChartLock, ChartMetadata } from './chart.ts';
