import type { Words } from '../en.ts';
import type { Formats } from '../formats.ts';

export const status = (format: Formats): Pick<Words, 'status'> => ({
  status: {
    title: '服务器状态',
    loading: '正在询问服务器…',
    running: (ms) => `已运行 ${span(format, ms)}`,
    unreachable: '无法连接服务器，正在重试…',
    refused: '此处不显示',
    refusedTitle: '此浏览器还不能查看状态',
    refusedText: '只有可以更改模型的人才能查看状态。实时标签不需要此权限。获得权限有两种方法：',
    refusedLink: '在服务器所在的电脑上运行`npm run models -- link`，并在此浏览器中打开得到的链接。',
    linkFailed: '打开此页面的链接已被使用过或已过期，请获取新的链接。',
    refusedToken: '或者，如果服务器设置了管理员的令牌（`ADMIN_TOKEN`），请在此输入：',
    tokenLabel: '管理员的令牌',
    tokenWrong: '这不是该服务器的管理员的令牌。',
    now: '现在',
    ago: (ms) => `${span(format, ms)}前`,
    time: '时间',
    table: '以表格显示',
    summary: (name, now, lowest, highest) =>
      `${name}：现在 ${now}，最近几分钟在 ${lowest} 与 ${highest} 之间。`,
    summaryNone: (name) => `${name}：最近几分钟没有数据。`,
    sessions: '会话',
    ofSessions: (max) => `最多 ${format.number(max)} 个`,
    labelled: '标签',
    labelledTitle: '每秒标注的帧数',
    eachSecond: '每秒',
    age: '标签延迟',
    p95: 'p95，服务器端',
    dropped: '丢弃的帧',
    droppedTitle: '每秒丢弃的帧数',
    drops: {
      superseded: '被更新的帧取代',
      stale: '等待过久',
      undecodable: '不是图片',
      too_costly: '解码代价过高',
      worker_lost: '工作进程丢失',
      rate_limited: '超出限额',
    },
    agesTitle: '服务器上的耗时',
    agesText:
      '从一帧到达到返回结果的时间，以及其中的各个阶段。一半的帧不超过 p50，100 帧中有 95 帧不超过 p95。',
    stages: { queue: '等待工作进程', decode: '解码', infer: '运行模型', server: '总计' },
    workers: '工作进程',
    ofWorkers: (all, restarts) => `共 ${format.number(all)} 个，重启 ${format.number(restarts)} 次`,
    workerName: (number) => `工作进程 ${format.number(number)}`,
    workerStates: { starting: '正在启动', serving: '服务中', silent: '无响应' },
    memory: '内存',
    memoryOf: '服务器与工作进程',
    models: '模型',
  },
});

function span(format: Formats, ms: number): string {
  const seconds = Math.round(ms / 1_000);
  if (seconds < 60) return `${format.number(seconds)} 秒`;
  const minutes = Math.floor(seconds / 60);
  if (minutes < 60) {
    return `${format.number(minutes)} 分钟${seconds % 60 === 0 ? '' : ` ${format.number(seconds % 60)} 秒`}`;
  }
  const hours = Math.floor(minutes / 60);
  if (hours < 48) return `${format.number(hours)} 小时 ${format.number(minutes % 60)} 分钟`;
  return `${format.number(Math.floor(hours / 24))} 天 ${format.number(hours % 24)} 小时`;
}
