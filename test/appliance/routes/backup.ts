import { type Answer, text } from '../answer.ts';
import type { Core, ServedBackup } from '../core.ts';
import { media, mediaBytes, mediaSha256 } from '../media.ts';
import type { LoggedRequest } from '../request-log.ts';
import { refusal } from '../sign-in.ts';

/** `/api/backup`: the configuration and the logged data as one `.nsb` file, made while it is sent. */
export function answerBackup(core: Core, request: LoggedRequest): Answer {
  const refused = refusal(core, request, 'backup');
  if (refused) return refused;
  const { backup } = core;
  if (backup.refusal !== null) return text(backup.refusal, 'text/html; charset=UTF-8');
  const served = { size: backup.size, seed: backup.seed, password: readPassword(core, request) };
  backup.served.push(served);
  if (backup.varies) backup.seed += 1;
  return {
    status: 200,
    headers: {
      'Content-Type': backup.contentType,
      'Content-Disposition': `attachment; filename="backup-${core.clock.seconds()}.nsb"`,
    },
    body: () => mediaBytes(backupMedia(served)),
    length: backup.contentLength ? served.size : null,
    transport: {},
  };
}

export function backupSha256(served: ServedBackup): string {
  return mediaSha256(backupMedia(served));
}

function backupMedia({ size, seed }: ServedBackup): ReturnType<typeof media> {
  return media({ format: 'nsb', size, seed });
}

/** From a JSON body, or from the configured form field. */
function readPassword(core: Core, request: LoggedRequest): string | null {
  const { passwordField } = core.backup;
  if (passwordField !== null) return request.parameters[passwordField] ?? null;
  if (!request.headers['content-type']?.startsWith('application/json')) return null;
  const body: unknown = JSON.parse(request.body);
  return typeof body === 'object' && body !== null && 'password' in body ? String(body.password) : null;
}
