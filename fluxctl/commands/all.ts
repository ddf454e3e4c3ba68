/** Every verb. */
import type { Command } from '../command.ts';
import { build } from './build.ts';
import { completion } from './completion.ts';
import { diff } from './diff.ts';
import { events } from './events.ts';
import { explain } from './explain.ts';
import { get } from './get.ts';
import { identity } from './identity.ts';
import { install } from './install.ts';
import { lint } from './lint.ts';
import { listImages } from './list-images.ts';
import { listWorkloads } from './list-workloads.ts';
import { migrate } from './migrate.ts';
import { policy, shortForms } from './policy.ts';
import { reconcile } from './reconcile.ts';
import { release } from './release.ts';
import { save } from './save.ts';
import { simulate } from './simulate.ts';
import { resume, suspend } from './suspend.ts';
import { sync } from './sync.ts';
import { trace } from './trace.ts';
import { tree } from './tree.ts';
import { version } from './version.ts';

export const commands: readonly Command[] = [
  ...shortForms,
  build,
  completion,
  diff,
  events,
  explain,
  get,
  identity,
  install,
  lint,
  listImages,
  listWorkloads,
  migrate,
  policy,
  reconcile,
  release,
  resume,
  save,
  simulate,
  suspend,
  sync,
  trace,
  tree,
  version,
];
