import { calm, statuses } from '../../../conformance/support.ts';
import { makeSessionDelivery } from '../../../support/deliveries.ts';
import { connectServer } from '../support.ts';

/** `deliver.ts CONNECTION_STRING COUNT`: delivers sessions s0, s1, … in one batch and prints what became of them. */
const [connectionString = '', count = '0'] = process.argv.slice(2);
const destination = connectServer({ connectionString });
await destination.open(calm);
const sessions = Array.from({ length: Number(count) }, (_, index) =>
  makeSessionDelivery({ lsid: `s${index}` }),
);
console.log(statuses(await destination.deliver(await Promise.all(sessions), calm)).join(' '));
await destination.close();
