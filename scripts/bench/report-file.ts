import { once } from 'node:events';
import { createWriteStream } from 'node:fs';
import { renderSession } from '../../test/appliance/render-session.ts';
import { seedSessions } from '../../test/appliance/seed.ts';

/** Writes a report of about so many bytes, of sessions as varied as real ones. */
export async function writeReport(path: string, bytes: number): Promise<void> {
  const day = 86_400;
  const until = Date.UTC(2026, 10, 22) / 1000;
  const sessions = seedSessions({
    seed: 7,
    count: 300,
    from: until - 30 * day,
    to: until,
    open: 0,
    abnormal: 0,
  });
  const texts = sessions.map((session) =>
    renderSession(session, '', (target) => `https://support.example.com/${JSON.stringify(target)}`),
  );
  const file = createWriteStream(path);
  file.write(
    '<?xml version="1.0" encoding="UTF-8"?>\n\n<session_list xmlns="http://www.bomgar.com/namespaces/API/reporting">\n',
  );
  let written = 0;
  for (let index = 0; written < bytes; index += 1) {
    const text = renumber(texts[index % texts.length] ?? '', index);
    written += Buffer.byteLength(text);
    if (!file.write(text)) await once(file, 'drain');
  }
  file.end('</session_list>\n');
  await once(file, 'finish');
}

/** Another LSID for each repetition. */
function renumber(text: string, index: number): string {
  return text.replace(/lsid="[^"]*"/, `lsid="${index.toString(16).padStart(32, '0')}"`);
}
