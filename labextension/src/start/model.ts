import { VDomModel } from '@jupyterlab/ui-components';
import { UUID } from '@lumino/coreutils';
import type { ValidatorType } from '@rjsf/utils';

import { RequestError, type Server } from '../api/server';
import type { components } from '../generated/server';
import { bodyOf, scheduleOf, type Source } from './body';
import { faultsOf, type Validate } from './checking';
import { type IProblem, placed } from './faults';
import { fieldsOf, OTHERS } from './fields';
import { type IRuntime, labelsOf, moreFields } from './more';
import { type IData, type IField, type IFieldFault, type IWords, type Json, same } from './types';
import { makeValidator, validateBy } from './validator';
import { whenFields } from './when';

type Described = components['schemas']['Parameters'];
export type Submitted = components['schemas']['Submitted'];
export type Schedule = components['schemas']['Schedule'];

export interface IStartOptions {
  server: Server;
  source: Source;
  words: IWords;
  /** What has to be done before the server reads the notebook: a document with changes is saved. */
  prepare: () => Promise<void>;
}

/** A form: what can be said, what was said, and what is wrong with it. */
export class StartModel extends VDomModel {
  constructor(private readonly _options: IStartOptions) {
    super();
    this.source = _options.source;
    this.validator = makeValidator();
    this._validate = validateBy(this.validator);
    this._when = whenFields(_options.words);
  }

  source: Source;
  readonly validator: ValidatorType;

  /** What the server tells of the notebook; null until it has. */
  described: Described | null = null;
  parameters: readonly IField[] = [];
  more: readonly IField[] = [];
  data: IData = { parameters: {}, more: {}, when: {} };
  isLoading = false;
  isSubmitting = false;

  /** Why there is no form. */
  failure: readonly IProblem[] = [];
  /** What the server has against the form as it was sent, and belongs to no line of it. */
  refusals: readonly IProblem[] = [];

  /** Whether it shall run at due times, instead of now. */
  get isScheduling(): boolean {
    return this.when.length > 0;
  }

  set isScheduling(isScheduling: boolean) {
    this.when = isScheduling ? this._when : [];
    this._isSent = false;
    this.refusals = [];
    this.stateChanged.emit();
  }

  /** What can be said of due times; nothing where it shall run now. */
  when: readonly IField[] = [];

  /** Reads the notebook, for the first time or anew; what was entered stays. */
  async load(): Promise<void> {
    await this._load(this._options.prepare);
  }

  /** The notebook was saved, or is another one: it is read anew, and no run that was asked for before is this one. */
  async renew(): Promise<void> {
    this._key = null;
    if (!this.isSubmitting) {
      await this._load();
    }
  }

  /** Something was entered. */
  change(data: IData): void {
    for (const field of this._fields) {
      if (!same(this._value(field, data), this._value(field))) {
        this._refused.delete(field.key);
      }
    }
    this.data = data;
    this.stateChanged.emit();
  }

  /** Whoever entered something has gone on: from now on it is said what is wrong with it. */
  leave(key: string): void {
    if (!this._left.has(key)) {
      this._left.add(key);
      this.stateChanged.emit();
    }
  }

  /** By key, what is wrong with the lines that were left, or with all of them once they were sent. */
  faults(): Map<string, readonly IFieldFault[]> {
    const shown = this._fields.filter(
      field => this._isSent || this._left.has(field.key) || this._refused.has(field.key)
    );
    return new Map(
      shown.map(field => [field.key, this._faultsOf(field)] as const).filter(([, faults]) => faults.length)
    );
  }

  /** Starts the run; null where something is wrong, which is shown then. A second call makes no second run. */
  async submit(): Promise<Submitted | null> {
    return this._attempt(() => this._send());
  }

  /** Has it run at due times; null where something is wrong, which is shown then. */
  async schedule(): Promise<Schedule | null> {
    return this._attempt(() => this._define());
  }

  private async _attempt<T>(send: () => Promise<T>): Promise<T | null> {
    if (this.isSubmitting || this.isLoading || this.described === null) {
      return null;
    }
    this._isSent = true;
    this.refusals = [];
    if (this.faults().size) {
      this.stateChanged.emit();
      return null;
    }
    this.isSubmitting = true;
    this.stateChanged.emit();
    try {
      await this._options.prepare();
      return await send();
    } catch (error) {
      this._refuse(error);
      return null;
    } finally {
      this.isSubmitting = false;
      this.stateChanged.emit();
    }
  }

  private async _load(prepare?: () => Promise<void>): Promise<void> {
    if (this.isLoading) {
      return;
    }
    this.isLoading = true;
    this.stateChanged.emit();
    try {
      await prepare?.();
      const [described, runtimes] = await Promise.all([this._ask(), this._runtimes()]);
      this._take(described, runtimes);
      this.failure = [];
    } catch (error) {
      this.failure = problemsOf(error);
    }
    this.isLoading = false;
    this.stateChanged.emit();
  }

