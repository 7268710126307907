import type { FieldProps } from '@rjsf/utils';
import React, { useState } from 'react';

import { describedBy, hasText, type IFormContext, partsOf, SEPARATOR } from './context';
import { hasReferences } from './references';
import { read, shown } from './text';
import { type IField, type Json, same } from './types';

/** The element of one line, or of one item of a list. */
export function ValueField(props: FieldProps): JSX.Element {
  const context = props.formContext as IFormContext;
  const { field, isItem } = partsOf(props.idSchema.$id, context);
  const own = isItem ? field?.item : field;
  return own ? (
    <Element {...props} field={own} label={isItem ? itemLabel(own, props.idSchema.$id, context) : null} />
  ) : (
    <></>
  );
}

interface IElementProps extends FieldProps {
  field: IField;
  /** Where no label stands beside it. */
  label: string | null;
}

function Element(props: IElementProps): JSX.Element {
  const { field, formContext } = props;
  const { trans } = formContext as IFormContext;
  const value = props.formData as Json | undefined;
  const hasForm = field.kind === 'boolean' || field.kind === 'choice' || field.kind === 'list';
  const mustBeText = hasForm && !fits(field, value);
  const [isText, setText] = useState(false);
  if (!hasForm) {
    return <TextElement {...props} />;
  }
  if (field.name === '') {
    return <FormElement {...props} />; // no parameter: a reference makes no sense
  }
  const asText = isText || mustBeText;
  const isList = field.kind === 'list';
  const change = (): void => {
    if (asText && mustBeText) {
      props.onChange(field.initial);
    }
    setText(!asText);
  };
  return (
    <div className="jp-runt-start-element">
      {asText ? <TextElement {...props} /> : <FormElement {...props} />}
      <button
        type="button"
        className="jp-runt-start-link jp-runt-start-as-text"
        aria-pressed={asText}
        title={
          isList
            ? trans.__('As JSON, or a reference such as ${VARIABLE}')
            : trans.__('A reference such as ${VARIABLE} instead')
        }
        aria-label={isList ? trans.__('%1 as JSON', field.title) : trans.__('%1 as a reference', field.title)}
        onClick={change}
      >
        {isList ? 'JSON' : '${…}'}
      </button>
    </div>
  );
}

/** Whether an element that is no text can show the value. */
function fits(field: IField, value: Json | undefined): boolean {
  switch (field.kind) {
    case 'boolean':
      return typeof value === 'boolean';
    case 'list':
      return value === undefined || value === null || Array.isArray(value);
    default:
      return value === undefined || value === null || field.choices.some(each => same(each.value, value));
  }
}

/** What is chosen instead of written. */
function FormElement(props: IElementProps): JSX.Element {
  const { field, label, idSchema, onChange, onBlur, registry } = props;
  const value = props.formData as Json | undefined;
  const common = { ...attributes(props), 'aria-label': label ?? undefined, onBlur: () => onBlur(idSchema.$id, value) };
  if (field.kind === 'boolean') {
    return (
      <input {...common} type="checkbox" checked={value === true} onChange={event => onChange(event.target.checked)} />
    );
  }
  if (field.kind === 'list') {
    const { ArrayField } = registry.fields;
    const listed = Array.isArray(value) ? value : [];
    const empty = field.item?.initial ?? null;
    const filled = (items: readonly (Json | undefined)[]): Json[] => items.map(each => each ?? empty);
    return (
      <ArrayField
        {...props}
        schema={LIST}
        uiSchema={ITEMS}
        formData={listed}
        onChange={(items: (Json | undefined)[], errors, id) => onChange(filled(items), errors, id)}
      />
    );
  }
  const chosen = field.choices.findIndex(each => same(each.value, value));
  return (
    <select
      {...common}
      className="jp-mod-styled"
      value={chosen}
      onChange={event => onChange(field.choices[Number(event.target.value)]?.value)}
    >
      {(field.initial === undefined || field.initial === null) && <option value={-1}>{field.placeholder}</option>}
      {field.choices.map((each, number) => (
        <option key={each.label} value={number}>
          {each.label}
        </option>
      ))}
    </select>
  );
}

const LIST = { type: 'array', items: { title: 'item' } } as const;
const ITEMS = { items: { 'ui:field': 'value' } };

/** What is written. The text stays as it was written, whatever is read from it. */
function TextElement(props: IElementProps): JSX.Element {
  const { field, label, idSchema, onChange, onBlur } = props;
  const value = props.formData as Json | undefined;
  const [written, setWritten] = useState({ text: shown(field, value), value });
  const text = same(written.value, value) ? written.text : shown(field, value);
  const common = {
    ...attributes(props),
    'aria-label': label ?? undefined,
    className: 'jp-mod-styled',
    value: text,
    placeholder: field.placeholder,
    spellCheck: field.kind === 'text' || field.kind === 'lines',
    onBlur: () => onBlur(idSchema.$id, value),
    onChange: (event: React.ChangeEvent<HTMLInputElement | HTMLTextAreaElement>): void => {
      const meant = read(field, event.target.value);
      setWritten({ text: event.target.value, value: meant });
      onChange(meant);
    }
  };
  if (field.kind === 'lines' || field.kind === 'json' || field.kind === 'list') {
    const rows = Math.min(12, Math.max(field.kind === 'lines' ? 3 : 2, text.split('\n').length));
    return <textarea {...common} rows={rows} />;
  }
  // A reference may be seen; what is no reference may be the secret itself.
  const type = field.kind === 'secret' && !/^\$?$|^\$\{/.test(text) ? 'password' : 'text';
  return (
    <input
      {...common}
      type={type}
      autoComplete="off"
      inputMode={field.kind === 'number' && !hasReferences(text) ? 'decimal' : undefined}
    />
  );
}

/** What tells who cannot see it how the element stands. */
function attributes(
  props: IElementProps
): React.AriaAttributes & { id: string; required?: boolean; disabled?: boolean } {
  const { field, idSchema, rawErrors = [], disabled } = props;
  const ids = describedBy(idSchema.$id);
  const described = [hasText(field) && ids.description, rawErrors.length && ids.fault].filter(Boolean).join(' ');
  return {
    id: idSchema.$id,
    disabled,
    'aria-required': field.isRequired || undefined,
    'aria-invalid': rawErrors.length > 0 || undefined,
    'aria-describedby': described || undefined
  };
}

function itemLabel(item: IField, id: string, context: IFormContext): string {
  return context.trans.__('%1, item %2', item.title, Number(id.split(SEPARATOR)[3]) + 1);
}
