/** An event that is told by its values alone. */
export interface EventTemplate {
  readonly type: string;
  readonly by: 'rep' | 'customer' | 'system' | 'nobody';
  readonly values: Readonly<Record<string, string>>;
}

const key = 'HKLM\\SOFTWARE\\Contoso';

/** The rest of the known event types, one of each, and one that nobody knows. */
export const eventTemplates: readonly [EventTemplate, ...EventTemplate[]] = [
  { type: 'Legal Agreement Response', by: 'customer', values: { response: 'accepted' } },
  { type: 'Session Assignment Response', by: 'rep', values: { response: 'accepted' } },
  { type: 'Conference Member State Changed', by: 'customer', values: { state: 'disconnected' } },
  { type: 'Conference Member Departed', by: 'rep', values: {} },
  { type: 'External Key', by: 'rep', values: { external_key: 'INC-2024/0042&sub=1' } },
  {
    type: 'Service Access Allowed',
    by: 'customer',
    values: { service: 'Screen Sharing', level: 'full', granted_to: '李伟' },
  },
  { type: 'Session Transferred To Queue', by: 'system', values: { queue: 'Tier 2 & Escalations' } },
  { type: 'Representative Monitoring Started', by: 'rep', values: {} },
  { type: 'File Moved', by: 'rep', values: { old_path: 'C:\\Temp\\a.txt', new_path: 'C:\\Temp\\b.txt' } },
  { type: 'File Deleted', by: 'rep', values: { path: 'C:\\Temp\\протокол.txt' } },
  { type: 'Directory Created', by: 'rep', values: { path: 'C:\\Temp\\新しいフォルダー' } },
  { type: 'File Transfer Complete', by: 'rep', values: { filename: 'x.zip', sha256: 'ab'.repeat(32) } },
  { type: 'Remote Shell Session Started', by: 'rep', values: {} },
  { type: 'Screen Recording', by: 'system', values: {} },
  { type: 'Screenshot Captured', by: 'rep', values: { filename: 'shot "1".png' } },
  {
    type: 'Foreground Window Changed',
    by: 'system',
    values: { exeName: 'C:\\Windows\\regedit.exe', windowName: 'Registry' },
  },
  {
    type: 'Session Foreground Window Changed',
    by: 'system',
    values: {
      exeName: 'C:\\Program Files (x86)\\Edge\\msedge.exe',
      windowName: 'Admin\u200b – Edge \nzweite Zeile',
    },
  },
  {
    type: 'Session Mouse Left Clicked',
    by: 'system',
    values: { targetName: 'مستكشف', targetType: 'button' },
  },
  { type: 'Special Action Executed', by: 'rep', values: { action_name: 'Ctrl-Alt-Entf senden' } },
  { type: 'Registry Exported', by: 'rep', values: { root_path: 'HKLM', key_path: key } },
  { type: 'Registry Imported', by: 'rep', values: { path: 'C:\\Temp\\x.reg' } },
  { type: 'Registry Key Added', by: 'rep', values: { parent_path: key, key_name: 'Neu' } },
  {
    type: 'Registry Key Renamed',
    by: 'rep',
    values: { parent_path: key, key_name_old: 'Neu', key_name_new: 'Alt' },
  },
  {
    type: 'Registry Value Modified',
    by: 'rep',
    values: {
      key_path: key,
      value_name: 'Timeout',
      value_type: 'REG_DWORD',
      value_data_old: '0',
      value_data_new: '30',
    },
  },
  { type: 'Registry Value Deleted', by: 'rep', values: { key_path: key, value_name: '' } },
  { type: 'Callback Button Deployed', by: 'rep', values: { priority: '1' } },
  {
    type: 'Credential Injection Attempt Failed',
    by: 'rep',
    values: { attempt_id: '7', failure_reason: 'refused' },
  },
  { type: 'Jump Item Authorization Request Utilized', by: 'system', values: {} },
  { type: 'Representative Exit Survey', by: 'rep', values: { resolved: 'yes' } },
  { type: 'Some Future Event', by: 'nobody', values: { a: '1', blank: '' } },
];
