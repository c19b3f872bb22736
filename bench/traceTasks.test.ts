import assert from 'node:assert/strict';
import test from 'node:test';
import { type TraceEvent, tasksOf } from './traceTasks.ts';

const NAMED: TraceEvent = event('thread_name', { ph: 'M', args: { name: 'CrRendererMain' } });

test('tasks of a main thread are summed by what asked for them, and the parts of display frames by what they are', () => {
  const events = [
    NAMED,
    task('ScheduledActionSendBeginMainFrame', 0, 1_000),
    event('PageAnimator::serviceScriptedAnimations', { ts: 10, dur: 300, tdur: 250 }),
    event('Commit', { ts: 400, dur: 100, tdur: 100 }),
    task('Notify', 1_000, 200),
    task('Notify', 1_300, 100),
    event('MessagePort::Accept', { ts: 1_310, dur: 50, tdur: 50 }),
    // Not part of a display frame.
    event('Commit', { ts: 1_320, dur: 10, tdur: 10 }),
    task('SomethingNew', 2_000, 70),
  ];
  const tasks = tasksOf(events);

  assert.deepEqual(
    [...tasks].map(([kind, { count, processorMs }]) => [kind, count, processorMs]),
    [
      ['display frames', 1, 1],
      ['messages of the socket', 1, 0.2],
      ['messages to itself', 1, 0.1],
      ['all else', 1, 0.07],
      ['of display frames: scripts', 1, 0.25],
      ['of display frames: handing them to the compositor', 1, 0.1],
    ],
  );
});

test('a task within another is part of it, and other threads do not count', () => {
  const elsewhere = { pid: 2, tid: 2 };
  const events = [
    NAMED,
    { ...NAMED, ...elsewhere },
    task('DOMTimer', 0, 500),
    task('Notify', 100, 200),
    { ...task('Notify', 0, 900), ...elsewhere },
    { ...task('DOMTimer', 0, 900), pid: 3 },
  ];

  assert.deepEqual([...tasksOf(events)], [['timers', { count: 1, processorMs: 0.5 }]]);
});

test('a trace without a page has no tasks', () => {
  assert.equal(tasksOf([]).size, 0);
});

function task(src_func: string, ts: number, dur: number): TraceEvent {
  return event('ThreadControllerImpl::RunTask', { ts, dur, tdur: dur, args: { src_func } });
}

function event(name: string, rest: Partial<TraceEvent>): TraceEvent {
  return { name, ph: 'X', pid: 1, tid: 1, ts: 0, ...rest };
}
