/** `pull` (helm 3.19 pkg/action/pull.go). */
import { mkdir, mkdtemp, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { loadChart } from '../chart/mod.ts';
import { unpackArchive } from '../fetch/archive.ts';
import { command, refuse } from './context.ts';
import { downloadChart } from './download.ts';
import { chartPathFlags } from './flags.ts';
import { verificationText } from './verify.ts';

export const pull = command({
  usage: 'pull [chart URL | repo/chartname] [...]',
  help: `Downloads charts as archives; with --untar they are unpacked. With --verify a chart must carry a good signature.`,
  args: { least: 1 },
  flags: [
    ...chartPathFlags,
    {
      name: 'devel',
      type: 'bool',
      default: false,
      help: "use development versions, too. Equivalent to version '>0.0.0-0'. If --version is set, this is ignored.",
    },
    {
      name: 'untar',
      type: 'bool',
      default: false,
      help: 'if set to true, will untar the chart after downloading it',
    },
    {
      name: 'untardir',
      type: 'string',
      default: '.',
      help: 'if untar is specified, this flag specifies the name of the directory into which the chart is expanded',
    },
    {
      name: 'destination',
      short: 'd',
      type: 'string',
      default: '.',
      help: 'location to write the chart. If this and untardir are specified, untardir is appended to this',
    },
    {
      name: 'prov',
      type: 'bool',
      default: false,
      help: "fetch the provenance file, but don't perform verification",
    },
  ],
  run: async (context, references, flags) => {
    for (const reference of references) {
      const folder = flags.untar
        ? await mkdtemp(path.join(tmpdir(), 'reflux-helm-'))
        : flags.destination;
      try {
        const provenance = flags.verify ? 'always' : flags.prov ? 'later' : 'never';
        const { file, verification } = await downloadChart(reference, flags, context, {
          folder,
          provenance,
        });
        if (verification !== undefined) context.out(verificationText(verification));
        if (flags.untar) await untar(file, reference, flags.destination, flags.untardir);
      } finally {
        if (flags.untar) await rm(folder, { recursive: true, force: true });
      }
    }
  },
});

/** @throws HelmError when something of the chart's name is there already, or the archive leads out of its folder */
async function untar(
  file: string,
  reference: string,
  destination: string,
  folder: string,
): Promise<void> {
  const target = path.isAbsolute(folder) ? folder : path.join(destination, folder);
  const last = reference.slice(reference.lastIndexOf('/') + 1);
  const check = target === '.' ? last : path.join(target, last);
  if (
    await stat(check).then(
      () => true,
      () => false,
    )
  )
    throw refuse(`failed to untar: a file or directory with the name ${check} already exists`);
  const files = unpackArchive(await readFile(file));
  const { metadata } = loadChart(files, { unpack: unpackArchive });
  const top = path.join(target, metadata.name);
  for (const { name, data } of files) {
    const place = path.join(top, name);
    await mkdir(path.dirname(place), { recursive: true });
    await writeFile(place, data);
  }
}
