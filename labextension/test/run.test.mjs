// What a run's tab makes of its events: the document, the timeline, and words.

import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { test } from 'node:test';

import { Run } from '@jupyter-runt/pages/fold.js';
import { nullTranslator } from '@jupyterlab/translation';

import { atHand } from 'panel/live/blobs';
import { EventLog } from 'panel/live/log';
import { sources } from 'panel/run/sources';
import { cellTime, cellWords, outcomes, progress, runTime } from 'panel/run/words';

const GOLDEN = new URL('../../tests/run/golden/logs/', import.meta.url);
const golden = name => JSON.parse(readFileSync(new URL(`${name}.json`, GOLDEN), 'utf-8'));
const trans = nullTranslator.load('jupyter_runt');

function folded(events) {
  const run = new Run(events[0].run_id);
  for (const event of events) {
    assert.ok(run.apply(event));
  }
  return run;
}

const event = (seq, type, data = {}, cell_id = undefined) => ({
  run_id: 'r1',
  seq,
  at: `2026-01-01T00:00:${String(seq).padStart(2, '0')}.000Z`,
  type,
  data,
  ...(cell_id && { cell_id })
});

const SUBMITTED = event(1, 'run.submitted', {
  name: 'n.yml',
  cells: [
    { id: 'c1', type: 'code' },
    { id: 't', type: 'markdown' },
    { id: 'c2', type: 'code' }
  ],
  runtime: { runtime: 'python3', language: 'python', display_name: 'Python 3' },
  notebook: {
    cells: [
      { id: 'c1', cell_type: 'code', source: 'print(1)', tags: ['slow'] },
      { id: 't', cell_type: 'markdown', source: '# Hello', metadata: { a: 1 } },
      { id: 'c2', cell_type: 'sql', source: 'select 1' }
    ],
    metadata: { title: 'Hello' }
  }
});

test('a run is a document of sources that nobody edits', async () => {
  const feed = {
    submitted: Promise.resolve(SUBMITTED),
    blobs: { resolve: async value => value },
    run: folded([SUBMITTED])
  };
  const { cells, metadata, nbformat } = await sources(feed);
  assert.deepEqual(cells, [
    {
      id: 'c1',
      cell_type: 'code',
      source: 'print(1)',
      metadata: { tags: ['slow'], editable: false, deletable: false },
      outputs: [],
      execution_count: null
    },
    { id: 't', cell_type: 'markdown', source: '# Hello', metadata: { a: 1, editable: false, deletable: false } },
    { id: 'c2', cell_type: 'raw', source: 'select 1', metadata: { editable: false, deletable: false } }
  ]);
  assert.equal(nbformat, 4);
  assert.equal(metadata.title, 'Hello');
  assert.deepEqual(metadata.kernelspec, { name: 'python3', display_name: 'Python 3' });
  assert.equal(metadata.language_info.name, 'python');
});

test('a run that is not there has no cells', async () => {
  const gone = Promise.reject(new Error('removed'));
  assert.deepEqual((await sources({ submitted: gone })).cells, []);
});

test('the timeline tells each event once, and what only shows something in one line', () => {
  const log = new EventLog();
  const shown = { index: 0, text: 'much' };
  for (const each of [
    SUBMITTED,
    event(2, 'cell.started', { msg_id: 'm' }, 'c1'),
    event(3, 'output.added', { index: 0, output: { output_type: 'stream', name: 'stdout', text: 'a' } }, 'c1'),
    event(4, 'stream.appended', shown, 'c1'),
    event(5, 'stream.appended', shown, 'c1'),
    event(6, 'stream.appended', shown, 'c2'),
    event(7, 'result.recorded', { name: 'total', data: {} }, 'c2'),
    event(8, 'result.recorded', { name: 'mean', data: {} }, 'c2')
  ]) {
    log.add(each);
  }
  assert.deepEqual(
    log.entries.map(({ seq, type, cell, count, data }) => [seq, type, cell, count, data?.name]),
    [
      [1, 'run.submitted', null, 1, 'n.yml'],
      [2, 'cell.started', 'c1', 1, undefined],
      [3, 'output.added', 'c1', 1, undefined],
      [4, 'stream.appended', 'c1', 2, undefined],
      [6, 'stream.appended', 'c2', 1, undefined],
      [7, 'result.recorded', 'c2', 1, 'total'],
      [8, 'result.recorded', 'c2', 1, 'mean']
    ]
  );
  assert.equal(log.entries[0].data.notebook, null);
  assert.equal(log.entries[3].data, null);
});

