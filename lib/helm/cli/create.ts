/** `create`: a chart to begin with (helm 3.19 pkg/chartutil/create.go makes the same files). */
import { cp, mkdir, readdir, readFile, stat, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { command, refuse } from './context.ts';
import { scaffold } from './scaffold.ts';

export const create = command({
  usage: 'create NAME',
  help: `Writes a folder with a small, complete chart: a Deployment, its Service and ServiceAccount, and an Ingress and a
HorizontalPodAutoscaler to switch on. Another chart can be the pattern, with --starter.`,
  args: { least: 1, most: 1 },
  flags: [
    {
      name: 'starter',
      short: 'p',
      type: 'string',
      default: '',
      help: 'the name or absolute path to Helm starter scaffold',
    },
  ],
  run: async (context, [target = ''], flags) => {
    context.out(`Creating ${target}\n`);
    const name = path.basename(path.resolve(target));
    if (name.length > 250) throw refuse('chart name must not exceed 250 characters');
    if (!/^[a-zA-Z0-9._-]+$/.test(name))
      throw refuse('chart name must match the regular expression "^[a-zA-Z0-9._-]+$"');
    if (flags.starter !== '') {
      const starter = path.isAbsolute(flags.starter)
        ? flags.starter
        : path.join(context.settings.dataHome, 'starters', flags.starter);
      await fromStarter(starter, target, name);
      return;
    }
    const info = await stat(target).catch(() => undefined);
    if (info !== undefined && !info.isDirectory())
      throw refuse(`file ${path.resolve(target)} already exists and is not a directory`);
    for (const [file, text] of Object.entries(scaffold(name))) {
      const full = path.join(target, file);
      await mkdir(path.dirname(full), { recursive: true });
      if (
        await stat(full).then(
          () => true,
          () => false,
        )
      )
        context.err(`WARNING: File "${full}" already exists. Overwriting.\n`);
      await writeFile(full, text);
    }
    await mkdir(path.join(target, 'charts'), { recursive: true });
  },
});

/** Copies a chart; `<CHARTNAME>` in its files becomes the name. */
async function fromStarter(starter: string, target: string, name: string): Promise<void> {
  await stat(path.join(starter, 'Chart.yaml')).catch(() => {
    throw refuse(`could not load ${starter}: stat ${starter}: no such file or directory`);
  });
  await cp(starter, target, { recursive: true });
  const entries = await readdir(target, { recursive: true, withFileTypes: true });
  for (const entry of entries) {
    if (!entry.isFile()) continue;
    const file = path.join(entry.parentPath, entry.name);
    const text = await readFile(file, 'utf8');
    const named =
      path.relative(target, file) === 'Chart.yaml'
        ? text.replace(/^name:.*$/m, `name: ${name}`)
        : text;
    await writeFile(file, named.replaceAll('<CHARTNAME>', name));
  }
}
