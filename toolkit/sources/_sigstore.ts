/** A Sigstore of a test's own: its Fulcio, its log of certificates, its Rekor, and the root that trusts them. */
import { createHash, generateKeyPairSync, sign } from 'node:crypto';
import type { KeyObject } from 'node:crypto';
import {
  certificate,
  der,
  extension,
  octets,
  pemOf,
  sequence,
  spkiOf,
  tbsOf,
  utf8,
} from '../../lib/notation/_der.ts';
import type { Certified } from '../../lib/notation/_der.ts';

const hashOf = (data: Uint8Array) => createHash('sha256').update(data).digest();
const base64 = (data: string | Uint8Array) => Buffer.from(data).toString('base64');
const newKey = () => generateKeyPairSync('ec', { namedCurve: 'P-256' });
const minutes = (date: Date, count: number) => new Date(date.getTime() + count * 60_000);

/** What can be wrong with a signature. */
export interface Wrongs {
  /** No log has seen the certificate. */
  withoutSct?: boolean;
  /** Another log than that of the root has seen it. */
  strangeSct?: boolean;
  /** Rekor's word is another's. */
  strangeLog?: boolean;
  /** The signature came to Rekor when the certificate had ended. */
  late?: boolean;
}

export interface Envelope {
  payload: Buffer;
  payloadType: string;
  signature: Buffer;
}

const statementType = 'application/vnd.in-toto+json';

/** A statement about an artifact, signed. */
export function envelopeOf(digest: string, key: KeyObject, payloadType = statementType): Envelope {
  const payload = Buffer.from(
    JSON.stringify({
      _type: 'https://in-toto.io/Statement/v1',
      subject: [{ digest: { sha256: digest.replace('sha256:', '') } }],
      predicateType: 'https://sigstore.dev/cosign/sign/v1',
      predicate: {},
    }),
  );
  const head = `DSSEv1 ${payloadType.length} ${payloadType} ${payload.length} `;
  const signature = sign('sha256', Buffer.concat([Buffer.from(head), payload]), key);
  return { payload, payloadType, signature };
}

const bundleOf = (
  { payload, payloadType, signature }: Envelope,
  verificationMaterial: Readonly<Record<string, unknown>>,
) => ({
  mediaType: 'application/vnd.dev.sigstore.bundle.v0.3+json',
  verificationMaterial,
  dsseEnvelope: {
    payload: base64(payload),
    payloadType,
    signatures: [{ sig: base64(signature) }],
  },
});

export const keyBundle = (envelope: Envelope) =>
  bundleOf(envelope, { publicKey: { hint: 'mine' }, tlogEntries: [] });

export interface Sigstore {
  /** `trusted_root.json`. */
  root: Record<string, unknown>;
  /** A bundle over an artifact, by whom the certificate names. */
  bundle(digest: string, who: Who, wrongs?: Wrongs): unknown;
  /** Annotations of a layer over a payload. */
  annotations(payload: string, who: Who, wrongs?: Wrongs): Record<string, string>;
}

export interface Who {
  issuer: string;
  /** A URI. */
  subject: string;
}

