import type { Configuration } from '../config/configuration.ts';
import { IcError } from '../platform/errors.ts';
import { kinds as allKinds, type Kind } from '../platform/kinds.ts';
import type { CommandBody } from './command.ts';
import { loadConfiguration } from './load-configuration.ts';
import { named } from './names.ts';
import { readKinds } from './pull-request.ts';
import type { ReplayRequest } from './replay-request.ts';
import { usageError } from './usage-error.ts';

/** `ic replay`: shows what saved reports hold, or delivers it. */
export const replayBody: CommandBody = async (arguments_, context) => {
  const request = readRequest(arguments_);
  if (request.destination === null) {
    const { showReports } = await import('./replay-show.ts');
    return showReports(request, context);
  }
  const configuration = await loadConfiguration(context);
  checkNames(request, configuration);
  const { deliverReports } = await import('./replay-deliver.ts');
  return deliverReports({ ...request, destination: request.destination }, configuration, context);
};

function readRequest(arguments_: Parameters<CommandBody>[0]): ReplayRequest {
  const wanted = readKinds(arguments_.text('data'));
  const kinds = wanted === 'all' ? allKinds.filter((kind) => kind !== 'backups') : (wanted ?? ['sessions']);
  const request: ReplayRequest = {
    files: arguments_.positionals,
    destination: arguments_.text('to'),
    site: arguments_.text('site'),
    host: arguments_.text('host'),
    kinds,
    usualKinds: wanted === null,
  };
  if (request.files.filter((file) => file === '-').length > 1)
    throw usageError('Standard input (-) can be read only once.');
  if (kinds.includes('backups')) throw usageError('A saved report holds no backups.');
  if (request.site !== null && request.host !== null)
    throw usageError('--site sets the host already: leave out --host.');
  const fetches = kinds.some((kind: Kind) => kind.endsWith('-recordings'));
  if (fetches && (request.site === null || request.destination === null)) {
    throw usageError('To fetch recordings, name --site, which serves them, and --to.');
  }
  return request;
}

function checkNames(request: ReplayRequest, configuration: Configuration): void {
  const destination = named(configuration.destinations, request.destination ?? '', 'destination');
  if (request.site !== null) named(configuration.sites, request.site, 'site');
  else if (request.host === null && configuration.sites.size !== 1) {
    const sites = [...configuration.sites.keys()].join(', ');
    const flags = sites === '' ? '--host' : `--site (${sites}) or --host`;
    throw new IcError('usage', 'It is not clear which appliance the files came from.', {
      hint: `Name it with ${flags}: ${destination.name} tells appliances apart by it.`,
    });
  }
}
