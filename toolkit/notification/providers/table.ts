/** Every type of provider. */
import { alertmanager, grafana, incidentIo, opsgenie, pagerduty } from './alerting.ts';
import { googleChat, lark, msteams } from './cards.ts';
import { matrix, telegram, webex, zoom, zulip } from './chat.ts';
import { azureEventHub, googlePubSub } from './cloud.ts';
import { githubComment, githubDispatch, giteaComment, gitlabComment } from './comments.ts';
import { azureDevOps, bitbucket, bitbucketServer, gitea, github, gitlab } from './commit-status.ts';
import type { Recipient } from './contract.ts';
import { generic, genericHmac } from './forward.ts';
import { datadog, otel, sentry } from './monitoring.ts';
import { nats } from './nats.ts';
import { discord, rocket, slack } from './slack.ts';

export const recipients: ReadonlyMap<string, Recipient> = new Map(
  Object.entries({
    alertmanager,
    azuredevops: azureDevOps,
    azureeventhub: azureEventHub,
    bitbucket,
    bitbucketserver: bitbucketServer,
    datadog,
    discord,
    generic,
    'generic-hmac': genericHmac,
    gitea,
    giteapullrequestcomment: giteaComment,
    github,
    githubdispatch: githubDispatch,
    githubpullrequestcomment: githubComment,
    gitlab,
    gitlabmergerequestcomment: gitlabComment,
    googlechat: googleChat,
    googlepubsub: googlePubSub,
    grafana,
    'incident.io': incidentIo,
    lark,
    matrix,
    msteams,
    nats,
    opsgenie,
    otel,
    pagerduty,
    rocket,
    sentry,
    slack,
    telegram,
    webex,
    zoom,
    zulip,
  }),
);
