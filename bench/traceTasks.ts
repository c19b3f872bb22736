/** An event of a trace of Chromium, as far as it is read here. Times in microseconds. */
export interface TraceEvent {
  readonly name: string;
  /** `X`: something that lasted; `M`: what a process or a thread is called. */
  readonly ph: string;
  readonly pid: number;
  readonly tid: number;
  readonly ts: number;
  readonly dur?: number;
  /** Of a processor. */
  readonly tdur?: number;
  readonly args?: { readonly name?: string; readonly src_func?: string };
}

export interface TaskCost {
  readonly count: number;
  readonly processorMs: number;
}

const TASK = 'ThreadControllerImpl::RunTask';
/** Kinds of tasks by the function that asked for them. */
const KIND_OF: Readonly<Record<string, string>> = {
  ScheduledActionSendBeginMainFrame: 'display frames',
  Notify: 'messages of the socket',
  PostMessageToWorkerObject: 'answers of workers, and sending frames',
  DOMTimer: 'timers',
  RequestVideoFrameCallback: 'the word that a picture is there',
};
const TO_ITSELF = 'messages to itself';
const OTHER = 'all else';
/** Parts of display frames, none within another. */
const PARTS: Readonly<Record<string, string>> = {
  'PageAnimator::serviceScriptedAnimations': 'of display frames: scripts',
  'LocalFrameView::RunStyleAndLayoutLifecyclePhases': 'of display frames: style and layout',
  'LocalFrameView::RunPrePaintLifecyclePhase': 'of display frames: places of what is painted',
  'LocalFrameView::RunPaintLifecyclePhase': 'of display frames: painting, and layers',
  Commit: 'of display frames: handing them to the compositor',
};

/** What the busiest main thread of a page did, by the kind of task, the costliest first; then the parts of display frames. */
export function tasksOf(events: readonly TraceEvent[]): ReadonlyMap<string, TaskCost> {
  const main = mainThreadOf(events);
  const tasks = new Map<string, TaskCost>();
  const parts = new Map<string, TaskCost>();
  let task: TraceEvent | undefined;
  let kind = OTHER;
  const close = () => {
    if (task) add(tasks, kind, task);
    task = undefined;
  };
  for (const event of main) {
    if (task && event.ts >= task.ts + (task.dur ?? 0)) close();
    if (event.name === TASK) {
      // One that runs within another, as of a nested loop of events, is part of that.
      if (task) continue;
      task = event;
      kind = KIND_OF[event.args?.src_func ?? ''] ?? OTHER;
      continue;
    }
    if (task === undefined) continue;
    if (event.name === 'MessagePort::Accept') kind = TO_ITSELF;
    const part = kind === 'display frames' ? PARTS[event.name] : undefined;
    if (part) add(parts, part, event);
  }
  close();
  return new Map([...byCost(tasks), ...byCost(parts)]);
}

/** The events of the thread that has most of them, of those that are the main thread of a page, outer ones first. */
function mainThreadOf(events: readonly TraceEvent[]): readonly TraceEvent[] {
  const threadOf = ({ pid, tid }: TraceEvent) => `${pid} ${tid}`;
  const byThread = new Map<string, TraceEvent[]>();
  for (const { name, args, ...event } of events) {
    if (name === 'thread_name' && args?.name === 'CrRendererMain')
      byThread.set(threadOf({ name, ...event }), []);
  }
  for (const event of events) if (event.ph === 'X') byThread.get(threadOf(event))?.push(event);
  const [busiest = []] = [...byThread.values()].sort((a, b) => b.length - a.length);
  return busiest.sort((a, b) => a.ts - b.ts || (b.dur ?? 0) - (a.dur ?? 0));
}

function add(to: Map<string, TaskCost>, kind: string, { tdur = 0 }: TraceEvent): void {
  const { count, processorMs } = to.get(kind) ?? { count: 0, processorMs: 0 };
  to.set(kind, { count: count + 1, processorMs: processorMs + tdur / 1_000 });
}

const byCost = (costs: ReadonlyMap<string, TaskCost>) =>
  [...costs].sort(([, a], [, b]) => b.processorMs - a.processorMs);
