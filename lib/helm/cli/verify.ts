/** `verify` (helm 3.19 cmd/helm/verify.go). */
import { verifyChart } from '../fetch/provenance.ts';
import type { Verification } from '../fetch/provenance.ts';
import { command } from './context.ts';
import type { CommandContext } from './context.ts';
import { keyringFlag } from './flags.ts';
import { keyringOf } from './transfer.ts';

export const verify = command({
  usage: 'verify PATH',
  help: 'Compares a chart archive with the signed .prov file beside it.',
  args: { least: 1, most: 1 },
  flags: [keyringFlag],
  run: async (context, [file = ''], flags) => {
    context.out(verificationText(await verifyFile(file, flags.keyring, context)));
  },
});

export const verifyFile = (file: string, keyring: string, context: CommandContext) =>
  verifyChart(file, keyringOf(keyring, context), context.env);

export function verificationText({ signedBy, fingerprint, hash }: Verification): string {
  return [
    ...signedBy.map((name) => `Signed by: ${name}\n`),
    `Using Key With Fingerprint: ${fingerprint}\n`,
    `Chart Hash Verified: ${hash}\n`,
  ].join('');
}
