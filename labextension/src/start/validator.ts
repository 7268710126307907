import type { ValidatorType } from '@rjsf/utils';
import { customizeValidator } from '@rjsf/validator-ajv8';
import Ajv2020 from 'ajv/dist/2020';

import { AJV_OPTIONS, type ISchemaError, type Validate } from './checking';
import type { ISchema } from './types';

/** A form's validator for JSON Schema 2020-12. Each form has its own: schemas of two notebooks may have the same name. */
export function makeValidator(): ValidatorType {
  // Ajv's two classes differ in nothing that is used here.
  return customizeValidator({ AjvClass: Ajv2020, ajvFormatOptions: false, ajvOptionsOverrides: { ...AJV_OPTIONS } });
}

/** What the validator finds; null where it cannot tell: a schema of another dialect, or a page that forbids compiling. */
export function validateBy(validator: ValidatorType): Validate {
  const useless = new WeakSet<ISchema>();
  return (schema, value) => {
    // Two with the same `$id` would be taken for one.
    if (useless.has(schema) || schema.$id !== undefined) {
      return null;
    }
    const { errors, validationError } = validator.rawValidation<ISchemaError>(schema as object, value);
    if (validationError) {
      useless.add(schema);
      return null;
    }
    return errors ?? [];
  };
}
