import type { CameraErrorCode } from '../clientError.ts';

/** What the element says. Not in the page's words: those are twenty times as large, and a stranger's page loads these. */
export interface ElementWords {
  readonly start: string;
  readonly stop: string;
  readonly retry: string;
  readonly starting: string;
  readonly connecting: string;
  readonly reconnecting: string;
  readonly video: string;
  readonly nothing: string;
  readonly separator: string;
  /** Names without room. */
  more(count: number): string;
  /** By the code of an error; others say what the server says. */
  readonly errors: Readonly<
    Record<CameraErrorCode | 'unauthorized' | 'forbidden_origin', string> & Record<string, string | undefined>
  >;
}

const en: ElementWords = {
  start: 'Start the camera',
  stop: 'Stop',
  retry: 'Try again',
  starting: 'Allow the camera in the browser.',
  connecting: 'Connecting …',
  reconnecting: 'The server cannot be reached. Trying again …',
  video: 'What the camera sees',
  nothing: 'Nothing in view',
  separator: ', ',
  more: (count) => `+${count}`,
  errors: {
    camera_denied:
      'The camera is not allowed. Allow it for this page in the browser, and in the settings of the system.',
    camera_missing: 'There is no camera. Plug one in, and try again.',
    camera_busy: 'Another app uses the camera. Close it, and try again.',
    camera_withheld: 'This page gets no camera: it must be opened over https.',
    camera_lost: 'The camera was unplugged or taken away.',
    camera_failed: 'The camera cannot be opened.',
    unauthorized: 'The server asks for a token.',
    forbidden_origin: 'The server does not allow this page. Its operator can: ALLOWED_ORIGINS.',
  },
};

const zhHans: ElementWords = {
  start: '打开摄像头',
  stop: '停止',
  retry: '重试',
  starting: '请在浏览器中允许使用摄像头。',
  connecting: '正在连接…',
  reconnecting: '无法连接服务器，正在重试…',
  video: '摄像头画面',
  nothing: '画面中没有识别到物体',
  separator: '、',
  more: (count) => `+${count}`,
  errors: {
    camera_denied: '摄像头未获允许。请在浏览器和系统设置中允许此网页使用摄像头。',
    camera_missing: '没有摄像头。请连接摄像头后重试。',
    camera_busy: '摄像头正被其他应用使用。请关闭该应用后重试。',
    camera_withheld: '此网页无法使用摄像头：必须通过 https 打开。',
    camera_lost: '摄像头已断开或被占用。',
    camera_failed: '无法打开摄像头。',
    unauthorized: '服务器需要令牌。',
    forbidden_origin: '服务器不允许此网页访问。服务器管理员可通过 ALLOWED_ORIGINS 允许。',
  },
};

/** @param tag BCP 47, such as `zh-CN`; whatever it does not speak is English */
export const elementWords = (tag: string): ElementWords => (/^zh\b/i.test(tag) ? zhHans : en);
