/** Identities in clouds: keys of AWS, tokens of Google and Azure, where the clouds' own libraries look for them. */
export { askerOf, createKeptIdentities } from './account.ts';
export { aksAccess } from './aks.ts';
export { askAws, assumeRole, awsKeys } from './aws.ts';
export { signAws } from './aws-signature.ts';
export type { AwsKeys } from './aws-signature.ts';
export {
  azureApplication,
  azureApplicationToken,
  azureDevOpsScope,
  azureManagedToken,
  azureToken,
} from './azure.ts';
export type { AzureApplication } from './azure.ts';
export { codeCommitLogin, codeCommitRegion } from './code-commit.ts';
export { eksAccess } from './eks.ts';
export { CloudError } from './errors.ts';
export type { CloudReason } from './errors.ts';
export { githubAppHeaders, githubInstallationToken, readGithubApp } from './github-app.ts';
export type { AskGithub, GithubApp } from './github-app.ts';
export { googleKeyToken, googleToken } from './google.ts';
export { gkeAccess } from './gke.ts';
export { createKept } from './kept.ts';
export type { Ending, Kept } from './kept.ts';
export type { ClusterAccess, ManagedCluster, Whereabouts } from './managed-cluster.ts';
export { signedJwt } from './jwt.ts';
export { getJson, postForm, postJson, textOf } from './http-json.ts';
export type { ServerTrust } from './http-json.ts';
export type { CloudAccount, CloudOptions, CloudToken, KeptIdentities } from './types.ts';
