/** The appliance says that the recording is not there yet, or says something that may pass. Its text is the message. */
export class RecordingNotReady extends Error {
  override readonly name = 'RecordingNotReady';
}

/** The appliance says that the recording is gone for good. */
export class RecordingExpired extends Error {
  override readonly name = 'RecordingExpired';
}
