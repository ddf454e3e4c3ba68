/** `push` (helm 3.19 pkg/pusher/ocipusher.go). */
import { readFile, stat } from 'node:fs/promises';
import path from 'node:path';
import { loadChart } from '../chart/mod.ts';
import { unpackArchive } from '../fetch/archive.ts';
import { formatOci, isOci, parseOci } from '../fetch/oci-reference.ts';
import { pushOci, underscoreNote } from '../fetch/oci.ts';
import { command, refuse } from './context.ts';
import { pushFlags } from './push-flags.ts';
import { ociTransportFor } from './transfer.ts';

export const push = command({
  usage: 'push [chart] [remote]',
  help: 'Uploads a chart archive to an OCI registry, with the .prov file beside it when there is one.',
  args: { least: 2 },
  flags: pushFlags,
  run: async (context, [file = '', remote = ''], flags) => {
    if (!isOci(remote)) {
      const scheme = /^([a-z][a-z0-9+.-]*):\/\//i.exec(remote)?.[1];
      throw refuse(
        scheme === undefined
          ? `scheme prefix missing from remote (e.g. "oci://")`
          : `scheme "${scheme}" not supported`,
      );
    }
    const info = await stat(file).catch(() => {
      throw refuse(`${file}: no such file`);
    });
    if (info.isDirectory())
      throw refuse('cannot push directory, must provide chart archive (.tgz)');
    const archive = await readFile(file);
    const { metadata } = loadChart(unpackArchive(archive), { unpack: unpackArchive });
    const provenance = await readFile(`${file}.prov`).catch(() => undefined);
    const base = remote.replace(/^oci:\/\//i, '').replace(/\/+$/, '');
    const reference = parseOci(`${path.posix.join(base, metadata.name)}:${metadata.version}`);
    const digest = await pushOci(ociTransportFor(flags, context), {
      reference,
      archive,
      provenance,
      metadata,
      created: info.mtime.toISOString().replace(/\.\d+Z$/, 'Z'),
    });
    const shown = formatOci(reference);
    context.err(`Pushed: ${shown}\nDigest: ${digest}\n`);
    if (reference.tag.includes('_'))
      context.err(`${shown} contains an underscore.\n${underscoreNote}\n`);
  },
});