  private _take(described: Described, runtimes: readonly IRuntime[]): void {
    const { words } = this._options;
    const before = [...this.parameters];
    this.described = described;
    this.parameters = [...fieldsOf(described), ...(described.schema.additionalProperties ? [otherField(words)] : [])];
    const standing = {
      ...described,
      isRerun: 'rerun' in this.source,
      isUnsupported: described.problems.length > 0
    };
    this.more = moreFields(standing, runtimes, words);
    this.data = { ...this.data, parameters: this._kept(before) };
  }

  /** What was entered before the notebook was read anew, under the keys of now. */
  private _kept(before: readonly IField[]): IData['parameters'] {
    const entered = new Map<string, Json | undefined>();
    const left = new Set<string>();
    for (const field of before) {
      const value = this.data.parameters[field.key];
      if (!same(value, field.initial)) {
        entered.set(field.name, value);
      }
      if (this._left.delete(field.key)) {
        left.add(field.name);
      }
      this._refused.delete(field.key);
    }
    this.parameters.filter(field => left.has(field.name)).forEach(field => this._left.add(field.key));
    return Object.fromEntries(
      this.parameters.map(field => [field.key, entered.has(field.name) ? entered.get(field.name) : field.initial])
    );
  }

  private _faultsOf(field: IField): readonly IFieldFault[] {
    const { words } = this._options;
    const value = this._value(field);
    const wrong = field.key === 'labels' ? labelsOf(value).wrong : [];
    return [
      ...faultsOf(field, value, this._validate, words),
      ...wrong.map(line => ({ path: [], message: words.__('%1 is not name=value.', line) })),
      ...(this._refused.get(field.key) ?? []).map(message => ({ path: [], message }))
    ];
  }

  private _value(field: IField, data: IData = this.data): Json | undefined {
    const section = this.more.includes(field) ? data.more : this.when.includes(field) ? data.when : data.parameters;
    return section?.[field.key];
  }

  private get _fields(): IField[] {
    return [...this.parameters, ...this.more, ...this.when];
  }

  private async _ask(): Promise<Described> {
    const { source } = this;
    const body = 'rerun' in source ? { run_id: source.rerun } : source;
    return this._options.server.json<Described>(['parameters'], { method: 'POST', body });
  }

  /** None where they cannot be had: a runtime's name can be written then. */
  private async _runtimes(): Promise<IRuntime[]> {
    try {
      return (await this._options.server.json<{ runtimes: IRuntime[] }>(['runtimes'])).runtimes;
    } catch {
      return [];
    }
  }

  private async _send(): Promise<Submitted> {
    const { source } = this;
    const body = bodyOf(source, this.parameters, this.data);
    const parts = 'rerun' in source ? ['runs', source.rerun, 'rerun'] : ['runs'];
    // An answer may be lost: the same once more is the same run. Something else is another one.
    const asked = JSON.stringify([parts, body]);
    if (this._key?.asked !== asked) {
      this._key = { asked, value: `panel-${UUID.uuid4()}` };
    }
    const headers = { 'Idempotency-Key': this._key.value };
    return this._options.server.json<Submitted>(parts, { method: 'POST', body, headers });
  }

  private async _define(): Promise<Schedule> {
    const { source } = this;
    if ('rerun' in source) {
      throw new Error('A run cannot be scheduled, only a notebook.');
    }
    const body = scheduleOf(source, this.parameters, this.data);
    return this._options.server.json<Schedule>(['schedules'], { method: 'POST', body });
  }

  private _refuse(error: unknown): void {
    const refusal = error instanceof RequestError ? error : null;
    if (refusal === null || refusal.status === 0) {
      this.refusals = problemsOf(error);
      return;
    }
    const { fields, others } = placed(refusal, this.parameters, this.isScheduling);
    this._refused = fields;
    this.refusals = others;
  }

  private readonly _validate: Validate;
  private readonly _when: readonly IField[];
  private readonly _left = new Set<string>();
  private _refused = new Map<string, string[]>();
  private _isSent = false;
  private _key: { asked: string; value: string } | null = null;
}

/** The line for parameters whose names only the kernel could tell. */
function otherField(words: IWords): IField {
  return {
    key: OTHERS,
    name: '',
    title: words.__('Further parameters'),
    description: words.__('Which ones there are cannot be told of this language. As JSON, by name.'),
    kind: 'json',
    schema: { type: 'object' },
    initial: undefined,
    isRequired: false,
    choices: [],
    item: null,
    placeholder: '{"size": 10}'
  };
}

function problemsOf(error: unknown): readonly IProblem[] {
  if (error instanceof RequestError) {
    return error.details.length ? error.details : [{ message: error.message }];
  }
  return [{ message: error instanceof Error ? error.message : String(error) }];
}
