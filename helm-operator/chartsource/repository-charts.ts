/** Charts from chart repositories. */
import { OperatorError } from '../errors.ts';

/** Until charts can be fetched from repositories, a HelmRelease that asks for one says so in its status. */
export const unavailableRepositories = {
  fetchRepositoryChart: (source: { url: string; name: string }) =>
    Promise.reject(
      new OperatorError(
        'ChartSourceInvalid',
        source.name,
        `chart unavailable: ${source.url}: charts from repositories are not served yet; use chart.git`,
      ),
    ),
  updateDependencies: (folder: string) =>
    Promise.reject(
      new OperatorError(
        'ChartFetchFailed',
        folder,
        'the dependencies of charts are not updated yet; commit them to charts/, or set skipDepUpdate',
      ),
    ),
};
