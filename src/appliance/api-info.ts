import type { UnixSeconds } from '../platform/clock.ts';
import { answeredWithError, unexpectedBody, unexpectedStatus } from './answers.ts';
import { readText } from './http.ts';
import type { SiteClient } from './site-client.ts';
import { childText, errorTextOf, readXml, type XmlElement } from './xml-document.ts';

/** What `get_api_info` says; null and absent where a version does not say it. */
export interface ApiInfo {
  readonly apiVersion: string | null;
  readonly timestamp: UnixSeconds | null;
  /** Such as `perm_reporting_support` → `1`. */
  readonly permissions: ReadonlyMap<string, string>;
}

/** What the command `check_health` says. */
export interface Health {
  /** Such as `23.2.1`. */
  readonly version: string | null;
  readonly healthy: boolean;
  readonly errorMessage: string | null;
  /** `none`, `primary` or `backup`. */
  readonly failoverRole: string | null;
}

export async function readApiInfo(client: SiteClient, signal: AbortSignal): Promise<ApiInfo> {
  const root = await command(client, 'get_api_info', 'api_information', signal);
  const timestamp = Number(childText(root, 'timestamp') || Number.NaN);
  const permissions = root.children.find(({ name }) => name === 'permissions')?.children ?? [];
  return {
    apiVersion: childText(root, 'api_version') || null,
    timestamp: Number.isSafeInteger(timestamp) ? timestamp : null,
    permissions: new Map(permissions.map(({ attributes, text }) => [attributes.name ?? '', text.trim()])),
  };
}

export async function readHealth(client: SiteClient, signal: AbortSignal): Promise<Health> {
  const root = await command(client, 'check_health', 'health_check', signal);
  return {
    version: childText(root, 'version')?.split(/\s/, 1)[0] || null,
    healthy: childText(root, 'success') !== '0',
    errorMessage: childText(root, 'error_message') || null,
    failoverRole: childText(root, 'failover_role') || null,
  };
}

/** Runs a command of the API and returns the document's root, which has the given local name. */
async function command(
  client: SiteClient,
  action: string,
  expected: string,
  signal: AbortSignal,
): Promise<XmlElement> {
  const origin = client.about(`the command ${action}`);
  const url = new URL(client.site.commandPath, client.origin);
  const form = new URLSearchParams({ action });
  const answer = await client.call({ what: origin.what, url, form }, signal);
  const body = await readText(answer.body, 1_048_576);
  if (answer.status !== 200) throw unexpectedStatus(answer.status, body, answer.headers.location, origin);
  const root = readXml(body);
  if (root?.name === expected) return root;
  const error = root && errorTextOf(root);
  throw error === null ? unexpectedBody(body, origin) : answeredWithError(error, origin);
}
