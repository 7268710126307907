/** When a notebook is to run, where it shall at due times. What is left empty is as the server has it, but for the time zone. */

import { line, choice } from './more';
import { special } from './text';
import type { IData, IField, IWords, Json } from './types';

/** So that nobody needs to know the server's clock. */
export const zoneHere = (): string => Intl.DateTimeFormat().resolvedOptions().timeZone;

/** The lines of the section. */
export function whenFields(words: IWords): IField[] {
  return [
    {
      ...line(
        'cron',
        'text',
        words.__('Due times'),
        words.__(
          'As cron has them: minute, hour, day of the month, month, day of the week; or @hourly, @daily, @weekly, @monthly.'
        ),
        '0 7 * * MON-FRI',
        { type: 'string' }
      ),
      isRequired: true
    },
    choice('tz', words.__('Time zone'), '', words.__('As this browser: %1', zoneHere()), zones()),
    choice('pinned', words.__('Notebook'), '', words.__('read at each due time'), [
      { value: true, label: words.__('kept as it is now') }
    ]),
    choice('misfire', words.__('Due times at which no worker was there'), '', words.__('the newest is made up for'), [
      { value: 'skip', label: words.__('none is made up for') },
      { value: 'all', label: words.__('each is made up for') }
    ]),
    choice('overlap', words.__('While the run before goes on'), '', words.__('a due time passes'), [
      { value: 'queue', label: words.__('the next run waits for its end') },
      { value: 'cancel_running', label: words.__('it is cancelled') }
    ]),
    line(
      'ends_at',
      'date',
      words.__('End'),
      words.__('The last day on which it may be due, or the last moment, on the clock of this browser.'),
      words.__('never, or 2027-01-31, or 2027-01-31 18:00'),
      { type: 'string', format: 'date-time' }
    ),
    line('schedule_id', 'text', words.__('Name of the schedule'), '', words.__("from the notebook's name"), {
      type: 'string'
    })
  ];
}

/** What of a schedule's body says when. */
export function whenOf(said: NonNullable<IData['when']>): Record<string, Json> {
  const found = Object.entries(said).flatMap(([name, value]): [string, Json][] => {
    const text = typeof value === 'string' ? value.trim() : value;
    return text === undefined || text === '' ? [] : [[name, name === 'ends_at' ? momentOf(text) : text]];
  });
  return { tz: zoneHere(), ...Object.fromEntries(found) };
}

/** The moment that is meant, in UTC; of a day its end. */
function momentOf(value: Json): Json {
  const found = special(value);
  if (found === null) {
    return value;
  }
  return new Date(
    found.kind === '$date' ? `${found.text}T23:59:59` : found.text.replace(' ', 'T').replace(',', '.')
  ).toISOString();
}

function zones(): { value: string; label: string }[] {
  const known = [...new Set([zoneHere(), 'UTC', ...Intl.supportedValuesOf('timeZone')])];
  return known.map(each => ({ value: each, label: each }));
}
