import { InvalidValue, type ValueType } from './value-type.ts';

/** A connection string of SQL Server. What its keywords mean is the destination's to judge. */
export const connectionString: ValueType<string> = {
  name: 'a connection string',
  parse: (value) => {
    if (/^[^=;]+=/.test(value)) return value;
    throw new InvalidValue(
      'is not a connection string',
      'Write keywords with their values, as in Server=sql01;Database=BGInfo;User Id=ic;Password=${env:SQL_PASSWORD}.',
    );
  },
};
