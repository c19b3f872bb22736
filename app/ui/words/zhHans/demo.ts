import type { demo as english } from '../en/demo.ts';

export const demo: typeof english = {
  demo: {
    badge: '内置的示例画面，不是你的摄像头',
    falsifiedTitle: '浏览器隐藏了示例画面',
    falsifiedText:
      '浏览器的隐私保护用噪点替换了页面绘制的内容。请通过地址栏中的图标或浏览器的网站设置允许本页面使用画布，然后重新打开示例。',
    failedTitle: '示例无法加载',
    failedText: '请检查服务器是否在运行、你是否在线，然后重试。',
  },
};
