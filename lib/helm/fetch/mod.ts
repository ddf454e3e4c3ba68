/** Getting charts: from directories and archives. */
export { unpackArchive } from './archive.ts';
export { loadChartPath, readChartDirectory } from './directory.ts';
export type { LoadPathOptions } from './directory.ts';
