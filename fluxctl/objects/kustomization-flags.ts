/** What `build kustomization` and `diff kustomization` have in common on the command line. */
import type { FlagSpec } from '../../lib/runtime/mod.ts';
import { flag, text, texts } from '../command.ts';
import type { FlagMap } from '../command.ts';
import { readLocalSources } from './local-kustomization.ts';

export interface LocalFilesOptions {
  folder: string;
  kustomizationFile: string;
  ignorePaths: readonly string[];
  strict: boolean;
  recursive: boolean;
  localSources: ReadonlyMap<string, string>;
}

export const kustomizationFlags = [
  {
    name: 'path',
    type: 'string',
    default: '',
    help: 'folder that stands for its spec.path',
  },
  {
    name: 'kustomization-file',
    type: 'string',
    default: '',
    help: 'file with the Kustomization, in place of its present spec',
  },
  {
    name: 'ignore-paths',
    type: 'list',
    default: [],
    help: 'files to leave out, in the format of .gitignore',
  },
  {
    name: 'strict-substitute',
    type: 'bool',
    default: false,
    help: 'refuse variables that are not set and have no default',
  },
  {
    name: 'recursive',
    short: 'r',
    type: 'bool',
    default: false,
    help: 'Kustomizations among the objects, too',
  },
  {
    name: 'local-sources',
    type: 'list',
    default: [],
    help: 'with --recursive: folders of their sources, as Kind/namespace/name=folder',
  },
  // Files are never written in any case.
  {
    name: 'in-memory-build',
    type: 'bool',
    default: false,
    help: 'accepted for flux: nothing is written to the folder in any case',
  },
] as const satisfies readonly FlagSpec[];

/** @throws UsageError */
export const readLocalFilesOptions = (values: FlagMap): LocalFilesOptions => ({
  folder: text(values, 'path'),
  kustomizationFile: text(values, 'kustomization-file'),
  ignorePaths: texts(values, 'ignore-paths'),
  strict: flag(values, 'strict-substitute'),
  recursive: flag(values, 'recursive'),
  localSources: readLocalSources(texts(values, 'local-sources')),
});
