/** What can be said of a run besides its parameters. Nothing is filled in: what is left empty is as the notebook, or the run before, has it. */

import { durationWords } from '@jupyter-runt/pages/words.js';

import type { IChoice, IField, ISchema, IWords, Json, Kind } from './types';

export interface IPolicy {
  timeout: number | null;
  cell_timeout: number | null;
  keep_going: boolean;
  input: 'fail' | 'wait' | 'answer';
}

export interface IRuntime {
  name: string;
  display_name: string;
  default: boolean;
}

/** What holds where nothing is said. */
export interface IStanding {
  runtime: string;
  policy: IPolicy;
  labels: Readonly<Record<string, string>>;
  name: string;
  /** Whether a run is repeated. */
  isRerun: boolean;
  /** Whether the notebook asks for what this release does not have. */
  isUnsupported: boolean;
}

// As openapi.yaml has them.
const DURATION = '^ *(0*[1-9][0-9]{0,5}([.][0-9]{1,6})?|0+[.]0{0,5}[1-9][0-9]{0,5}) *[smhd]? *$';
const NAME = '^[^\\u0000-\\u001f\\u007f]{1,255}$';
const MOST_PRIORITY = 1_000_000;

/** The lines below "More". */
export function moreFields(standing: IStanding, runtimes: readonly IRuntime[], words: IWords): IField[] {
  const { policy, isRerun, isUnsupported } = standing;
  const asIs = (told: string): string =>
    isRerun ? words.__('As before: %1', told) : words.__('As the notebook says: %1', told);
  const limit = (seconds: number | null): string =>
    asIs(seconds === null ? words.__('no limit') : durationWords(seconds));
  const going = [words.__('stop'), words.__('go on')];
  const inputs = {
    fail: words.__('fail'),
    wait: words.__('wait for an answer'),
    answer: words.__('take the given answers')
  };
  const duration = { type: 'string', pattern: DURATION } as const;
  const labels = Object.entries(standing.labels)
    .map(([key, value]) => `${key}=${value}`)
    .join(', ');
  return [
    runtimeField(standing.runtime, runtimes, asIs, words),
    line(
      'timeout',
      'text',
      words.__('Time limit of the run'),
      words.__('For example 90s, 10m or 1h.'),
      limit(policy.timeout),
      duration
    ),
    line(
      'cell_timeout',
      'text',
      words.__('Time limit of each cell'),
      words.__('For example 90s, 10m or 1h.'),
      limit(policy.cell_timeout),
      duration
    ),
    choice('keep_going', words.__('After a cell that failed'), '', asIs(going[Number(policy.keep_going)]), [
      { value: false, label: going[0] },
      { value: true, label: going[1] }
    ]),
    choice('input', words.__('When a cell asks for input'), '', asIs(inputs[policy.input]), [
      { value: 'fail', label: inputs.fail },
      { value: 'wait', label: inputs.wait }
    ]),
    line('priority', 'number', words.__('Priority'), words.__('Runs of a higher one begin first.'), '0', {
      type: 'integer',
      minimum: -MOST_PRIORITY,
      maximum: MOST_PRIORITY
    }),
    line(
      'labels',
      'lines',
      words.__('Labels'),
      words.__('One in each line: name=value.'),
      labels ? asIs(labels) : 'team=research',
      true
    ),
    ...(isRerun
      ? []
      : [line('name', 'text', words.__('Name of the run'), '', standing.name, { type: 'string', pattern: NAME })]),
    ...(isUnsupported
      ? [
          line('skip_unsupported', 'boolean', words.__('Leave out what is not supported yet'), '', '', {
            type: 'boolean'
          })
        ]
      : [])
  ];
}

function runtimeField(
  name: string,
  runtimes: readonly IRuntime[],
  asIs: (told: string) => string,
  words: IWords
): IField {
  const standing = runtimes.find(each => (name ? each.name === name : each.default));
  const told = standing ? standing.display_name : name || words.__('the default one');
  const choices = runtimes.map(each => ({
    value: each.name,
    label: each.display_name === each.name ? each.name : `${each.display_name} (${each.name})`
  }));
  const description = words.__('Where the cells are run.');
  // Where the list cannot be had, its name can be written.
  return choices.length
    ? choice('runtime', words.__('Runtime'), description, asIs(told), choices)
    : line('runtime', 'text', words.__('Runtime'), description, asIs(told), true);
}

/** A line of the form where one of these is chosen. */
export function choice(
  key: string,
  title: string,
  description: string,
  placeholder: string,
  choices: IChoice[]
): IField {
  return {
    ...line(key, 'choice', title, description, placeholder, { enum: choices.map(each => each.value) }),
    choices
  };
}

/** A line of the form that is no parameter. */
export function line(
  key: string,
  kind: Kind,
  title: string,
  description: string,
  placeholder: string,
  schema: ISchema | true
): IField {
  return {
    key,
    name: '',
    title,
    description,
    kind,
    schema,
    initial: undefined,
    isRequired: false,
    choices: [],
    item: null,
    placeholder
  };
}

/** Labels by name, from lines `name=value`; the lines that are none. */
export function labelsOf(value: Json | undefined): { labels: Record<string, string>; wrong: string[] } {
  const lines = (typeof value === 'string' ? value : '').split('\n').map(each => each.trim());
  const pairs = lines
    .filter(Boolean)
    .map(each => ({ each, found: /^([^=\p{Cc}]{1,255}?)\s*=\s*(.{0,1000})$/u.exec(each) }));
  return {
    labels: Object.fromEntries(pairs.flatMap(({ found }) => (found ? [[found[1], found[2]]] : []))),
    wrong: pairs.flatMap(({ each, found }) => (found ? [] : [each]))
  };
}