/** @param now between the beginnings of its certificates and their ends */
export function createSigstore(now: Date): Sigstore {
  const [fulcio, ctLog, rekor, strange] = [newKey(), newKey(), newKey(), newKey()];
  const ca: Certified = {
    subject: 'fulcio',
    issuer: 'fulcio',
    publicKey: fulcio.publicKey,
    from: minutes(now, -600),
    until: minutes(now, 600),
    extensions: [extension('2.5.29.19', sequence(der(0x01, Buffer.from([255]))))],
  };
  const idOf = (key: KeyObject) => hashOf(spkiOf(key));
  const integratedTime = (wrongs: Wrongs) =>
    Math.floor(minutes(now, wrongs.late === true ? 30 : 1).getTime() / 1000);

  const certified = (publicKey: KeyObject, who: Who, wrongs: Wrongs): Buffer => {
    const uri = der(0x86, Buffer.from(who.subject));
    const extensions = [
      extension('2.5.29.17', sequence(uri)),
      // The older form is the text alone.
      extension('1.3.6.1.4.1.57264.1.1', Buffer.from(who.issuer)),
      extension('1.3.6.1.4.1.57264.1.8', utf8(who.issuer)),
    ];
    const leaf = {
      subject: '',
      issuer: 'fulcio',
      publicKey,
      from: now,
      until: minutes(now, 10),
      extensions,
    };
    if (wrongs.withoutSct === true) return certificate(leaf, fulcio.privateKey);
    const log = wrongs.strangeSct === true ? strange : ctLog;
    const at = Buffer.alloc(8);
    at.writeBigUInt64BE(BigInt(now.getTime()));
    const tbs = tbsOf(leaf);
    const seen = Buffer.concat([
      Buffer.from([0, 0]),
      at,
      Buffer.from([0, 1]),
      idOf(fulcio.publicKey),
      Buffer.from([0, tbs.length >> 8, tbs.length & 255]),
      tbs,
      Buffer.from([0, 0]),
    ]);
    const signature = sign('sha256', seen, log.privateKey);
    const stamp = Buffer.concat([
      Buffer.from([0]),
      idOf(ctLog.publicKey),
      at,
      Buffer.from([0, 0, 4, 3, 0, signature.length]),
      signature,
    ]);
    const stamps = Buffer.concat([Buffer.from([0, stamp.length + 2, 0, stamp.length]), stamp]);
    const sct = extension('1.3.6.1.4.1.11129.2.4.2', octets(stamps));
    return certificate({ ...leaf, extensions: [...extensions, sct] }, fulcio.privateKey);
  };

  const logged = (entry: unknown, wrongs: Wrongs) => {
    const log = wrongs.strangeLog === true ? strange : rekor;
    const body = Buffer.from(JSON.stringify(entry));
    const payload = {
      body: base64(body),
      integratedTime: integratedTime(wrongs),
      logID: idOf(rekor.publicKey).toString('hex'),
      logIndex: 7,
    };
    const promise = sign('sha256', Buffer.from(JSON.stringify(payload)), log.privateKey);
    const treeHash = base64(hashOf(Buffer.concat([Buffer.from([0]), body])));
    const note = `rekor.example - 1\n1\n${treeHash}\n`;
    const noteSignature = Buffer.concat([
      idOf(rekor.publicKey).subarray(0, 4),
      sign('sha256', Buffer.from(note), log.privateKey),
    ]);
    const envelope = `${note}\n\u2014 rekor.example ${base64(noteSignature)}\n`;
    return { payload, promise: base64(promise), treeHash, envelope };
  };

  return {
    root: {
      mediaType: 'application/vnd.dev.sigstore.trustedroot+json;version=0.1',
      tlogs: [logOf(rekor.publicKey, 'https://rekor.example', ca.from)],
      ctlogs: [logOf(ctLog.publicKey, 'https://ct.example', ca.from)],
      certificateAuthorities: [
        {
          subject: { commonName: 'fulcio' },
          uri: 'https://fulcio.example',
          certChain: {
            certificates: [{ rawBytes: base64(certificate(ca, fulcio.privateKey)) }],
          },
          validFor: { start: ca.from.toISOString() },
        },
      ],
      timestampAuthorities: [],
    },
    bundle: (digest, who, wrongs = {}) => {
      const { publicKey, privateKey } = newKey();
      const leaf = certified(publicKey, who, wrongs);
      const envelope = envelopeOf(digest, privateKey);
      const value = hashOf(envelope.payload).toString('hex');
      const envelopeHash = hashOf(Buffer.from(JSON.stringify(envelope))).toString('hex');
      const verifier = base64(pemOf(leaf));
      const {
        payload,
        promise,
        treeHash,
        envelope: checkpoint,
      } = logged(
        {
          apiVersion: '0.0.1',
          kind: 'dsse',
          spec: {
            envelopeHash: { algorithm: 'sha256', value: envelopeHash },
            payloadHash: { algorithm: 'sha256', value },
            signatures: [{ signature: base64(envelope.signature), verifier }],
          },
        },
        wrongs,
      );
      const entry = {
        logIndex: String(payload.logIndex),
        logId: { keyId: base64(idOf(rekor.publicKey)) },
        kindVersion: { kind: 'dsse', version: '0.0.1' },
        integratedTime: String(payload.integratedTime),
        inclusionPromise: { signedEntryTimestamp: promise },
        inclusionProof: {
          logIndex: '0',
          rootHash: treeHash,
          treeSize: '1',
          hashes: [],
          checkpoint: { envelope: checkpoint },
        },
        canonicalizedBody: payload.body,
      };
      return bundleOf(envelope, {
        certificate: { rawBytes: base64(leaf) },
        tlogEntries: [entry],
      });
    },
    annotations: (text, who, wrongs = {}) => {
      const { publicKey, privateKey } = newKey();
      const leaf = certified(publicKey, who, wrongs);
      const content = base64(sign('sha256', Buffer.from(text), privateKey));
      const value = hashOf(Buffer.from(text)).toString('hex');
      const { payload, promise } = logged(
        {
          apiVersion: '0.0.1',
          kind: 'hashedrekord',
          spec: {
            data: { hash: { algorithm: 'sha256', value } },
            signature: { content, publicKey: { content: base64(pemOf(leaf)) } },
          },
        },
        wrongs,
      );
      return {
        'dev.cosignproject.cosign/signature': content,
        'dev.sigstore.cosign/certificate': pemOf(leaf),
        'dev.sigstore.cosign/bundle': JSON.stringify({
          SignedEntryTimestamp: promise,
          Payload: payload,
        }),
      };
    },
  };
}

const logOf = (key: KeyObject, baseUrl: string, start: Date) => ({
  baseUrl,
  hashAlgorithm: 'SHA2_256',
  publicKey: {
    rawBytes: base64(spkiOf(key)),
    keyDetails: 'PKIX_ECDSA_P256_SHA_256',
    validFor: { start: start.toISOString() },
  },
  logId: { keyId: base64(hashOf(spkiOf(key))) },
});
