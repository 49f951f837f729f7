import { type Answer, xml } from './answer.ts';
import type { Core } from './core.ts';
import { reportingNamespaces } from './settings.ts';
import { escapeText } from './xml.ts';

/** The declaration and the blank line that every template begins with. */
export const declaration = '<?xml version="1.0" encoding="UTF-8"?>\n\n';

/** An `<error>` as document root, with status 200, as the appliance reports nearly everything. */
export function errorReport(core: Core, message: string): Answer {
  const { start, end } = rootTags(core, 'error');
  return xml(`${declaration}${start.replace(/>$/, ' >')}${escapeText(message)}${end}\n\n\n`);
}

/** The tags of a report's root in the configured namespace; lists of the newest one declare another besides. */
export function rootTags(
  core: Core,
  name: string,
): { readonly start: string; readonly end: string; readonly prefix: string } {
  const uri = reportingNamespaces[core.reports.namespace];
  const prefix = core.reports.prefix && uri ? `${core.reports.prefix}:` : '';
  const declared = prefix ? `:${core.reports.prefix}` : '';
  const attribute = uri === null ? '' : ` xmlns${declared}="${uri}"`;
  const instance = core.reports.namespace === 'sra' && name !== 'error' ? xsi : '';
  return { start: `<${prefix}${name}${attribute}${instance}>`, end: `</${prefix}${name}>`, prefix };
}

const xsi = ' xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance"';
