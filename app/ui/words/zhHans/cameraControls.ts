import type { cameraControls as english } from '../en/cameraControls.ts';
import type { Formats } from '../formats.ts';

export const cameraControls = (format: Formats): ReturnType<typeof english> => ({
  cameraControls: {
    title: '镜头设置',
    torch: '补光灯',
    torchOn: '补光灯已开',
    zoom: '变焦',
    zoomValue: (times) => `${format.number(times, 1)} 倍`,
    resolution: '画面尺寸',
    resolutionName: (height) => `${height}p 画面`,
    resolutionText: '像素越多，越容易看清远处的小物体，但更耗电。模型看到的始终是它自己的尺寸。',
    vibrates: '识别到物体时振动',
    pinch: '双指捏合画面即可变焦。',
    tap: '点按画面即可对焦。',
    nothing: '此摄像头没有可调整的设置。',
    refused: {
      torch: '无法开关补光灯',
      zoom: '摄像头无法变焦',
      point: '摄像头无法在此处对焦',
      resolution: '摄像头没有这种尺寸的画面',
    },
  },
});
