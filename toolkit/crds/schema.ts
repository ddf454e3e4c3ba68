/** Words for writing OpenAPI schemas of custom resources. Pure. */

export type Schema = Readonly<Record<string, unknown>>;

export const durationPattern = '^([0-9]+(\\.[0-9]+)?(ms|s|m|h))+$';
/** As sources take it. */
export const timeoutPattern = '^([0-9]+(\\.[0-9]+)?(ms|s|m))+$';

type More = Readonly<Record<string, unknown>>;

export const text = (description: string, more: More = {}): Schema => ({
  type: 'string',
  description,
  ...more,
});
export const flag = (description: string, more: More = {}): Schema => ({
  type: 'boolean',
  description,
  ...more,
});
export const count = (description: string, more: More = {}): Schema => ({
  type: 'integer',
  description,
  ...more,
});
export const duration = (description: string, more: More = {}): Schema =>
  text(description, { pattern: durationPattern, ...more });
export const choice = (description: string, values: readonly string[], more: More = {}): Schema =>
  text(description, { enum: values, ...more });
export const list = (description: string, items: Schema, more: More = {}): Schema => ({
  type: 'array',
  description,
  items,
  ...more,
});
export const textMap = (description: string): Schema => ({
  type: 'object',
  description,
  additionalProperties: { type: 'string' },
});
export const object = (
  description: string,
  properties: Readonly<Record<string, Schema>>,
  required: readonly string[] = [],
  more: More = {},
): Schema => ({
  type: 'object',
  description,
  properties,
  ...(required.length === 0 ? {} : { required }),
  ...more,
});
/** Any object at all. */
export const anything = (description: string): Schema => ({
  type: 'object',
  description,
  'x-kubernetes-preserve-unknown-fields': true,
});

export const nameRef = (description: string): Schema =>
  object(description, { name: text('Name of the object, in the same namespace.') }, ['name']);

/** What an expression over the object has to say, and the message when it does not. */
export const rules = (...each: readonly (readonly [rule: string, message: string])[]): More => ({
  'x-kubernetes-validations': each.map(([rule, message]) => ({ rule, message })),
});

/** Of every kind but HelmRelease, which says what it is that is left alone. */
export const suspend = flag('Leave the object alone.');

const matchLabels = textMap('Labels that all have to be there.');

/** Whoever applies a list has all of it. */
const atomic = { 'x-kubernetes-list-type': 'atomic' };

/** Objects by their labels. */
export const labelSelector = (description: string): Schema =>
  object(description, {
    matchLabels,
    matchExpressions: list(
      'What else has to hold of the labels.',
      object(
        'One label.',
        {
          key: text('Of the label.'),
          operator: text('`In`, `NotIn`, `Exists` or `DoesNotExist`.'),
          values: list('For `In` and `NotIn`.', { type: 'string' }, atomic),
        },
        ['key', 'operator'],
      ),
      atomic,
    ),
  });

/** Who may refer to an object from other namespaces. */
export const accessFrom = object(
  'Namespaces whose objects may refer to it; those of its own may always.',
  {
    namespaceSelectors: list(
      'One of these has to fit the namespace.',
      object('By the labels of the namespace; all of them when empty.', { matchLabels }),
    ),
  },
  ['namespaceSelectors'],
);

/** Old fields that mean nothing any more; objects that have them are still taken. */
export const ignored = (what: string): Schema =>
  anything(`${what} Accepted for objects of older versions, and without effect.`);

/** How an artifact of a registry was signed, and with which key. */
export const signature: Readonly<Record<string, Schema>> = {
  provider: choice('How it was signed.', ['cosign', 'notation'], { default: 'cosign' }),
  secretRef: nameRef(
    'Secret with public keys in `*.pub`; one of them has to have signed. Without it a certificate of Sigstore has to say who. With `notation`: `trustpolicy.json`, and certificates in `*.crt` and `*.pem`.',
  ),
};

/** Who has signed an artifact of a registry. */
export const signers: Readonly<Record<string, Schema>> = {
  ...signature,
  matchOIDCIdentity: list(
    'Who may have signed without a key; one of them has to have.',
    object(
      'Regular expressions of Go, not anchored.',
      {
        issuer: text('Of the certificate: who knows the signer.'),
        subject: text('Of the certificate: as whom the signer is known.'),
      },
      ['issuer', 'subject'],
    ),
  ),
};

const condition = object(
  'One aspect of the state of the object.',
  {
    type: text('What it is about.', { maxLength: 316 }),
    status: choice('Whether it is so.', ['True', 'False', 'Unknown']),
    reason: text('A word for machines.', { maxLength: 1024 }),
    message: text('A text for people.', { maxLength: 32_768 }),
    lastTransitionTime: text('Since when.', { format: 'date-time' }),
    observedGeneration: { ...count('Generation of the object it was seen at.'), format: 'int64' },
  },
  ['type', 'status', 'reason', 'message', 'lastTransitionTime'],
);

const artifact = object(
  'The file that the source has come to.',
  {
    digest: text('`<algorithm>:<hex>` of the file.'),
    checksum: text('SHA-256 of the file in hexadecimal; written by older versions.'),
    lastUpdateTime: text('When it was stored.', { format: 'date-time' }),
    metadata: textMap('What the source says of it.'),
    path: text('Below the root of the storage.'),
    revision: text('Of the source.'),
    size: { ...count('In bytes.'), format: 'int64' },
    url: text('Where it is served.'),
  },
  ['lastUpdateTime', 'path', 'revision', 'url'],
);

/**
 * A status: what is common, what is the kind's own, and whatever others have written.
 *
 * @param untouched what it is before anybody has looked at the object
 */
export const statusOf = (
  properties: Readonly<Record<string, Schema>>,
  untouched: Readonly<Record<string, unknown>> = { observedGeneration: -1 },
): Schema =>
  object(
    'What became of the object.',
    {
      conditions: list('Aspects of its state.', condition),
      lastHandledReconcileAt: text('The last `requestedAt` that was acted on.'),
      observedGeneration: { ...count('The last generation dealt with.'), format: 'int64' },
      ...properties,
    },
    [],
    { default: untouched, 'x-kubernetes-preserve-unknown-fields': true },
  );

export const sourceStatus = (properties: Readonly<Record<string, Schema>>): Schema =>
  statusOf({ artifact, ...properties });

export { artifact as artifactSchema };
