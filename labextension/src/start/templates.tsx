/** How the form's parts look: JupyterLab's own templates name no element, which who cannot see it needs. */

import { addIcon, closeIcon, caretDownIcon, caretUpIcon } from '@jupyterlab/ui-components';
import type { ArrayFieldTemplateProps, FieldTemplateProps, ObjectFieldTemplateProps } from '@rjsf/utils';
import React, { useEffect, useRef, useState } from 'react';

import { secretWords } from './checking';
import { describedBy, hasText, type IFormContext, partsOf } from './context';
import { shown } from './text';
import { type Json, same } from './types';

/** One line: its name, the element, what is wrong, what it is for. */
export function LineTemplate(props: FieldTemplateProps): JSX.Element {
  const { id, children, rawErrors = [], formContext, formData, onChange } = props;
  const { isItem, field } = partsOf(id, formContext as IFormContext);
  const { trans } = formContext as IFormContext;
  if (field === null) {
    return <>{children}</>;
  }
  const value = formData as Json | undefined;
  const faults = rawErrors.length > 0 && (
    <ul id={describedBy(id).fault} className="jp-runt-start-faults">
      {rawErrors.map(each => (
        <li key={each}>{each}</li>
      ))}
    </ul>
  );
  if (isItem) {
    return (
      <>
        {children}
        {faults}
      </>
    );
  }
  const isChanged = field.initial !== undefined && field.initial !== null && !same(value, field.initial);
  return (
    <div className="jp-runt-start-line" data-kind={field.kind}>
      <div className="jp-runt-start-line-head">
        <label htmlFor={id} id={`${id}__label`}>
          {field.title}
        </label>
        {field.name !== '' && field.title !== field.name && <code>{field.name}</code>}
        {field.isRequired && <span className="jp-runt-start-mark">{trans.__('required')}</span>}
        {field.kind === 'secret' && <span className="jp-runt-start-mark">{trans.__('secret')}</span>}
      </div>
      {hasText(field) && (
        <div id={describedBy(id).description} className="jp-runt-start-line-text">
          {[field.description, field.kind === 'secret' ? secretWords(trans) : ''].filter(Boolean).join('\n')}
        </div>
      )}
      {children}
      {faults}
      {isChanged && (
        <div className="jp-runt-start-line-text jp-runt-start-before">
          <span title={shown(field, field.initial)}>
            {(formContext as IFormContext).beforeWords(shown(field, field.initial))}
          </span>
          <button type="button" className="jp-runt-start-link" onClick={() => onChange(field.initial, undefined, id)}>
            {trans.__('Reset')}
            <span className="jp-runt-unseen"> {field.title}</span>
          </button>
        </div>
      )}
    </div>
  );
}

/** The whole form, or one of its sections. */
export function SectionTemplate(props: ObjectFieldTemplateProps): JSX.Element {
  const { idSchema, properties, formContext } = props;
  const { trans, parameters, isMoreFaulty } = formContext as IFormContext;
  const content = properties.map(each => each.content);
  const section = partsOf(idSchema.$id, formContext as IFormContext).section;
  const [isOpen, setOpen] = useState(false);
  if (section === '') {
    return <>{content}</>;
  }
  if (section === 'parameters') {
    return (
      <section aria-labelledby={idSchema.$id} className="jp-runt-start-section">
        <h2 id={idSchema.$id}>{trans.__('Parameters')}</h2>
        {parameters.length ? content : <p>{trans.__('This notebook has no parameters.')}</p>}
      </section>
    );
  }
  if (section === 'when') {
    return (
      <section aria-labelledby={idSchema.$id} className="jp-runt-start-section">
        <h2 id={idSchema.$id}>{trans.__('Schedule')}</h2>
        {content}
      </section>
    );
  }
  return (
    <details
      className="jp-runt-start-section"
      open={isOpen || isMoreFaulty}
      onToggle={event => setOpen(event.currentTarget.open)}
    >
      <summary>{trans.__('More')}</summary>
      {content}
    </details>
  );
}

/** The items of a list, each with its buttons. */
export function ListTemplate(props: ArrayFieldTemplateProps): JSX.Element {
  const { idSchema, items, canAdd, onAddClick, formContext } = props;
  const { trans } = formContext as IFormContext;
  const list = useRef<HTMLDivElement>(null);
  const count = useRef(items.length);
  useEffect(() => {
    if (items.length !== count.current && list.current !== null) {
      // Who has added an item wants to fill it; who has removed one must not stand nowhere.
      const inputs = list.current.querySelectorAll<HTMLElement>('input, select');
      const next =
        items.length > count.current ? inputs[inputs.length - 1] : list.current.querySelector<HTMLElement>(`.${ADD}`);
      next?.focus();
      count.current = items.length;
    }
  });
  return (
    <div
      ref={list}
      id={idSchema.$id}
      role="group"
      aria-labelledby={`${idSchema.$id}__label`}
      className="jp-runt-start-list"
    >
      {items.map(({ key, index, children, hasMoveUp, hasMoveDown, onReorderClick, onDropIndexClick }) => (
        <div key={key} className="jp-runt-start-list-item">
          <div className="jp-runt-start-list-value">{children}</div>
          <button
            type="button"
            className="jp-runt-start-icon-button"
            disabled={!hasMoveUp}
            title={trans.__('Move item %1 up', index + 1)}
            onClick={onReorderClick(index, index - 1)}
          >
            <caretUpIcon.react tag="span" />
          </button>
          <button
            type="button"
            className="jp-runt-start-icon-button"
            disabled={!hasMoveDown}
            title={trans.__('Move item %1 down', index + 1)}
            onClick={onReorderClick(index, index + 1)}
          >
            <caretDownIcon.react tag="span" />
          </button>
          <button
            type="button"
            className="jp-runt-start-icon-button"
            title={trans.__('Remove item %1', index + 1)}
            onClick={onDropIndexClick(index)}
          >
            <closeIcon.react tag="span" />
          </button>
        </div>
      ))}
      {canAdd && (
        <button type="button" className={`jp-runt-start-link ${ADD}`} onClick={onAddClick}>
          <addIcon.react tag="span" />
          {trans.__('Add item')}
        </button>
      )}
    </div>
  );
}

const ADD = 'jp-runt-start-list-add';