test('values that are here are unescaped, and a reference anywhere in one makes it wait', () => {
  assert.deepEqual(atHand({ $$blob: 1, list: [{ $$$a: 'b' }], none: null }), {
    $blob: 1,
    list: [{ $$a: 'b' }],
    none: null
  });
  assert.equal(atHand({ data: { 'image/png': { $blob: 'f'.repeat(64), size: 20000 } } }), undefined);
  assert.equal(atHand(['a', { $blob: 'f'.repeat(64), size: 3 }]), undefined);
});

test('it says how a run stands, and why', () => {
  const begun = [
    SUBMITTED,
    event(2, 'run.claimed', { worker: 'w', epoch: 1 }),
    event(3, 'kernel.starting'),
    event(4, 'run.started'),
    event(5, 'cell.started', { msg_id: 'm' }, 'c1')
  ];
  const running = folded(begun);
  assert.deepEqual(progress(running), { done: 0, total: 2, failed: 0 });
  assert.deepEqual(outcomes(running, '', trans), []);
  assert.deepEqual(outcomes(running, 'nobody drives it', trans), [
    { text: 'Nobody drives it', kind: 'told', cell: null }
  ]);
  const now = Date.parse('2026-01-01T00:00:30.000Z');
  assert.equal(runTime(running, now, trans), '26 s');
  assert.equal(cellTime(running.cells.get('c1'), running, now, trans), '25 s');
  assert.equal(cellTime(running.cells.get('c1'), running, now + 120_000, trans), '2 min 25 s, silent for 2 min');
  const error = { ename: 'ValueError', evalue: 'no' };
  const failed = folded([
    ...begun,
    event(6, 'cell.finished', { status: 'failed', reason: 'cell_error', duration: 0.5, error }, 'c1'),
    event(7, 'run.finished', { status: 'failed', reason: 'cell_error', duration: 2 })
  ]);
  assert.deepEqual(outcomes(failed, '', trans), [{ text: 'Failed: ValueError: no', kind: 'fault', cell: 'c1' }]);
  assert.deepEqual(progress(failed), { done: 1, total: 2, failed: 1 });
  assert.equal(cellWords(failed.cells.get('c1'), trans), 'failed: an exception');
  assert.equal(cellWords(failed.cells.get('c2'), trans), 'not run');
  assert.equal(runTime(failed, now, trans), '2.0 s');
});

test('what is missing, and who ended it, is told', () => {
  const told = name => outcomes(folded(golden(name)), '', trans).map(each => each.text);
  assert.deepEqual(told('cancelled'), ['Cancelled: on request (tester)']);
  assert.deepEqual(told('died'), ['Failed: the kernel died: killed by signal 9 (SIGKILL)']);
  assert.deepEqual(told('gap'), ['Output was lost here: the worker changed: output of that time may be missing']);
  assert.deepEqual(told('truncated'), [
    'Output was cut off: a run may put out 2,000 characters.',
    'In all, at least 2,040 characters of output are missing.'
  ]);
});

test('an attempt that goes on says how the one before ended', () => {
  const events = golden('attempts');
  const upTo = events.findIndex(each => each.type === 'run.retrying') + 1;
  const [told] = outcomes(folded(events.slice(0, upTo)), '', trans);
  assert.match(told.text, /^Attempt 2. The one before ended with /);
});
