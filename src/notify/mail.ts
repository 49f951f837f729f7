import type { MailConfig } from '../config/configuration.ts';
import type { Clock } from '../platform/clock.ts';
import { withMailServer } from './mail-server.ts';
import { type Notice, noticeText } from './notice.ts';

/**
 * Sends one mail to everybody who is to get it; resolves with the addresses that the server did not take, when it took
 * others. Throws an `IcError`, or the signal's reason.
 */
export async function sendMail(
  config: MailConfig,
  notice: Notice,
  { clock }: { readonly clock: Clock },
  signal: AbortSignal,
): Promise<readonly string[]> {
  return withMailServer(config, signal, async (server) => {
    const { rejected } = await server.sendMail({
      from: config.from,
      to: [...config.to],
      subject: `[ic] ${notice.subject}`,
      text: noticeText(notice),
      date: new Date(clock.now()),
      // Nobody's absence is to be reported to a program.
      headers: { 'Auto-Submitted': 'auto-generated', 'X-Auto-Response-Suppress': 'All' },
    });
    return rejected.map(String);
  });
}

/** Whether the server accepts us: connection, encryption and login, without a mail. */
export async function checkMailServer(config: MailConfig, signal: AbortSignal): Promise<void> {
  await withMailServer(config, signal, (server) => server.verify());
}
