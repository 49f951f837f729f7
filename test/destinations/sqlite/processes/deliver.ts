import { calm, statuses } from '../../../conformance/support.ts';
import { makeSessionDelivery } from '../../../support/deliveries.ts';
import { connectSqlite } from '../support.ts';

/** `deliver.ts PATH COUNT BYTES`: delivers sessions s0, s1, … in one batch and prints what became of them. */
const [path = '', count = '0', bytes = '0'] = process.argv.slice(2);
const destination = connectSqlite(path);
try {
  await destination.open(calm);
  const sessions = Array.from({ length: Number(count) }, (_, index) =>
    makeSessionDelivery({ lsid: `s${index}`, padding: Number(bytes) }),
  );
  console.log(statuses(await destination.deliver(await Promise.all(sessions), calm)).join(' '));
} catch (error) {
  console.log(`failed: ${(error as { code?: string }).code}: ${(error as Error).message}`);
} finally {
  await destination.close();
}
