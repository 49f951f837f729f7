/**
 * For crash.test.ts: one run, as a process of its own, that delivers eight sessions, an update and a recording into the
 * directory named by its argument.
 */
import { calm } from '../../conformance/support.ts';
import { connectArchive } from '../../support/archive.ts';
import { claimUntil } from '../../support/deliveries.ts';
import { crashConfig, crashRecording, crashSessions } from './crash-samples.ts';

const directory = process.argv[2] ?? '';
const destination = connectArchive(crashConfig(directory));
await destination.open(calm);
for (const batch of await crashSessions()) await destination.deliver(batch, calm);
const staging = await destination.stagingDirectory('session-recordings', calm);
await destination.deliver([await crashRecording(staging)], calm);
await destination.advance('sessions', claimUntil(1_795_341_600), calm);
await destination.close();
