// Monitors: the line of their scores, and what is said of them.

import assert from 'node:assert/strict';
import { test } from 'node:test';

import { COLUMN, HEIGHT, sparkline } from 'panel/history/line';
import { ageWords, secondsToFewer, secondsToNext } from 'panel/history/words';
import { keysOf } from 'panel/monitors/model';
import {
  checkWords,
  healthyWords,
  newestWords,
  pointWords,
  scoresWords,
  sinceWords,
  timesOf
} from 'panel/monitors/words';

// As JupyterLab's translations do it.
const put = (text, values) => text.replace(/%(\d)/g, (_, number) => String(values[number - 1]));
const words = {
  __: (text, ...values) => put(text, values),
  _n: (one, many, count, ...values) => put(count === 1 ? one : many, [count, ...values])
};

const NOW = Date.UTC(2026, 0, 31);
const ago = seconds => new Date(NOW - 1000 * seconds).toISOString();
const HOUR = 3600;
const monitor = more => ({
  monitor: 'disk-check',
  subject: 'test',
  status: 'CRITICAL',
  at: ago(130),
  since: ago(3 * HOUR),
  began: true,
  healthy_at: ago(4 * HOUR),
  reports: 12,
  ...more
});

/** The places that a path leads through. */
const places = path =>
  [...path.matchAll(/([ML])([\d.]+) ([\d.]+)/g)].map(([, how, x, y]) => [how, Number(x), Number(y)]);

test('each score stands in the column of its report, on a scale that is the same for all', () => {
  const found = places(sparkline([0, 100, 50]).line);
  assert.deepEqual(
    found.map(([how, x]) => [how, x]),
    [
      ['M', 0.5 * COLUMN],
      ['L', 1.5 * COLUMN],
      ['L', 2.5 * COLUMN]
    ]
  );
  const [[, , none], [, , all], [, , half]] = found;
  assert.equal(half, (none + all) / 2);
  assert.ok(0 < all && all < none && none < HEIGHT, 'all of the line is inside');
  const same = places(sparkline([70, 70]).line).map(([, , y]) => y);
  const other = places(sparkline([70, 20, 70]).line).map(([, , y]) => y);
  assert.deepEqual(same, [other[0], other[2]], 'other scores do not move it');
});

test('where there is no score there is a gap, and a score between gaps is a dot', () => {
  const { line, dots } = sparkline([100, 90, null, 80, null, null, 70, 60]);
  assert.deepEqual(
    places(line).map(([how, x]) => [how, x / COLUMN - 0.5]),
    [
      ['M', 0],
      ['L', 1],
      ['M', 6],
      ['L', 7]
    ]
  );
  assert.deepEqual(
    places(dots).map(([, x]) => x / COLUMN - 0.5),
    [3, 7]
  );
  assert.ok(dots.includes('h0'), 'what has no length is drawn by its round ends');
});

test('there is always something to draw, and nothing where nothing is known', () => {
  for (const none of [[], [null], [null, null]]) {
    assert.deepEqual(sparkline(none), { line: '', dots: '' });
  }
  const { line, dots } = sparkline([42]);
  assert.equal(line, '');
  assert.equal(places(dots).length, 1);
  assert.equal(places(sparkline([50, null]).dots).length, 1, 'the newest one has none: only the one that is alone');
});

test('an age is told in whole units, and it is known when it changes', () => {
  for (const [seconds, told, next] of [
    [-5, 'less than a minute', 65],
    [0, 'less than a minute', 60],
    [59.5, 'less than a minute', 0.5],
    [60, '1 min', 60],
    [7199, '119 min', 1],
    [7200, '2 h', 3600],
    [3 * 3600 + 900, '3 h', 2700],
    [47 * 3600, '47 h', 3600],
    [48 * 3600, '2 d', 86400],
    [40 * 86400 + 1, '40 d', 86399]
  ]) {
    assert.equal(ageWords(seconds, words), told, String(seconds));
    assert.equal(secondsToNext(seconds), next, String(seconds));
    assert.equal(ageWords(seconds + secondsToNext(seconds) - 0.001, words), told);
    assert.notEqual(ageWords(seconds + secondsToNext(seconds), words), told);
  }
});

test('of a time that comes it is known when it is told otherwise, too', () => {
  for (const [seconds, told, next] of [
    [0.5, 'less than a minute', 0.5],
    [90, '1 min', 30],
    [7199, '119 min', 59],
    [7201, '2 h', 1],
    [3 * 3600 + 900, '3 h', 900],
    [40 * 86400 + 1, '40 d', 1]
  ]) {
    assert.equal(ageWords(seconds, words), told, String(seconds));
    assert.equal(secondsToFewer(seconds), next, String(seconds));
    assert.equal(ageWords(seconds - next + 0.001, words), told);
    assert.ok(seconds < 60 || ageWords(seconds - next - 0.001, words) !== told);
  }
  assert.equal(secondsToFewer(-1), Infinity);
});

test('since when it is so, and when it was well', () => {
  const told = more => {
    const given = monitor(more);
    return [sinceWords(given, NOW, words), healthyWords(given, NOW, words), newestWords(given, NOW, words)];
  };
  assert.deepEqual(told({}), ['for 3 h', 'last HEALTHY 4 h ago', 'newest of 12 reports 2 min ago']);
  assert.deepEqual(told({ began: false, healthy_at: null }), [
    'for at least 3 h',
    'not HEALTHY in any of 12 reports',
    'newest of 12 reports 2 min ago'
  ]);
  assert.deepEqual(told({ status: 'HEALTHY', healthy_at: ago(130) }).slice(0, 2), ['for 3 h', '']);
  assert.deepEqual(told({ began: false, healthy_at: null, reports: 1, since: ago(130) }), [
    '',
    '',
    'first report 2 min ago'
  ]);
  assert.deepEqual(timesOf(monitor({ healthy_at: null })), [ago(130), ago(3 * HOUR)]);
});

test('the line of the scores is told in words', () => {
  assert.equal(
    scoresWords([100, 45, null, 62.5], words),
    'Scores of the newest 4 reports: from 45 to 100, the newest 62.5, 1 has none'
  );
  assert.equal(
    scoresWords([100, null, null], words),
    'Scores of the newest 3 reports: from 100 to 100, the newest has none, 2 have none'
  );
  assert.equal(scoresWords([62.5], words), 'One report: score 62.5 of 100');
  assert.equal(scoresWords([null], words), 'One report: no score');
  assert.equal(scoresWords([null, null], words), '2 reports: no score');
});

test('a report and a check in a line', () => {
  const point = { at: ago(0), status: 'NO DATA', score: null };
  assert.match(pointWords(point, words), /2026.*: NO DATA, no score$/);
  assert.match(pointWords({ ...point, status: 'WARNING', score: 99.94 }, words), /: WARNING, score 99\.9 of 100$/);
  assert.equal(checkWords({ name: 'hits', group: 'orders', message: 'hits 0.8' }), 'orders: hits 0.8');
  assert.equal(checkWords({ name: 'hits', group: '', message: '' }), 'hits');
});

test('reports of one run are told apart, and a report keeps its name', () => {
  const points = [
    { run_id: 'a', at: ago(9) },
    { run_id: 'b', at: ago(8) },
    { run_id: 'b', at: ago(8) },
    { run_id: 'b', at: ago(7) }
  ];
  const keys = keysOf(points);
  assert.equal(new Set(keys).size, 4);
  assert.deepEqual(keysOf(points.slice(1)), keys.slice(1));
});
