/** Getting charts: from directories, archives, HTTP repositories and OCI registries. */
export { unpackArchive } from './archive.ts';
export { readChartIndex, writeChartIndex } from './chart-index.ts';
export type { ChartIndex, ChartVersion } from './chart-index.ts';
export { buildDependencies, updateDependencies } from './dependencies.ts';
export type { DependencyOptions } from './dependencies.ts';
export { loadChartPath, readChartDirectory } from './directory.ts';
export type { LoadPathOptions } from './directory.ts';
export { httpGet } from './http.ts';
export type { Credentials, TlsFiles, TransferOptions } from './http.ts';
export { isOci, parseOci } from './oci-reference.ts';
export type { OciReference } from './oci-reference.ts';
export { createOciTransport } from './oci-transport.ts';
export type { OciOptions, OciTransport } from './oci-transport.ts';
export { listVersions, pullOci, pushOci, resolveOci } from './oci.ts';
export type { PulledChart } from './oci.ts';
export { packChart } from './pack.ts';
export { fetchChartArchive, fetchRepositoryChart } from './repository.ts';
export type { FetchedChart, RepositoryChartRequest } from './repository.ts';
