import { InvalidValue, type ValueType } from './value-type.ts';

/** Bits that no file of an archive has: to execute it, and to write to it as anybody. */
const forbidden = 0o113;

/** A mode of files as `chmod` takes it, such as 0640. */
export const fileMode: ValueType<number> = {
  name: 'a mode of files',
  range: '0600 to 0664',
  parse: (value) => {
    const remedy = 'Write a mode from 0600 to 0664, such as 0640 or 0660.';
    if (!/^0?[0-7]{3}$/.test(value)) throw new InvalidValue('is no mode of files', remedy);
    const mode = Number.parseInt(value, 8);
    if ((mode & 0o600) !== 0o600) throw new InvalidValue('keeps ic itself from reading or writing', remedy);
    if ((mode & forbidden) !== 0)
      throw new InvalidValue('lets everybody write, or execute what is stored', remedy);
    return mode;
  },
};
