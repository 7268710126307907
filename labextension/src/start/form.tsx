import type { TranslationBundle } from '@jupyterlab/translation';
import { FormComponent, UseSignal } from '@jupyterlab/ui-components';
import type { ReadonlyJSONObject } from '@lumino/coreutils';
import type { ErrorSchema, RJSFSchema, UiSchema } from '@rjsf/utils';
import React, { useEffect } from 'react';

import type { Runs } from '../live/runs';
import { type IFormContext, partsOf, SEPARATOR } from './context';
import { type IProblem, placeWords } from './faults';
import type { StartModel } from './model';
import { prospect } from './prospect';
import { LineTemplate, ListTemplate, SectionTemplate } from './templates';
import type { IData, IField, IFieldFault, Json } from './types';
import { ValueField } from './value';

export interface IStartFormProps {
  model: StartModel;
  runs: Runs;
  trans: TranslationBundle;
  /** Begins the ids of this form's elements. */
  id: string;
  onRun: () => void;
  onCancel: () => void;
  /** The line of this key was left. */
  onLeave: (key: string) => void;
  /** The form, or why there is none, stands on the page. */
  onDrawn: () => void;
  /** It was drawn as it is now. */
  onRedrawn: () => void;
}

/** What a person fills in to start a run. */
export function StartForm(props: IStartFormProps): JSX.Element {
  const { model, trans, onDrawn, onRedrawn } = props;
  const { described } = model;
  const isThere = described !== null || model.failure.length > 0;
  useEffect(() => (isThere ? onDrawn() : undefined), [isThere, onDrawn]);
  useEffect(onRedrawn);
  const again = (
    <button type="button" className="jp-mod-styled jp-mod-accept" onClick={() => void model.load()}>
      {trans.__('Try Again')}
    </button>
  );
  if (described === null) {
    return model.failure.length ? (
      <div className="jp-runt-start-body">
        <Subject {...props} />
        <Problems title={trans.__('There is no form for this.')} problems={model.failure} trans={trans} />
        <div className="jp-runt-start-buttons">
          {again}
          <button type="button" className="jp-mod-styled jp-mod-reject" onClick={props.onCancel}>
            {trans.__('Close')}
          </button>
        </div>
      </div>
    ) : (
      <div className="jp-runt-start-body" role="status">
        {trans.__('Reading the notebook …')}
      </div>
    );
  }
  return (
    <div className="jp-runt-start-body" role="form" aria-label={trans.__('Start a run')}>
      <Subject {...props} />
      {described.description && <p className="jp-runt-start-about">{described.description}</p>}
      <Problems title={trans.__('The notebook could not be read anew.')} problems={model.failure} trans={trans} />
      {model.failure.length > 0 && <div className="jp-runt-start-buttons">{again}</div>}
      <Problems title={trans.__('This notebook cannot be run as it is.')} problems={described.problems} trans={trans} />
      <Lines {...props} />
      <div className="jp-runt-start-refused">
        <Problems
          title={model.isScheduling ? trans.__('It was not scheduled.') : trans.__('The run was not started.')}
          problems={model.refusals}
          trans={trans}
        />
      </div>
      <Foot {...props} />
    </div>
  );
}

/** What is to be run. */
function Subject({ model, trans }: IStartFormProps): JSX.Element {
  const { source, described } = model;
  const name =
    'path' in source ? source.path : 'template' in source ? source.template : (described?.name ?? source.rerun);
  const what =
    'path' in source
      ? source.path
      : 'template' in source
        ? trans.__('Template %1', source.template)
        : trans.__('Repeats run %1', source.rerun);
  const title = described?.title || name.split('/').pop() || name;
  return (
    <div className="jp-runt-start-subject">
      <h1 title={title}>{title}</h1>
      <p title={what}>{what}</p>
    </div>
  );
}

/** The lines, made by JupyterLab's own form. What is wrong is found by the model, which knows when to say it. */
function Lines({ model, trans, id, onLeave }: IStartFormProps): JSX.Element {
  const faults = model.faults();
  const context: IFormContext = {
    trans,
    parameters: model.parameters,
    more: model.more,
    when: model.when,
    isMoreFaulty: model.more.some(field => faults.has(field.key)),
    beforeWords: value => ('rerun' in model.source ? trans.__('Before: %1', value) : trans.__('Default: %1', value))
  };
  return (
    <FormComponent
      schema={schemaOf(model)}
      uiSchema={uiSchemaOf(model)}
      formData={model.data as unknown as ReadonlyJSONObject}
      formContext={context}
      validator={model.validator}
      noValidate
      showErrorList={false}
      extraErrors={errorsOf(model, faults)}
      fields={FIELDS}
      templates={TEMPLATES}
      tagName="div"
      idPrefix={id}
      idSeparator={SEPARATOR}
      disabled={model.isSubmitting}
      experimental_defaultFormStateBehavior={AS_GIVEN}
      onChange={event => model.change(event.formData as unknown as IData)}
      onBlur={(element: string) => {
        const { field } = partsOf(element, context);
        if (field !== null) {
          onLeave(field.key);
        }
      }}
    />
  );
}

const FIELDS = { value: ValueField };
const TEMPLATES = {
  FieldTemplate: LineTemplate,
  ObjectFieldTemplate: SectionTemplate,
  ArrayFieldTemplate: ListTemplate
};
/** The model alone says what holds where nothing was entered. */
const AS_GIVEN = { arrayMinItems: { populate: 'never' }, emptyObjectFields: 'skipDefaults' } as const;

