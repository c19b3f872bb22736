import type { measure as english } from '../en/measure.ts';
import type { Formats } from '../formats.ts';

export const measure = (format: Formats): ReturnType<typeof english> => ({
  measure: {
    open: '测量标签的延迟',
    title: '从画面到标签',
    flashTitle: '闪烁画面',
    lead: '镜头前出现的东西，要过多久才会在屏幕上显示标签？一块屏幕闪烁图片，摄像头对准它，本页从像素中读出时间。',
    twoDevices: '用摄像头对准屏幕',
    twoFlash: '在较大的屏幕（本机）上开始闪烁。',
    twoOpen: '在带摄像头的设备上打开',
    twoPoint: '将摄像头对准闪烁画面，保持稳定约两分半钟。',
    flashHere: '在此闪烁',
    watchHere: '在此拍摄',
    oneDevice: '只用这台电脑',
    oneText: '打开另一个闪烁窗口，本页以共享窗口的方式录制它。除摄像头以外的环节都会被测量。',
    openFlashes: '打开闪烁窗口',
    method:
      '共测量 200 次闪烁，每次从绘制闪烁到绘制标签为止。显示器带来的延迟（最多一次刷新）在两端相同。每次闪烁都带有绘制时的时间，以服务器的时钟为准，两台设备都会读取它。',
    flashWarning: '画面每秒变化不到两次。如果闪烁的画面会让你不适，请不要观看。',
    card: '不断变化的编码图片',
    noClock: '无法读取服务器的时钟。请检查服务器是否在运行；本页会自动重试。',
    readingClock: '正在读取服务器的时钟…',
    flashes: (count: string, error: string) => `已闪烁 ${count} 次 · 时钟误差 ± ${error}`,
    fullScreen: '全屏',
    stop: '停止',
    back: '返回',
    beginTitle: '用什么来看闪烁画面？',
    beginText: '将摄像头对准闪烁的屏幕，让白色边框完整地出现在画面中。',
    useCamera: '使用摄像头',
    shareFlashes: '共享闪烁窗口',
    progress: '已测量的闪烁次数',
    connecting: '正在连接服务器…',
    aim: '请对准闪烁画面：白色边框必须完整可见。',
    measuring: '正在测量，请保持稳定。',
    counted: (count: number, all: number) => `${format.number(count)} / ${format.number(all)} 次闪烁`,
    soFar: (ms: number) => `通常为 ${format.ms(ms)}`,
    resultTitle: '从画面到标签的时间',
    resultFromCamera: '从摄像头到标签的时间',
    quantiles: { p50: '半数不超过（p50）', p95: '95% 不超过（p95）', p99: '99% 不超过（p99）' },
    resultText: ({ samples, missed, held }: { samples: number; missed: number; held: number }) => {
      const heldText = `，${format.number(held)} 次因之前的标签仍在显示而未计入`;
      return `已测量 ${format.number(samples)} 次闪烁，${format.number(missed)} 次没有标签${held > 0 ? heldText : ''}。`;
    },
    clockError: (ms: number) => `两台设备的时钟相差不超过 ${format.ms(ms)}。`,
    fromRecording: '闪烁画面是录像，因此从摄像头看到它的时刻开始计时。',
    spread: (from: number, to: number) => `${format.ms(from)} 至 ${format.ms(to)}`,
    partsTitle: '时间花在哪里',
    parts: { camera: '屏幕与摄像头', wait: '等待下一帧', confirm: '再次看到以确认' },
    firstLabel: (ms: number) => `从打开本页到第一个标签：${format.duration(ms)}（包括你的操作）。`,
    setting: (model: string, samples: number, onDevice: number) => {
      if (onDevice === 0) return `模型 ${model}，运行于服务器。`;
      if (onDevice === samples) return `模型 ${model}，运行于本设备。`;
      return `模型 ${model}，其中 ${format.number(onDevice)} 次运行于本设备，其余运行于服务器。`;
    },
    save: '保存为 JSON',
    copy: '复制',
    copied: '已复制',
    again: '重新测量',
  },
});
