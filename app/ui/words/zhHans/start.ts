import type { start as english } from '../en/start.ts';

export const start: typeof english = {
  title: 'Livelens 无法启动',
  scripts: '页面的脚本没有启动。',
  file: (url) => `以下文件未能加载：${url}`,
  slash: (address) => `本页面的地址末尾需要一个斜杠：${address}/`,
  slashProxy: (path) =>
    `如果该地址打开的是别的页面，则反向代理必须转发 ${path}/ 下的所有请求，并将 ${path} 重定向到那里。`,
  reload: '请重新加载页面。如果仍然无效，请确认服务器正在运行。',
  proxy: (path) =>
    `如果本页面由反向代理提供，则代理必须转发 ${path}/ 下的所有请求，并且要么去掉路径中的 ${path}，要么原样保留。` +
    `如果保留，请用 BASE_PATH=${path} 启动服务器`,
  otherwise: '否则请重新加载页面。',
};
