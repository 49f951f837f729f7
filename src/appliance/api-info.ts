import type { UnixSeconds } from '../platform/clock.ts';
import { attribute, type Element, textOf } from '../sessions/element.ts';
import { answeredWithError, unexpectedBody, unexpectedStatus } from './answers.ts';
import { readBytes } from './http.ts';
import type { SiteClient } from './site-client.ts';
import { errorTextOf, readXml, type XmlDocument } from './xml-document.ts';

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
  const { children } = await command(client, 'get_api_info', 'api_information', signal);
  const timestamp = Number(text(children, 'timestamp') ?? Number.NaN);
  const permissions = children.find(({ name }) => name === 'permissions')?.children ?? [];
  return {
    apiVersion: text(children, 'api_version'),
    timestamp: Number.isSafeInteger(timestamp) ? timestamp : null,
    permissions: new Map(
      permissions.map((element) => [attribute(element, 'name') ?? '', textOf(element) ?? '']),
    ),
  };
}

export async function readHealth(client: SiteClient, signal: AbortSignal): Promise<Health> {
  const { children } = await command(client, 'check_health', 'health_check', signal);
  return {
    version: text(children, 'version')?.replace(/\s.*$/s, '') ?? null,
    healthy: text(children, 'success') !== '0',
    errorMessage: text(children, 'error_message'),
    failoverRole: text(children, 'failover_role'),
  };
}

function text(children: readonly Element[], name: string): string | null {
  return textOf(children.find((element) => element.name === name));
}

/** Runs a command of the API and returns the document, whose root has the given local name. */
async function command(
  client: SiteClient,
  action: string,
  root: string,
  signal: AbortSignal,
): Promise<XmlDocument> {
  const origin = client.about(`the command ${action}`);
  const url = new URL(client.site.commandPath, client.origin);
  const form = new URLSearchParams({ action });
  const answer = await client.call({ what: origin.what, url, form }, signal);
  const body = await readBytes(answer.body, 1_048_576);
  if (answer.status !== 200) {
    throw unexpectedStatus(answer.status, body.toString(), answer.headers.location, origin);
  }
  const document = readXml(body);
  if (document?.root.name === root) return document;
  const error = document && errorTextOf(document);
  throw typeof error === 'string'
    ? answeredWithError(error, origin)
    : unexpectedBody(body.toString(), origin);
}
