/** `dependency update` and `dependency build`. */
import { buildDependencies, updateDependencies } from '../fetch/dependencies.ts';
import { cacheFolderOf } from './cache-folder.ts';
import { command } from './context.ts';

const declared = (word: string, help: string, run: typeof updateDependencies) =>
  command({
    usage: `dependency ${word} CHART`,
    help,
    args: { least: 0, most: 1 },
    flags: [],
    run: ({ env, clock, signal }, [folder = '.']) =>
      run(folder, { cacheFolder: cacheFolderOf(env), clock, signal }),
  });

export const dependencyUpdate = declared(
  'update',
  'update charts/ based on the contents of Chart.yaml',
  updateDependencies,
);

export const dependencyBuild = declared(
  'build',
  'rebuild the charts/ directory based on the Chart.lock file',
  buildDependencies,
);
