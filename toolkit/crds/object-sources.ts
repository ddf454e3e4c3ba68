/** The definitions of sources in registries and object stores (spec §1.3, §1.5). Pure. */
import { definitionOf, readyColumns, sourceApi } from './definition.ts';
import {
  artifactSchema,
  choice,
  duration,
  flag,
  ignored,
  nameRef,
  object,
  rules,
  signers,
  sourceStatus,
  statusOf,
  suspend,
  text,
  timeoutPattern,
} from './schema.ts';
import type { Schema } from './schema.ts';

const { group, categories } = sourceApi;

const common: Readonly<Record<string, Schema>> = {
  interval: duration('How often the source is looked at.'),
  timeout: text('Limit of one operation.', { pattern: timeoutPattern, default: '60s' }),
  ignore: text('Files left out, in the syntax of .gitignore.'),
  suspend,
  certSecretRef: nameRef('Secret with `ca.crt`, or `tls.crt` and `tls.key`.'),
};

const layerSelector = object('Which layer, and what is done with it.', {
  mediaType: text('Its media type; the first layer when empty.'),
  operation: choice('Unpack its files, or take it as it is.', ['extract', 'copy']),
});

const observed: Readonly<Record<string, Schema>> = {
  url: text('Where the alias of the newest artifact is served.'),
  observedIgnore: text('`ignore` of the present artifact.'),
};

export const ociRepository = definitionOf({
  group,
  kind: 'OCIRepository',
  plural: 'ocirepositories',
  shortNames: ['ocirepo'],
  categories,
  versions: ['v1', 'v1beta2'],
  columns: [{ name: 'URL', jsonPath: '.spec.url' }, ...readyColumns],
  description: 'A layer of an OCI artifact.',
  spec: object(
    'What is wanted.',
    {
      ...common,
      url: text('Of the repository, without tag.', { pattern: '^oci://.*$' }),
      ref: object('Which artifact: a digest goes before semver, tag.', {
        digest: text('Of its manifest.'),
        semver: text('The newest tag in a range of versions.'),
        semverFilter: text('Pattern of the tags that are looked at.'),
        tag: text('What it stands for; `latest` when nothing else is said.'),
      }),
      layerSelector,
      provider: choice('How to log in.', ['generic', 'aws', 'azure', 'gcp'], {
        default: 'generic',
      }),
      verify: object('Whose signature is asked for.', {
        ...signers,
        trustedRootSecretRef: nameRef(
          'Secret with `trusted_root.json`, of a Sigstore that is not the public one.',
        ),
      }),
      serviceAccountName: text(
        'Whose pull secrets are used, or whose identity with the `provider`, without `secretRef`.',
      ),
      proxySecretRef: nameRef('Secret with `address`, and perhaps `username` and `password`.'),
      secretRef: nameRef('Secret of a docker registry.'),
      insecure: flag('Plain HTTP.'),
    },
    ['url', 'interval'],
  ),
  status: sourceStatus({
    ...observed,
    observedLayerSelector: layerSelector,
    contentConfigChecksum: text('Written by older versions.'),
  }),
});

export const bucket = definitionOf({
  group,
  kind: 'Bucket',
  plural: 'buckets',
  shortNames: [],
  categories,
  versions: ['v1', 'v1beta2', 'v1beta1'],
  columns: [{ name: 'Endpoint', jsonPath: '.spec.endpoint' }, ...readyColumns],
  description: 'The objects of a bucket.',
  spec: object(
    'What is wanted.',
    {
      ...common,
      provider: choice('Whose service it is.', ['generic', 'aws', 'gcp', 'azure'], {
        default: 'generic',
      }),
      bucketName: text('Its name.'),
      endpoint: text('Host and port of the service.'),
      region: text('Its region.'),
      prefix: text('Only objects whose keys begin so.'),
      sts: object(
        'Where temporary keys come from.',
        {
          provider: choice('AWS, or a service that asks LDAP, as MinIO has it.', ['aws', 'ldap']),
          endpoint: text('Its address.', { pattern: '^(http|https)://.*$' }),
          secretRef: nameRef('Secret with `username` and `password`; ldap only.'),
          certSecretRef: nameRef('Secret with `ca.crt`, or `tls.crt` and `tls.key`; ldap only.'),
        },
        ['provider', 'endpoint'],
      ),
      insecure: flag('Plain HTTP.'),
      secretRef: nameRef(
        'Secret with `accesskey` and `secretkey`; gcp: `serviceaccount`; azure: `accountKey`, `sasKey`, or `clientId` and what goes with it.',
      ),
      proxySecretRef: nameRef('Secret with `address`, and perhaps `username` and `password`.'),
      serviceAccountName: text('Whose identity is used with the `provider`.'),
      accessFrom: ignored('Who may use the source.'),
    },
    ['bucketName', 'endpoint', 'interval'],
    rules(
      [
        "self.provider == 'aws' || self.provider == 'generic' || !has(self.sts)",
        "STS configuration is only supported for the 'aws' and 'generic' Bucket providers",
      ],
      [
        "self.provider != 'aws' || !has(self.sts) || self.sts.provider == 'aws'",
        "'aws' is the only supported STS provider for the 'aws' Bucket provider",
      ],
      [
        "self.provider != 'generic' || !has(self.sts) || self.sts.provider == 'ldap'",
        "'ldap' is the only supported STS provider for the 'generic' Bucket provider",
      ],
      [
        "!has(self.sts) || self.sts.provider != 'aws' || !has(self.sts.secretRef)",
        "spec.sts.secretRef is not required for the 'aws' STS provider",
      ],
      [
        "!has(self.sts) || self.sts.provider != 'aws' || !has(self.sts.certSecretRef)",
        "spec.sts.certSecretRef is not required for the 'aws' STS provider",
      ],
      [
        "self.provider != 'generic' || !has(self.serviceAccountName)",
        "ServiceAccountName is not supported for the 'generic' Bucket provider",
      ],
      [
        '!has(self.secretRef) || !has(self.serviceAccountName)',
        'cannot set both .spec.secretRef and .spec.serviceAccountName',
      ],
    ),
  ),
  status: sourceStatus(observed),
});

/** Written by controllers of other makers; here it is only read. */
export const externalArtifact = definitionOf({
  group,
  kind: 'ExternalArtifact',
  plural: 'externalartifacts',
  shortNames: ['ea'],
  categories,
  versions: ['v1'],
  columns: [...readyColumns, { name: 'Source', jsonPath: '.spec.sourceRef.name' }],
  description: 'An artifact that another controller makes and serves.',
  spec: object('Where it comes from.', {
    sourceRef: object(
      'The object that the artifact is made for.',
      {
        apiVersion: text('Its version.'),
        kind: text('Its kind.'),
        name: text('Its name.'),
        namespace: text('Its namespace; that of the artifact when empty.'),
      },
      ['kind', 'name'],
    ),
  }),
  status: statusOf({ artifact: artifactSchema }, {}),
});
