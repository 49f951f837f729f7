import { InvalidValue, type ValueType } from './value-type.ts';

/** What must never pass for an empty report: the pull would take a failure for a quiet day. */
const failures = ['', 'Login failed', 'Document Not Found', 'Internal error', 'Permission denied'];

/** A pattern for texts of an appliance that mean "nothing found". */
export const emptyReportPattern: ValueType<RegExp> = {
  name: 'a regular expression',
  parse: (value) => {
    const pattern = compile(value);
    if (failures.some((failure) => pattern.test(failure))) {
      throw new InvalidValue(
        'would take a failure for an empty report',
        'Write a pattern that fits only the text of your appliance that says that nothing was found.',
      );
    }
    return pattern;
  },
};

function compile(value: string): RegExp {
  try {
    return new RegExp(value, 'i');
  } catch {
    throw new InvalidValue(
      'is not a regular expression',
      'Put a backslash before each of ( ) [ ] { } . * + ? ^ $ | that is meant as it is.',
    );
  }
}
