/** Getting charts: from directories, archives and HTTP repositories. */
export { unpackArchive } from './archive.ts';
export { buildDependencies, updateDependencies } from './dependencies.ts';
export type { DependencyOptions } from './dependencies.ts';
export { loadChartPath, readChartDirectory } from './directory.ts';
export type { LoadPathOptions } from './directory.ts';
export type { Credentials } from './http.ts';
export { packChart } from './pack.ts';
export { fetchChartArchive, fetchRepositoryChart } from './repository.ts';
export type { FetchedChart, RepositoryChartRequest } from './repository.ts';
