// Schedules: their order, how a firing looks, and what is said of them.

import assert from 'node:assert/strict';
import { test } from 'node:test';

import { arranged, lookOf, secondsToAge } from 'panel/schedules/model';
import {
  calendarWords,
  comingWords,
  dueWords,
  firingWords,
  lastWords,
  notebookWords,
  scoresWords,
  zone
} from 'panel/schedules/words';

// As JupyterLab's translations do it.
const put = (text, values) => text.replace(/%(\d)/g, (_, number) => String(values[number - 1]));
const words = {
  __: (text, ...values) => put(text, values),
  _n: (one, many, count, ...values) => put(count === 1 ? one : many, [count, ...values])
};

const NOW = Date.UTC(2026, 0, 31);
const MINUTE = 60;
const HOUR = 60 * MINUTE;
const from = seconds => new Date(NOW + 1000 * seconds).toISOString();
const schedule = more => ({
  schedule_id: 'daily',
  cron: '0 7 * * *',
  tz: zone(),
  words: 'At 07:00 every day',
  notebook: '/n/daily.yml',
  name: 'daily.yml',
  pinned: false,
  paused: false,
  fault: '',
  next: [from(4 * MINUTE + 10)],
  firings: [],
  ...more
});
const firing = more => ({
  due_at: from(-2 * HOUR),
  last_at: from(-2 * HOUR),
  count: 1,
  outcome: 'fired',
  run_id: 'r1',
  message: '',
  at: from(-2 * HOUR),
  status: 'succeeded',
  reason: null,
  started_at: from(-2 * HOUR),
  finished_at: from(-5 * MINUTE),
  health: null,
  score: null,
  ...more
});
const none = outcome => firing({ outcome, run_id: null, status: null, started_at: null, finished_at: null });

test('the next one comes first, what cannot fire before it, and what will not fire at the end', () => {
  const given = [
    schedule({ schedule_id: 'over', next: [] }),
    schedule({ schedule_id: 'paused', next: [], paused: true }),
    schedule({ schedule_id: 'later', next: [from(HOUR)] }),
    schedule({ schedule_id: 'b' }),
    schedule({ schedule_id: 'a' }),
    schedule({ schedule_id: 'broken', next: [], fault: 'There is no such zone.' })
  ];
  assert.deepEqual(
    arranged(given).map(each => each.schedule_id),
    ['broken', 'a', 'b', 'later', 'paused', 'over']
  );
  assert.equal(given[0].schedule_id, 'over', 'what was given stays as it was');
});

test('a firing looks as its run is, as what a run found that did its work, or as why there is no run', () => {
  for (const [given, look] of [
    [firing(), 'succeeded'],
    [firing({ status: 'queued' }), 'queued'],
    [firing({ status: 'running', health: 'WARNING' }), 'running'],
    [firing({ health: 'WARNING', score: 50 }), 'WARNING'],
    [firing({ status: 'failed', reason: 'cell_error', health: 'HEALTHY' }), 'failed'],
    [firing({ status: 'failed', reason: 'health_critical', health: 'CRITICAL' }), 'CRITICAL'],
    [firing({ status: 'cancelled', health: 'HEALTHY' }), 'cancelled'],
    [firing({ status: null }), 'removed'],
    [none('missed'), 'missed'],
    [none('overlap'), 'overlap'],
    [none('failed'), 'unprepared']
  ]) {
    assert.equal(lookOf(given), look);
  }
});

test('when it is due, or why it is not', () => {
  const told = more => dueWords(schedule(more), NOW, words);
  assert.equal(told({}), 'in 4 min');
  assert.equal(told({ next: [from(-5)] }), 'due now');
  assert.equal(told({ next: [], paused: true, fault: 'No such zone.' }), 'paused');
  assert.equal(told({ next: [], fault: 'No such zone.' }), 'cannot fire');
  assert.equal(told({ next: [] }), 'over');
});

test('due times are told on the clocks of here and there', () => {
  const next = [from(0), from(HOUR)];
  assert.equal(comingWords(schedule({ next }), words).split('\n').length, 2);
  assert.doesNotMatch(comingWords(schedule({ next }), words), /\(/);
  const [first] = comingWords(schedule({ next, tz: 'Asia/Kolkata' }), words).split('\n');
  assert.match(first, /\(.*5:30.*, Asia\/Kolkata\)$/);
  assert.doesNotMatch(comingWords(schedule({ next, tz: 'Mars/Olympus' }), words), /Mars/);
  assert.equal(calendarWords(schedule()), 'At 07:00 every day');
  assert.equal(calendarWords(schedule({ tz: 'Asia/Kolkata' })), 'At 07:00 every day · Asia/Kolkata');
  assert.equal(calendarWords(schedule({ words: '' })), '0 7 * * *');
});

test('a firing in a line', () => {
  const told = given => firingWords(given, words).replace(/^.*?2026.*?: /, '');
  assert.equal(told(firing()), 'succeeded');
  assert.equal(
    told(firing({ outcome: 'by hand', health: 'WARNING', score: 99.94 })),
    'succeeded, by hand, WARNING, score 99.9 of 100'
  );
  assert.equal(told(firing({ status: 'failed', reason: 'cell_error' })), 'failed, an exception');
  assert.equal(told(firing({ status: null })), 'its run was removed');
  assert.equal(told({ ...none('failed'), message: 'No such file.' }), 'could not be run. No such file.');
  assert.equal(told(none('missed')), 'missed, no worker was there');
  const many = { ...none('overlap'), count: 3, last_at: from(-HOUR) };
  assert.match(firingWords(many, words), /2026.* … .*2026.*: 3 times passed over, the run before went on$/);
});

test('what came last, and how long ago', () => {
  const told = (...firings) => lastWords(schedule({ firings }), NOW, words);
  assert.equal(told(), 'It has not been due yet.');
  assert.equal(told(firing(), none('missed')), 'succeeded, 5 min ago');
  assert.equal(told(firing({ health: 'WARNING', score: 50 })), 'succeeded, WARNING, score 50 of 100, 5 min ago');
  assert.equal(told(firing({ status: 'running', finished_at: null })), 'running for 2 h');
  assert.equal(told(none('missed')), 'missed, 2 h ago');
  assert.equal(told(firing({ status: null, started_at: null, finished_at: null })), 'fired, 2 h ago');
  assert.equal(told(none('failed')), 'could not be run, 2 h ago');
});

test('it is known when a line is not true any more', () => {
  assert.equal(secondsToAge(schedule(), NOW), 10);
  assert.equal(secondsToAge(schedule({ firings: [firing({ finished_at: from(-55) })] }), NOW), 5);
  assert.equal(secondsToAge(schedule({ next: [] }), NOW), Infinity);
});

test('scores and notebooks', () => {
  assert.equal(
    scoresWords([100, null, 50], words),
    'Scores of the last 3 firings: from 50 to 100, the newest 50, 1 has none'
  );
  assert.equal(notebookWords(schedule(), words), 'daily.yml');
  assert.equal(notebookWords(schedule({ pinned: true }), words), 'daily.yml, as it was when this was defined');
});
