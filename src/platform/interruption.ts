/** The reason of an abort by a person or the system; the run ends at its next safe point. */
export class Interruption extends Error {
  readonly exitCode: 130 | 143;

  constructor(signal: 'SIGINT' | 'SIGTERM') {
    super(
      signal === 'SIGINT'
        ? 'Interrupted; what was acknowledged is kept.'
        : 'Terminated; what was acknowledged is kept.',
    );
    this.name = 'Interruption';
    this.exitCode = signal === 'SIGINT' ? 130 : 143;
  }
}
