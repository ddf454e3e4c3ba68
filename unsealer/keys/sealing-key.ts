/** A sealing key: an RSA pair with a self-signed certificate, kept in a TLS Secret. */
import {
  createPrivateKey,
  createPublicKey,
  generateKeyPair,
  randomBytes,
  X509Certificate,
} from 'node:crypto';
import type { KeyObject } from 'node:crypto';
import { promisify } from 'node:util';
import forge from 'node-forge';
import type { KubeObject } from '../../lib/objects/mod.ts';
import { UnsealerError } from '../errors.ts';
import { texts } from '../seal/sealed-secret.ts';

export const keyLabel = 'sealedsecrets.bitnami.com/sealed-secrets-key';

export interface SealingKey {
  /** Name of its Secret. */
  name: string;
  privateKey: KeyObject;
  publicKey: KeyObject;
  /** PEM of the first certificate. */
  certificate: string;
  /** The certificate's begin; the newest key seals. */
  notBefore: Date;
}

export interface KeyMaterial {
  /** PEM, PKCS#1. */
  privateKey: string;
  /** PEM. */
  certificate: string;
}

export interface KeyOptions {
  /** Bits of the modulus. */
  size: number;
  /** How long the certificate is valid, in milliseconds. */
  validForMs: number;
  /** Issuer and subject; none when empty. */
  commonName: string;
}

const generate = promisify(generateKeyPair);

/** Makes a pair; 4096 bits take about a second. */
export async function makeKey(now: Date, options: KeyOptions): Promise<KeyMaterial> {
  const { publicKey, privateKey } = await generate('rsa', {
    modulusLength: options.size,
    publicKeyEncoding: { type: 'spki', format: 'pem' },
    privateKeyEncoding: { type: 'pkcs1', format: 'pem' },
  });
  const certificate = forge.pki.createCertificate();
  certificate.publicKey = forge.pki.publicKeyFromPem(publicKey);
  // Positive as RFC 5280 asks: the first byte stays below 0x80 and above zero.
  certificate.serialNumber = `01${randomBytes(15).toString('hex')}`;
  certificate.validity.notBefore = now;
  certificate.validity.notAfter = new Date(now.getTime() + options.validForMs);
  const name = options.commonName === '' ? [] : [{ name: 'commonName', value: options.commonName }];
  certificate.setSubject(name);
  certificate.setIssuer(name);
  certificate.setExtensions([
    { name: 'keyUsage', encipherOnly: true, critical: true },
    { name: 'basicConstraints', cA: true, critical: true },
  ]);
  certificate.sign(forge.pki.privateKeyFromPem(privateKey), forge.md.sha256.create());
  return {
    privateKey: privateKey.replaceAll('\r\n', '\n'),
    certificate: forge.pki.certificateToPem(certificate).replaceAll('\r\n', '\n'),
  };
}

/** @throws UnsealerError `BadKey` */
export function readKey(secret: KubeObject): SealingKey {
  const name = secret.metadata.name ?? '';
  const data = texts(secret.data);
  const pem = (field: string) => Buffer.from(data[field] ?? '', 'base64').toString('utf8');
  try {
    const privateKey = createPrivateKey(pem('tls.key'));
    if (privateKey.asymmetricKeyType !== 'rsa') {
      throw new UnsealerError('BadKey', name, 'private key is not an RSA key');
    }
    const certificate = new X509Certificate(pem('tls.crt'));
    return {
      name,
      privateKey,
      publicKey: createPublicKey(privateKey),
      certificate: certificate.toString(),
      notBefore: new Date(certificate.validFrom),
    };
  } catch (thrown) {
    if (thrown instanceof UnsealerError) throw thrown;
    throw new UnsealerError('BadKey', name, 'tls.key or tls.crt cannot be read', { cause: thrown });
  }
}
