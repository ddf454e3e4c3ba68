/** A certificate authority and a server certificate, made at start. */
import { generateKeyPairSync } from 'node:crypto';
import forge from 'node-forge';

export interface Certificates {
  ca: string;
  cert: string;
  key: string;
}

/** Certificates for the loopback addresses, valid for ten years. Takes a fraction of a second (2048-bit RSA, native). */
export function makeCertificates(now: Date): Certificates {
  const caPair = rsaPair();
  const serverPair = rsaPair();
  const notAfter = new Date(now.getTime() + 10 * 365 * 24 * 3600 * 1000);
  const notBefore = new Date(now.getTime() - 3600 * 1000);
  const caName = [{ name: 'commonName', value: 'reflux-sandbox-ca' }];
  const build = (
    serial: string,
    subject: forge.pki.CertificateField[],
    publicKey: forge.pki.PublicKey,
    extensions: object[],
  ) => {
    const certificate = forge.pki.createCertificate();
    certificate.serialNumber = serial;
    certificate.publicKey = publicKey;
    certificate.validity.notBefore = notBefore;
    certificate.validity.notAfter = notAfter;
    certificate.setSubject(subject);
    certificate.setIssuer(caName);
    certificate.setExtensions(extensions);
    certificate.sign(caPair.privateKey, forge.md.sha256.create());
    return forge.pki.certificateToPem(certificate);
  };
  return {
    ca: build('01', caName, caPair.publicKey, [
      { name: 'basicConstraints', cA: true, critical: true },
      { name: 'keyUsage', keyCertSign: true, cRLSign: true, critical: true },
      { name: 'subjectKeyIdentifier' },
    ]),
    cert: build('02', [{ name: 'commonName', value: 'kube-apiserver' }], serverPair.publicKey, [
      { name: 'basicConstraints', cA: false },
      { name: 'keyUsage', digitalSignature: true, keyEncipherment: true, critical: true },
      { name: 'extKeyUsage', serverAuth: true },
      {
        name: 'subjectAltName',
        altNames: [
          { type: 2, value: 'localhost' },
          { type: 2, value: 'kubernetes.default.svc' },
          { type: 7, ip: '127.0.0.1' },
          { type: 7, ip: '::1' },
        ],
      },
    ]),
    key: serverPair.privatePem,
  };
}

function rsaPair() {
  const { publicKey, privateKey } = generateKeyPairSync('rsa', {
    modulusLength: 2048,
    publicKeyEncoding: { type: 'spki', format: 'pem' },
    privateKeyEncoding: { type: 'pkcs1', format: 'pem' },
  });
  return {
    publicKey: forge.pki.publicKeyFromPem(publicKey),
    privateKey: forge.pki.privateKeyFromPem(privateKey),
    privatePem: privateKey,
  };
}
