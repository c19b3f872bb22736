import type { PROGRESS } from '../../../../../protocol/sentences/progress.ts';

export const progress: Readonly<Record<keyof typeof PROGRESS, string>> = {
  waits: '正在排队',
  reads: '正在读取文件',
  copies: '正在复制文件',
  loads: '正在加载',
  tries_samples: '正在示例图片上试运行',
  writes: '正在写入部署用的计算图',
  compares_original: '正在与原模型比较',
  compares_goldens: '正在与参考结果比较',
  compares_preparations: '正在比较不同的图片预处理方式',
  measures: '正在测量开销',
  loads_next: '正在与当前版本并行加载',
  downloads: '正在下载 {address}',
  downloads_from: '正在下载 {repository} 的 {file}',
  asks: '正在向 {host} 查询 {repository}',
  unpacks: '正在解压 {file}',
  tries_again: '{why}；{seconds} 秒后重试',
  goes_on: '缺少此文件，继续进行：{why}',
};
