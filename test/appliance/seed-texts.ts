/** Words that real sessions are made of: many scripts, and what breaks careless readers. */
export const personNames = [
  'Jörg Müller-Lüdenscheidt',
  'Ana “AJ” Peña',
  '李伟',
  '山田 太郎',
  'Ольга Ильина',
  'محمد الأحمد',
  'דנה לוי',
  'Ngọc Nguyễn',
  "Siobhán O'Brien",
  'Zoë <admin> & Co',
  '👩🏽‍💻 Kim',
  'สมชาย ใจดี',
  'Εύα Παππά',
  'smith, john (EXT)',
  'x',
] as const;

export const userNames = [
  'CONTOSO\\jmueller',
  'apena',
  'li.wei',
  'kiosk-17',
  'Guest',
  'root',
  "o'brien@example.com",
] as const;

export const hostNames = [
  'WS-MÜ-0042',
  'apena-mbp',
  'kiosk-17',
  'DESKTOP-4F7Q',
  'srv-db-01.example.com',
  '会計-03',
] as const;

export const operatingSystems = [
  'Windows 11 Enterprise (23H2)',
  'Windows Server 2022 Datacenter Azure Edition (21H2)',
  'macOS 14.4.1 (23E224)',
  'Ubuntu 22.04.4 LTS',
  'Android 14',
  'Unknown',
] as const;

export const companies = [
  'Contoso & Söhne GmbH',
  'Fabrikam "EU"',
  '株式会社サンプル',
  '',
  'A < B > C Ltd',
] as const;

export const issues = ['Printer / スキャナー', 'VPN', '', 'Пароль', 'Outlook & Teams'] as const;

export const chatLines = [
  'Hallo! 👋 Ich sehe mir das an … 5 > 3 & 2 < 4',
  '<b>Danke</b> & Grüße ]]> مرحبا 🖨️',
  'ok',
  'Можете перезагрузить компьютер?',
  'שלום, אני לא מצליח להתחבר ל-VPN',
  '接続できません。エラー「0x80070005」',
  'Line one\nline two\r\nline three\ttabbed',
  'zero\u200bwidth\u200d and\u00a0no-break, soft\u00adhyphen, \u202eoverride\u202c',
  'e\u0301 is not é, and 𝒳 lies outside the basic plane',
  'C:\\Temp\\a;b#c.txt — "quoted", \'single\', 100 %',
  '&amp; stays &amp;amp; when written twice',
  '   leading and trailing   ',
] as const;

/** Terminal output: holds control characters, and so travels as `encoded_body`. */
export const controlLines = [
  'Ausgabe: \u001b[31mFehler 0x80070005\u001b[0m – Zugriff verweigert',
  'bell \u0007, backspace \b, null \u0000 and form feed \f in one',
  `\u001b[2J${'progress \u001b[32m=====\u001b[0m> '.repeat(12)}done ✓`,
] as const;

export const notes = [
  'Treiber ersetzt.\nBitte morgen "Testseite" prüfen; ✓ ok.',
  'Passwort zurückgesetzt & Benutzer informiert.',
  'CHG-2024/0042 <closed>',
] as const;

export const windowTitles = [
  'Admin\u200b – Edge \nzweite Zeile',
  'Registry Editor',
  'メモ帳 - 無題',
  'C:\\Windows\\system32\\cmd.exe "run" <1>',
  'مستكشف الملفات',
] as const;

export const filePaths = [
  'C:\\Temp\\Treiber & Tools.zip',
  '/home/user/протокол.txt',
  'C:\\Users\\山田\\Desktop\\screenshot "1".png',
  '\\\\fs01\\share\\Größe.xlsx',
] as const;

export const externalKeys = [
  'INC-2024/0042&sub=1',
  'CHG 7',
  '',
  'REQ:0001?',
  '..\\..\\etc',
  'Ключ-5',
  'CON',
] as const;

export const publicSites = [
  { id: '1', name: 'Default' },
  { id: '2', name: 'Kunden-Portal Österreich' },
  { id: '3', name: 'サポート & Service' },
] as const;

export const teamNames = [
  { id: '2', name: 'Service Desk' },
  { id: '3', name: 'Tier 2 & Escalations' },
  { id: '8', name: '夜間サポート' },
] as const;
