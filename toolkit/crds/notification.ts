/** The definitions of the notification side (spec §5.2 to §5.4). Pure. */
import { ageColumn, definitionOf, readyColumns } from './definition.ts';
import {
  anything,
  choice,
  duration,
  list,
  nameRef,
  object,
  rules,
  statusOf,
  suspend,
  text,
  textMap,
  timeoutPattern,
} from './schema.ts';
import type { Schema } from './schema.ts';

const group = 'notification.toolkit.fluxcd.io';
const categories = ['all', 'fluxcd', 'fluxcd-notifications'];

const eventKinds = [
  'Bucket',
  'GitRepository',
  'Kustomization',
  'HelmRelease',
  'HelmChart',
  'HelmRepository',
  'ImageRepository',
  'ImagePolicy',
  'ImageUpdateAutomation',
  'OCIRepository',
  'ArtifactGenerator',
  'ExternalArtifact',
];

const reference = (what: string, more: Readonly<Record<string, Schema>> = {}): Schema =>
  object(
    what,
    {
      apiVersion: text('Of the object.'),
      kind: choice('Of the object.', eventKinds),
      name: text('Of the object; `*` for all.', { minLength: 1, maxLength: 253 }),
      namespace: text('Of the object; that of this one when empty.', {
        minLength: 1,
        maxLength: 253,
      }),
      matchLabels: textMap('Only objects with these labels; for the name `*`.'),
      ...more,
    },
    ['kind', 'name'],
  );

/** Kept from older versions, and not written. */
const oldStatus = anything('Written by older versions.');

export const provider = definitionOf({
  group,
  kind: 'Provider',
  plural: 'providers',
  shortNames: [],
  categories,
  versions: ['v1beta3', 'v1beta2', 'v1beta1'],
  columns: [ageColumn],
  description: 'Where notifications are sent.',
  spec: object(
    'What is wanted.',
    {
      type: choice('What kind of recipient it is.', [
        'slack',
        'discord',
        'msteams',
        'rocket',
        'generic',
        'generic-hmac',
        'github',
        'gitlab',
        'gitea',
        'giteapullrequestcomment',
        'bitbucketserver',
        'bitbucket',
        'azuredevops',
        'googlechat',
        'googlepubsub',
        'webex',
        'sentry',
        'azureeventhub',
        'telegram',
        'lark',
        'matrix',
        'opsgenie',
        'alertmanager',
        'grafana',
        'githubdispatch',
        'githubpullrequestcomment',
        'gitlabmergerequestcomment',
        'pagerduty',
        'datadog',
        'nats',
        'zulip',
        'otel',
        'zoom',
        'incident.io',
      ]),
      interval: duration('Accepted, and without effect.'),
      channel: text('Where in it.', { maxLength: 2048 }),
      username: text('Under which name.', { maxLength: 2048 }),
      address: text('Its endpoint.', { maxLength: 2048 }),
      timeout: text('Limit of one notification, tries included; 15s when empty.', {
        pattern: timeoutPattern,
      }),
      proxy: text('Older than `proxySecretRef`.', {
        pattern: '^(http|https)://.*$',
        maxLength: 2048,
      }),
      proxySecretRef: nameRef('Secret with `address`, and perhaps `username` and `password`.'),
      secretRef: nameRef(
        'Secret with what the type needs of `address`, `token`, `username`, `password`, `headers`, `proxy`.',
      ),
      certSecretRef: nameRef('Secret with `ca.crt`, or `tls.crt` and `tls.key`, or all three.'),
      serviceAccountName: text('Whose identity in a cloud is used, where the Secret has no token.'),
      commitStatusExpr: text('CEL over `event`, `alert` and `provider`: name of a commit status.'),
      suspend,
    },
    ['type'],
    rules([
      `!has(self.commitStatusExpr) || self.type in ['github', 'gitlab', 'gitea', 'bitbucketserver', 'bitbucket', 'azuredevops']`,
      "spec.commitStatusExpr is only supported for the 'github', 'gitlab', 'gitea', 'bitbucketserver', 'bitbucket', 'azuredevops' provider types",
    ]),
  ),
  status: oldStatus,
});