/** What the server will do, and the buttons. */
function Foot({ model, runs, trans, id, onRun, onCancel }: IStartFormProps): JSX.Element {
  const { isScheduling } = model;
  useEffect(() => {
    if (isScheduling) {
      // The form draws its new lines after itself.
      const cron = [id, 'when', 'cron'].join(SEPARATOR);
      requestAnimationFrame(() => document.getElementById(cron)?.focus());
    }
  }, [id, isScheduling]);
  const count = model.faults().size;
  return (
    <div className="jp-runt-start-foot">
      <div role="alert" className="jp-runt-start-count">
        {count > 0 && trans._n('%1 line needs your attention.', '%1 lines need your attention.', count)}
      </div>
      {isScheduling ? (
        <p className="jp-runt-start-prospect">
          {trans.__('A worker runs it at its due times, also when this page is closed.')}
        </p>
      ) : (
        <UseSignal signal={runs.changed}>
          {() => (
            <p className="jp-runt-start-prospect">
              {prospect(runs.workers, model.described?.starts_worker ?? false, trans)}{' '}
              {trans.__('It goes on when this page is closed.')}
            </p>
          )}
        </UseSignal>
      )}
      <div className="jp-runt-start-buttons">
        <SendButton model={model} trans={trans} onRun={onRun} />
        {!('rerun' in model.source) && (
          <button
            type="button"
            className="jp-mod-styled jp-mod-reject"
            aria-expanded={isScheduling}
            disabled={model.isSubmitting}
            onClick={() => (model.isScheduling = !isScheduling)}
          >
            {isScheduling ? trans.__('Run Now Instead') : trans.__('Schedule…')}
          </button>
        )}
        <button type="button" className="jp-mod-styled jp-mod-reject" onClick={onCancel}>
          {trans.__('Cancel')}
        </button>
      </div>
    </div>
  );
}

function SendButton({ model, trans, onRun }: Pick<IStartFormProps, 'model' | 'trans' | 'onRun'>): JSX.Element {
  const { isScheduling, isSubmitting, isLoading } = model;
  const key = navigator.platform.startsWith('Mac') ? '⌘ ⏎' : 'Ctrl+Enter';
  const [what, title, doing] = isScheduling
    ? [trans.__('Schedule'), trans.__('Have it run at its due times (%1)', key), trans.__('Scheduling …')]
    : [trans.__('Run'), trans.__('Start the run (%1)', key), trans.__('Starting …')];
  return (
    <button
      type="button"
      className="jp-mod-styled jp-mod-accept"
      disabled={isSubmitting || isLoading}
      aria-busy={isSubmitting || undefined}
      title={title}
      onClick={onRun}
    >
      {isSubmitting ? doing : what}
    </button>
  );
}

interface IProblemsProps {
  title: string;
  problems: readonly IProblem[];
  trans: TranslationBundle;
}

/** What is wrong and belongs to no line, with its place in the notebook's file. It stands there always, so that a change is heard. */
function Problems({ title, problems, trans }: IProblemsProps): JSX.Element {
  return (
    <div role="alert" className="jp-runt-start-problems">
      {problems.length > 0 && (
        <>
          <strong>{title}</strong>
          <ul>
            {problems.map((each, number) => (
              <li key={number}>
                {[placeWords(each, trans), each.message].filter(Boolean).join(': ')}
                {each.remedy && <span className="jp-runt-start-remedy"> {each.remedy}</span>}
              </li>
            ))}
          </ul>
        </>
      )}
    </div>
  );
}

/** What rjsf draws: a line for each key. Their schemas are the model's to check. */
function schemaOf(model: StartModel): RJSFSchema {
  const { parameters, more, when } = model;
  const sections = { parameters: sectionOf(parameters), more: sectionOf(more) };
  return { type: 'object', properties: when.length ? { ...sections, when: sectionOf(when) } : sections };
}

function sectionOf(fields: readonly IField[]): RJSFSchema {
  return { type: 'object', properties: Object.fromEntries(fields.map(field => [field.key, { title: field.title }])) };
}

function uiSchemaOf(model: StartModel): UiSchema<ReadonlyJSONObject> {
  const lines = (fields: readonly IField[]): UiSchema<ReadonlyJSONObject> =>
    Object.fromEntries(fields.map(field => [field.key, { 'ui:field': 'value' }]));
  return { parameters: lines(model.parameters), more: lines(model.more), when: lines(model.when) };
}

function errorsOf(model: StartModel, faults: ReadonlyMap<string, readonly IFieldFault[]>): ErrorSchema {
  const section = (fields: readonly IField[]): object =>
    Object.fromEntries(fields.map(field => [field.key, errorOf(faults.get(field.key) ?? [])]));
  const { parameters, more, when } = model;
  return { parameters: section(parameters), more: section(more), when: section(when) } as ErrorSchema;
}

function errorOf(faults: readonly IFieldFault[]): Record<string, Json | object> {
  const at = (path: number | undefined): string[] =>
    faults.filter(fault => fault.path[0] === path).map(fault => fault.message);
  const items = [...new Set(faults.flatMap(fault => fault.path))];
  return { __errors: at(undefined), ...Object.fromEntries(items.map(item => [item, { __errors: at(item) }])) };
}
