/** PEM blocks as Go's encoding/pem writes and finds them. */
import { base64OfBytes, bytesOfBase64 } from './base64.ts';

export interface PemBlock {
  type: string;
  bytes: Uint8Array;
}

export function writePem(type: string, bytes: Uint8Array): string {
  const lines = base64OfBytes(bytes).match(/.{1,64}/g) ?? [];
  return `-----BEGIN ${type}-----\n${lines.map((line) => `${line}\n`).join('')}-----END ${type}-----\n`;
}

const block =
  /(?:^|\n)-----BEGIN ([^\n]*?)-----[ \t\r]*\n((?:[^\n:]+:[^\n]*\n)*)\n?([A-Za-z0-9+/=\s]*?)-----END \1-----[ \t\r]*(?:\n|$)/;

/** The first block of a text; `undefined` when there is none. */
export function readPem(text: string): PemBlock | undefined {
  const match = block.exec(text);
  if (match === null) return undefined;
  const bytes = bytesOfBase64((match[3] ?? '').replaceAll(/\s/g, ''));
  return typeof bytes === 'string' ? undefined : { type: match[1] ?? '', bytes };
}
