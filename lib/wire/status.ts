/** Answers of the API: workloads, images, jobs, the repository (spec flux-v1 §8.2, §8.4). */
import type { UpdateResult, UpdateSpec } from './update.ts';

/** One tag of an image. Scalars that are not known are left out. */
export interface WireImage {
  ID?: string;
  Digest?: string;
  ImageID?: string;
  Labels?: Record<string, string>;
  /** RFC 3339. */
  CreatedAt?: string;
  LastFetched?: string;
}

export interface WireContainer {
  Name: string;
  Current: WireImage;
  LatestFiltered?: WireImage;
  Available?: WireImage[];
  AvailableError?: string;
  AvailableImagesCount?: number;
  NewAvailableImagesCount?: number;
  FilteredImagesCount?: number;
  NewFilteredImagesCount?: number;
}

export interface RolloutStatus {
  Desired: number;
  Updated: number;
  Ready: number;
  Available: number;
  Outdated: number;
  Messages: string[] | null;
}

export type ReadOnlyReason = '' | 'NotInRepo' | 'System' | 'NoRepo' | 'NotReady' | 'ReadOnlyMode';

export interface ControllerStatus {
  ID: string;
  Containers: WireContainer[];
  ReadOnly: ReadOnlyReason;
  Status: string;
  Rollout: RolloutStatus;
  SyncError: string;
  Antecedent: string;
  Labels: Record<string, string> | null;
  Automated: boolean;
  Locked: boolean;
  Ignore: boolean;
  Policies: Record<string, string> | null;
}

export interface ImageStatus {
  ID: string;
  Containers: WireContainer[];
}

export interface JobStatus {
  Result: { revision?: string; spec?: UpdateSpec; result?: UpdateResult };
  Err: string;
  StatusString: 'queued' | 'running' | 'failed' | 'succeeded';
}

export interface PublicKey {
  key: string;
  fingerprints: Record<string, { hash: string; randomart: string }> | null;
}

export interface GitConfig {
  remote: { url: string; branch: string; path: string };
  publicSSHKey: PublicKey;
  status: string;
  errors: string;
}