export const alert = definitionOf({
  group,
  kind: 'Alert',
  plural: 'alerts',
  shortNames: [],
  categories,
  versions: ['v1beta3', 'v1beta2', 'v1beta1'],
  columns: [ageColumn],
  description: 'Which events are sent where.',
  spec: object(
    'What is wanted.',
    {
      providerRef: nameRef('The Provider, in the same namespace.'),
      eventSeverity: choice('`info` for all events.', ['info', 'error'], { default: 'info' }),
      eventSources: list('Objects whose events are wanted.', reference('Objects.')),
      inclusionList: list('Regular expressions of messages that are wanted.', { type: 'string' }),
      exclusionList: list('Regular expressions of messages that are not wanted.', {
        type: 'string',
      }),
      eventMetadata: textMap('Added to the metadata of each event.'),
      summary: text('Older than `eventMetadata.summary`.', { maxLength: 255 }),
      suspend,
    },
    ['providerRef', 'eventSources'],
  ),
  status: oldStatus,
});

const oidcProvider = object(
  'An issuer whose tokens are taken.',
  {
    issuerURL: text('Of the issuer.', { pattern: '^https?://' }),
    audience: text('Whom tokens must be for; `notification-controller` when empty.'),
    variables: list(
      'Named CEL expressions over `claims`, and those before as `vars`.',
      object('One.', { name: text('Its name.'), expression: text('Its value.') }, [
        'name',
        'expression',
      ]),
    ),
    validations: list(
      'CEL expressions over `claims` and `vars`, all of which must hold.',
      object('One.', { expression: text('What must hold.'), message: text('When it does not.') }, [
        'expression',
        'message',
      ]),
      { minItems: 1 },
    ),
  },
  ['issuerURL', 'validations'],
);

export const receiver = definitionOf({
  group,
  kind: 'Receiver',
  plural: 'receivers',
  shortNames: [],
  categories,
  versions: ['v1', 'v1beta2', 'v1beta1'],
  columns: readyColumns,
  description: 'A path for webhooks, and the objects that look again when it is called.',
  spec: object(
    'What is wanted.',
    {
      type: choice('Who calls, and so how a call proves to be genuine.', [
        'generic',
        'generic-hmac',
        'generic-oidc',
        'github',
        'gitlab',
        'bitbucket',
        'harbor',
        'dockerhub',
        'quay',
        'gcr',
        'nexus',
        'acr',
        'cdevents',
      ]),
      interval: duration('How often the Secret is read again.', { default: '10m' }),
      events: list('Kinds of events that are taken.', { type: 'string' }),
      resources: list(
        'Objects that look again.',
        reference('Objects.', { filter: text('CEL over `res` and `req`, for these objects.') }),
      ),
      resourceFilter: text('CEL over `res` and `req`: whether an object looks again.'),
      secretRef: nameRef('Secret with `token`; for `gcr` also `email` and `audience`.'),
      oidcProviders: list('For the type `generic-oidc`.', oidcProvider, {
        'x-kubernetes-list-type': 'map',
        'x-kubernetes-list-map-keys': ['issuerURL'],
      }),
      suspend,
    },
    ['type', 'resources'],
    rules(
      [
        "self.type != 'generic-oidc' || (has(self.oidcProviders) && size(self.oidcProviders) > 0)",
        'generic-oidc receivers must define at least one oidcProvider',
      ],
      [
        "self.type == 'generic-oidc' || !has(self.oidcProviders) || size(self.oidcProviders) == 0",
        'oidcProviders can only be set when type is generic-oidc',
      ],
      [
        "self.type != 'generic-oidc' || !has(self.secretRef)",
        'secretRef cannot be set when type is generic-oidc',
      ],
      [
        "self.type == 'generic-oidc' || has(self.secretRef)",
        'secretRef is required when type is not generic-oidc',
      ],
    ),
  ),
  status: statusOf({
    webhookPath: text('Where it is called.'),
    url: text('The same, for clients of older versions.'),
  }),
});
