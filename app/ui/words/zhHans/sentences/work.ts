import type { WORK } from '../../../../../protocol/sentences/work.ts';

export const work: Readonly<Record<keyof typeof WORK, string>> = {
  work_cancelled: '此操作在完成前被取消，请重试。',
  work_too_slow: '此操作用时过长，已放弃，请重试。',
};
