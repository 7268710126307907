// The panel's fold, which it shares with the live page, makes of the golden logs what Python's does, after every event.
// tests/run/golden/folded.py says what is in these files and writes them.

import assert from 'node:assert/strict';
import { readFileSync, readdirSync } from 'node:fs';
import { test } from 'node:test';

import { Run } from '@jupyter-runt/pages/fold.js';

const GOLDEN = new URL('../../tests/run/golden/', import.meta.url);
const NAMES = readdirSync(new URL('logs/', GOLDEN)).map(file => file.replace('.json', ''));

const read = (kind, name) => JSON.parse(readFileSync(new URL(`${kind}/${name}.json`, GOLDEN), 'utf-8'));

const RUN = `name title requested_by via parent_run labels parameters status reason message attempt worker paused
  submitted_at started_at finished_at duration`.split(/\s+/);
const RUNTIME = ['runtime', 'display_name', 'language', 'cwd', 'agent'];
const CELL = 'id type line status reason attempt started_at finished_at duration execution_count error'.split(' ');
const INPUT = ['input_id', 'cell_id', 'prompt', 'password'];
const PYTHONS = ['event', 'gone', 'results']; // the panel asks the server for results

const some = (from, names) => Object.fromEntries(names.map(name => [name, from[name] ?? null]));
const iso = time => (time === null ? null : new Date(time).toISOString());

const output = ({ name, texts, value }) => (name === null ? value : { output_type: 'stream', name, text: texts });
const joined = each => (each.output_type === 'stream' ? { ...each, text: each.text.join('') } : each);

// A run as `flat` of folded.py shows it. A Map, since names may be `__proto__`.
function flat(run) {
  const { question } = run;
  const made = new Map(Object.entries(some(run, RUN)));
  made.set('run_id', run.id).set('past_attempts', run.past).set('counts', run.counts());
  made.set('runtime', some(run.runtime, RUNTIME)).set('cells', [...run.cells.keys()]);
  if (question && !question.answered) {
    const asked = { ...some(question, INPUT), deadline: iso(question.ends) };
    Object.entries(asked).forEach(([name, value]) => made.set(`input.${name}`, value));
  }
  for (const cell of run.cells.values()) {
    CELL.forEach(name => made.set(`cells.${cell.id}.${name}`, cell[name]));
    cell.outputs.forEach((each, number) => made.set(`cells.${cell.id}.outputs.${number}`, output(each)));
  }
  for (const [widget, outputs] of run.captured) {
    outputs.forEach((each, number) => made.set(`captured.${widget}.${number}`, joined(output(each))));
  }
  return made;
}

for (const name of NAMES) {
  test(`the golden log "${name}"`, () => {
    const [events, changes] = [read('logs', name), read('views', name)];
    const run = new Run(events[0].run_id);
    const expected = new Map();
    assert.equal(changes.length, events.length);
    events.forEach((event, at) => {
      assert.ok(run.apply(event));
      for (const [path, value] of Object.entries(changes[at])) {
        if (!PYTHONS.includes(path)) {
          expected.set(path, value);
        }
      }
      changes[at].gone?.forEach(path => expected.delete(path));
      assert.deepEqual(flat(run), expected, `after event ${changes[at].event}`);
    });
    assert.equal(run.seq, events.at(-1).seq);
    assert.ok(run.ended);
  });
}

function folded(name, upTo = Infinity) {
  const events = read('logs', name);
  const run = new Run(events[0].run_id);
  events.filter(event => event.seq <= upTo).forEach(event => run.apply(event));
  return run;
}

test('what was seen already changes nothing, and a hole is refused', () => {
  const events = read('logs', 'displays');
  const run = new Run(events[0].run_id);
  for (const event of events) {
    assert.equal(run.apply({ ...event, seq: event.seq + 1 }), false);
    assert.equal(run.apply(event), true);
    const before = flat(run);
    assert.equal(run.apply(event), true);
    assert.equal(run.apply(events[0]), true);
    assert.deepEqual(flat(run), before);
  }
});

test('the log may be cut anywhere and gone on with: nothing depends on how events come in batches', () => {
  for (const name of NAMES) {
    const events = read('logs', name);
    const [run, again] = [folded(name, 7), folded(name)];
    events.slice(3).forEach(event => run.apply(event));
    assert.deepEqual(flat(run), flat(again));
  }
});

test('only what has changed is touched', () => {
  const run = folded('displays', 0);
  const told = read('logs', 'displays').map(event => {
    run.touched.clear();
    run.apply(event);
    return [event, [...run.touched]];
  });
  const touched = type => told.filter(([event]) => event.type === type).map(([, cells]) => cells.sort());
  assert.deepEqual(touched('kernel.ready'), [[]]);
  assert.deepEqual(touched('run.submitted'), [['c1', 'c2', 'c3', 'c4']]);
  // An update of `d` in c3 touches those cells that show it. That of an id that nobody shows: nothing but the cell that made it.
  assert.deepEqual(touched('display.updated').at(-1), ['c1', 'c2', 'c4']);
  assert.ok(touched('display.updated').some(cells => cells.length === 1 && cells[0] === 'c3'));
});

test('what is captured touches the cells that show the widget', () => {
  const events = read('logs', 'captured');
  const run = new Run('x');
  const inside = events.find(event => event.data.widget !== undefined);
  events.filter(event => event.seq < inside.seq).forEach(event => run.apply(event));
  run.touched.clear();
  run.apply(inside);
  assert.deepEqual([...run.touched].sort(), ['c1', 'c2']);
});

test('gaps and what was cut off are noted where they happened', () => {
  assert.deepEqual(folded('gap').notes, [
    { kind: 'gap', reason: 'the worker changed: output of that time may be missing' }
  ]);
  const { notes } = folded('truncated');
  assert.deepEqual(
    notes.map(({ kind, dropped }) => [kind, dropped]),
    [
      ['truncated', undefined],
      ['truncated', 2040]
    ]
  );
});

test('late output is marked at the cell that made it', () => {
  const run = folded('late');
  assert.deepEqual(
    [...run.cells.values()].map(cell => cell.late),
    [true, false]
  );
});

test('answers are told without their values, and a deadline is known', () => {
  const asks = read('logs', 'answered').find(event => event.type === 'input.requested');
  const { question } = folded('answered', asks.seq);
  assert.equal(question.ends, Date.parse(asks.at) + 3600_000);
  const [cell] = folded('answered').cells.values();
  assert.deepEqual(
    cell.answers.map(({ prompt, by }) => [prompt, by]),
    [
      ['Name? ', 'tester'],
      ['', 'tester']
    ]
  );
});

test('a new attempt shows nothing of the one before, and what failed before is told', () => {
  const retrying = read('logs', 'attempts').find(event => event.type === 'run.retrying');
  const run = folded('attempts', retrying.seq);
  assert.ok([...run.cells.values()].every(cell => cell.status === 'pending' && cell.outputs.length === 0));
  assert.deepEqual(
    run.past.map(({ attempt, reason, cell }) => [attempt, reason, cell]),
    [[1, 'cell_error', 'c2']]
  );
});

test('a wish that was carried out or refused is told', () => {
  assert.equal(folded('cancelled').asked.kind, 'cancel');
  assert.equal(folded('paused').paused, false);
  const pause = read('logs', 'paused').find(event => event.type === 'signal.handled');
  assert.equal(folded('paused', pause.seq).paused, true);
});
