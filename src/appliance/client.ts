import type { Site } from '../config/configuration.ts';
import { classifyErrorText } from './answers.ts';
import type { Appliance } from './appliance.ts';
import { applianceTime, applianceTimestamp } from './appliance-time.ts';
import { Bandwidth } from './bandwidth.ts';
import { openReport } from './reports.ts';
import { type ApplianceContext, createSiteClient } from './site-client.ts';
import { Slots } from './slots.ts';

/** A site's appliance. Make one per site and process, and share it: token, pace and bandwidth belong to the site. */
export function createAppliance(site: Site, context: ApplianceContext = {}): Appliance {
  const client = createSiteClient(site, context);
  const bandwidth = new Bandwidth(client.clock, site.bandwidthLimit);
  const downloads = new Slots(site.concurrency);
  return {
    now: (signal) => applianceTime(client, signal),
    earliestDate: () => client.applianceClock.earliestDate(),
    timestamp: (signal) => applianceTimestamp(client, signal),
    clockDifference: () => client.applianceClock.difference(),
    retries: () => client.retries(),
    openReport: (query, signal) => openReport(client, query, signal),
    classify: (text) => classifyErrorText(text, { emptyPattern: site.emptyReportPattern }),
    downloadRecording: async (wanted, file, options) => {
      const { downloadRecording } = await import('./recordings.ts');
      return downloads.use(async () => {
        options.signal.throwIfAborted();
        return downloadRecording(client, bandwidth, wanted, file, options);
      });
    },
    downloadBackup: async (file, options) => {
      const { downloadBackup } = await import('./backups.ts');
      return downloadBackup(client, bandwidth, file, options);
    },
    close: async () => client.close(),
  };
}
