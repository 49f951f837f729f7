import { type Answer, html, text, xml } from '../answer.ts';
import type { Core } from '../core.ts';
import { declaration } from '../error-report.ts';
import type { LoggedRequest } from '../request-log.ts';
import { refusal } from '../sign-in.ts';
import { plainStyle } from '../specimens.ts';
import { escapeText, XmlWriter } from '../xml.ts';

/** `/api/command?action=…`: what an exporter needs of it. */
export function answerCommand(core: Core, request: LoggedRequest): Answer {
  const refused = refusal(core, request, 'command');
  if (refused) return refused;
  switch (request.parameters.action) {
    case 'get_api_info':
      return xml(apiInformation(core));
    case 'check_health':
      return xml(healthCheck(core));
    default:
      return xml(
        `${declaration}<error xmlns="${namespace(core)}">${escapeText('Unknown action.')}</error>\n`,
      );
  }
}

/** `GET /check_health`, for load balancers and without sign-in. */
export function answerHealth(core: Core): Answer {
  return core.health.healthy ? text('OK', 'text/plain') : html('Internal Server Error', 500);
}

function namespace(core: Core): string {
  switch (core.reports.namespace) {
    case 'bomgar':
      return 'http://www.bomgar.com/namespaces/API/command';
    case 'sra':
      return 'http://www.beyondtrust.com/sra/namespaces/API/command';
    default:
      return 'https://www.beyondtrust.com/namespaces/API/command';
  }
}

function apiInformation(core: Core): string {
  const out = new XmlWriter(plainStyle, '');
  out.within('api_information', { xmlns: namespace(core) }, () => {
    out.text('api_version', core.general.apiVersion);
    out.text('company_name', core.general.companyName);
    out.text('timestamp', String(core.clock.seconds()));
    out.within('permissions', {}, () => {
      for (const [name, value] of permissions(core)) out.text('permission', value, { name });
    });
  });
  return `${declaration}${out}`;
}

function permissions(core: Core): readonly (readonly [string, string])[] {
  const { command, support, presentation, backup } = core.account.permissions;
  const flag = (granted: boolean): string => (granted ? '1' : '0');
  return [
    ['perm_command', command],
    ['perm_reporting_support', flag(support)],
    ['perm_reporting_presentation', flag(presentation)],
    ['perm_reporting_license', '0'],
    ['perm_reporting_archive', '0'],
    ['perm_real_time_state', '0'],
    ['perm_ecm', '0'],
    ['perm_backup', flag(backup)],
    ['perm_scim', '0'],
  ];
}

function healthCheck(core: Core): string {
  const { healthy, errorMessage, failoverRole, lastDataSync } = core.health;
  const out = new XmlWriter(plainStyle, '');
  out.within('health_check', { xmlns: namespace(core) }, () => {
    out.text('appliance', 'support-1', { id: '50adeb59f0f04163b09b7591af1949ea' });
    out.text('version', core.general.version);
    out.text('success', healthy ? '1' : '0');
    if (!healthy) out.text('error_message', errorMessage);
    out.text('failover_role', failoverRole);
    if (lastDataSync !== null) {
      out.text('last_data_sync_time', new Date(lastDataSync * 1000).toISOString().replace('Z', '+0000'), {
        ts: lastDataSync,
      });
      out.text('last_data_sync_status', 'success');
    }
  });
  return `${declaration}${out}`;
}
